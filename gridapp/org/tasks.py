"""What Celery runs about signing in: what nobody needs to know any more is thrown away every night."""

from __future__ import annotations

from celery.schedules import crontab

from gridapp.celery import app

from . import throttle
from .session_store import SessionStore


@app.task
def tidy_sign_in() -> None:
    """Sessions that ended long ago, and counts of tries whose time is over."""
    SessionStore.clear_expired()
    throttle.forget()


app.conf.beat_schedule.update({"sign-in-tidy": {"task": tidy_sign_in.name, "schedule": crontab(hour=3, minute=35)}})
