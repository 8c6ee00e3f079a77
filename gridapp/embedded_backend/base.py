"""PostgreSQL that starts at the first connection: settings can be imported without starting anything."""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql.base import DatabaseWrapper as Postgres


class DatabaseWrapper(Postgres):
    def get_connection_params(self) -> dict[str, Any]:
        return super().get_connection_params() | settings.EMBEDDED.ensure_pg()
