"""What Celery runs for the API: answers kept for repetition are thrown away after a day."""

from __future__ import annotations

from celery.schedules import crontab

from gridapp.celery import app

from . import once


@app.task
def forget_answers() -> None:
    """Throws away what is older than a day."""
    once.forget()


app.conf.beat_schedule.update({"forget-answers": {"task": forget_answers.name, "schedule": crontab(minute=35)}})
