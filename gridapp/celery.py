"""Celery: wakes lanes and keeps the clock. It never carries a delivery; what it carries may be lost at any time."""

from __future__ import annotations

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridapp.settings")


class _Gridapp(Celery):
    """Starts the embedded broker, where that is used, only when something is about to talk to it."""

    def connection_for_read(self, url: str | None = None, **options: Any) -> Any:
        return super().connection_for_read(url or broker_url(), **options)

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        return super().connection_for_write(url or broker_url(), **options)


@celeryd_init.connect
@setup_logging.connect
def _log_as_everybody_does(**told: Any) -> None:
    """With this Celery leaves the loggers alone; its own lines would quote arguments and the texts of exceptions."""
    logging.config.dictConfig(settings.LOGGING)
    logging.captureWarnings(True)


def broker_url() -> str:
    """The configured broker, or the embedded one, running."""
    return settings.BROKER_URL or settings.EMBEDDED.ensure_broker()


app = _Gridapp("gridapp", set_as_current=True)
app.conf.update(
    include=[
        "gridapp.delivery.tasks",
        "gridapp.review.export_tasks",
        "gridapp.review.report_tasks",
        "gridapp.review.audit_tasks",
        "gridapp.api.tasks",
        "gridapp.webhooks.tasks",
    ],
    task_default_queue=settings.QUEUE,
    task_ignore_result=True,
    result_backend=None,
    accept_content=["json"],
    task_serializer="json",
    worker_prefetch_multiplier=1,
    task_acks_late=False,  # the lease in the database is the truth, a message is a hint
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2.0,
    # A broker that is there but says nothing costs an entry seconds, never minutes: the sweeper wakes the lanes anyway.
    broker_transport_options={} if settings.BROKER_URL.startswith("amqp") else {"socket_timeout": 5.0},
    broker_connection_max_retries=None,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    CELERY_DB_REUSE_MAX=10_000,  # else Celery closes the thread's database connection after every task
    timezone=settings.TIME_ZONE,
    beat_schedule={
        "sweep": {
            "task": "gridapp.delivery.tasks.sweep_lanes",
            "schedule": settings.SWEEP_EVERY,
            "options": {"expires": 4 * settings.SWEEP_EVERY},  # a late look is worth nothing: the next one follows
        }
    },
    beat_schedule_filename=str(settings.VAR / "beat"),
)
