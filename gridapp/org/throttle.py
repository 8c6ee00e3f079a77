"""How often something may be tried, counted in the database for all processes at once, without naming anybody.

A try is counted before it is judged, so a burst that comes at the same moment counts too; one that went well is given
back. Whoever is over the limit waits for a while and then has all tries again: nobody is locked out for ever.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gridapp import sealing

from .models import Throttled

# One statement: two processes never take the same try. A count whose time is over begins anew.
_TAKE = """
INSERT INTO org_throttled AS t (kind, subject, tries, since, until)
VALUES (%(kind)s, %(subject)s, 1, %(now)s, CASE WHEN %(most)s <= 1 THEN %(now)s + %(wait)s END)
ON CONFLICT (kind, subject) DO UPDATE SET
  tries = CASE WHEN coalesce(t.until, t.since + %(within)s) <= %(now)s THEN 1 ELSE least(t.tries + 1, 1000000000) END,
  since = CASE WHEN coalesce(t.until, t.since + %(within)s) <= %(now)s THEN %(now)s ELSE t.since END,
  until = CASE
    WHEN coalesce(t.until, t.since + %(within)s) <= %(now)s THEN CASE WHEN %(most)s <= 1 THEN %(now)s + %(wait)s END
    WHEN t.until IS NULL AND t.tries + 1 >= %(most)s THEN %(now)s + %(wait)s
    ELSE t.until END
RETURNING tries, until
"""
_KEPT = timedelta(days=1)
_SECONDS = 90
"""Up to here a wait is said in seconds."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`most` tries `within` a time; then none for `wait`."""

    most: int
    within: timedelta
    wait: timedelta

    @classmethod
    def read(cls, text: str) -> Rule:
        """`5/900/900`: tries, seconds, seconds."""
        most, within, wait = (int(part) for part in text.split("/"))
        return cls(most, timedelta(seconds=within), timedelta(seconds=wait))


@dataclass(frozen=True, slots=True)
class Taken:
    """`wait`: seconds, 0 where the try is allowed. `newly`: this one is the first that was refused."""

    wait: int = 0
    newly: bool = False

    def __bool__(self) -> bool:
        """Whether the try is allowed."""
        return not self.wait


def rule(kind: str) -> Rule:
    """Of that kind, from THROTTLES. Raises KeyError."""
    rules: Mapping[str, str] = settings.THROTTLES
    return Rule.read(rules[kind])


def take(kind: str, subject: str, *, at: datetime | None = None) -> Taken:
    """Counts one try of a kind (password, code, reveal, export …) of somebody, and says whether it is allowed."""
    one, now = rule(kind), at or timezone.now()
    told: dict[str, Any] = {"kind": kind, "subject": index(kind, subject), "now": now}
    told |= {"most": one.most, "within": one.within, "wait": one.wait}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, told)
        tries, until = cursor.fetchone()
    if tries <= one.most:
        return Taken()
    return Taken(max(1, math.ceil((until - now).total_seconds())), tries == one.most + 1)


def give_back(kind: str, subject: str) -> None:
    """That try went well: it does not count, nor does the waiting that it began."""
    found = Throttled.objects.filter(kind=kind, subject=index(kind, subject), tries__gt=0)
    most = rule(kind).most
    for row in found:
        over = {"until": None} if row.tries <= most else {}
        found.filter(tries=row.tries).update(tries=row.tries - 1, **over)


def clear(kind: str, subject: str) -> None:
    """Begins anew: whoever it is has shown who they are."""
    Throttled.objects.filter(kind=kind, subject=index(kind, subject)).delete()


def index(kind: str, subject: str) -> bytes:
    """Whom a count is about, as the table knows them."""
    return sealing.blind(subject, purpose=f"throttle {kind}")


def said(seconds: int) -> str:
    """How long to wait and whom to ask, in words; the same for a name that nobody has."""
    if seconds <= _SECONDS:
        wait = ngettext("试得太多了，请 %(number)s 秒后再试。", "试得太多了，请 %(number)s 秒后再试。", seconds)
        return wait % {"number": seconds} + _("急用请找督导或管理员。")
    minutes = math.ceil(seconds / 60)
    wait = ngettext("试得太多了，请 %(number)s 分钟后再试。", "试得太多了，请 %(number)s 分钟后再试。", minutes)
    return wait % {"number": minutes} + _("急用请找督导或管理员。")


def forget(*, at: datetime | None = None) -> int:
    """Deletes counts that nobody needs any more; says how many."""
    return Throttled.objects.filter(since__lt=(at or timezone.now()) - _KEPT).delete()[0]
