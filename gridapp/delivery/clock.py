"""Time comes from the database: a worker whose clock is wrong claims nothing early and nothing late."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """The database's time, aware."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def near(moment: datetime, read_at: float) -> datetime:
    """The database's time now, from its `moment` and how long ago (monotonic `read_at`) it was read."""
    return moment + timedelta(seconds=time.monotonic() - read_at) if read_at else moment


def day(moment: datetime) -> date:
    """The day it is here (Asia/Shanghai) at that moment."""
    return timezone.localtime(moment).date()
