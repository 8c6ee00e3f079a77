"""PostgreSQL that starts at the first connection: settings can be imported without starting anything."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql.base import DatabaseWrapper as Postgres


class DatabaseWrapper(Postgres):
    """Asks for the server before each new connection, so one that was killed is started again."""

    def get_connection_params(self) -> dict[str, Any]:
        return super().get_connection_params() | settings.EMBEDDED.ensure_pg()
