"""Two Celery applications: as usually written, with Celery's defaults, and tuned."""

from __future__ import annotations

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridapp.settings")

as_written = Celery("as_written", broker=settings.BROKER_URL, set_as_current=False)
as_written.conf.update(include=["gridapp.bench.by_hand.as_written"], task_default_queue=settings.QUEUE)

tuned = Celery("tuned", broker=settings.BROKER_URL, set_as_current=False)
tuned.conf.update(
    include=["gridapp.bench.by_hand.tuned"],
    task_default_queue=settings.QUEUE,
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=8,
    CELERY_DB_REUSE_MAX=10_000,  # else Celery closes the database connection after every task
)
