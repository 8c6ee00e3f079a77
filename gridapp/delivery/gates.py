"""May a target be called now? Its window, and whether an operator paused it. Held is never dropped."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta

from django.utils import timezone

from gridapp.catalogue import settling_hours
from gridapp.catalogue.targets import Configured
from gridapp.contract import Window

from . import clock
from .models import Hold, Lane, Status
from .wishes import Block

logger = logging.getLogger(__name__)

REJECTIONS = "rejections"
"""What a target's `paused_why` says when it was paused for rejecting too much; pages have the words for it."""


def window(one: Configured) -> Window:
    """The target's hours: the district's own where configured, else those of its profile."""
    own = one.target.window
    if own is None:
        return one.profile.window
    try:
        return settling_hours.window_of(own)
    except (AttributeError, KeyError, TypeError, ValueError):
        # Hours that cannot be read must not stop entries, nor the clock of all the others.
        logger.error("%s: its hours cannot be read; those of its profile count", one.target.key)
        return one.profile.window


def block(one: Configured, now: datetime) -> Block | None:
    """Why the target takes nothing at this moment, or None."""
    if one.target.paused_at is not None:
        if one.target.paused_why == REJECTIONS:
            return Block(Status.HELD, REJECTIONS, Hold.PAUSED)
        return Block(Status.HELD, "paused", Hold.PAUSED, reason=one.target.paused_why)
    if not window(one).is_open(timezone.localtime(now)):
        return Block(Status.HELD, "window", Hold.WINDOW)
    return None if one.live else Block(Status.HELD, "paused", Hold.PAUSED)


def limit(one: Configured, now: datetime) -> Block | None:
    """Held until tomorrow where the target takes only so many records a day and has had them."""
    most = one.connector.capabilities.per_day if one.connector is not None else None
    if most is None:
        return None
    had = Lane.objects.filter(target=one.target, day=clock.day(now), sent_that_day__gte=most)
    return Block(Status.HELD, "limit", Hold.LIMIT) if had.exists() else None


def tomorrow(one: Configured, now: datetime) -> datetime:
    """When a target whose limit is reached takes something again."""
    local = timezone.localtime(now)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(0), local.tzinfo)
    return window(one).next_opening(midnight)


def opens_at(one: Configured, now: datetime) -> datetime:
    """The next moment at which the target's window is open; `now` if it is open."""
    return window(one).next_opening(timezone.localtime(now))
