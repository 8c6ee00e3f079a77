"""gunicorn's own lines in the product's format: `gunicorn gridapp.wsgi --logger-class gridapp.watch.serving.Logger`."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from gunicorn import glogging

from .logs import Json, Lines


class Logger(glogging.Logger):  # type: ignore[misc]  # no types come with it
    """For the process that starts the others: it never loads the product, whose settings the others follow."""

    def setup(self, cfg: Any) -> None:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridapp.settings")
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Json() if settings.LOG_FORMAT == "json" else Lines())
