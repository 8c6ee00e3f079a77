"""Finding a record before making a new one: by name, pinyin, initials, last four of a number, address or code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Right
from django.db.models.lookups import Exact

from gridapp.org.models import User

from . import door_codes
from .models import Record
from .reach import searchable
from .search_tokens import having, ways_of_query

_MOST = 101

Place = tuple[datetime | None, datetime, UUID]
"""Of a record in the order of a search: closed_at, updated_at, id."""


def search(
    query: str, by: User, kind: str | None = None, limit: int = 20, *, behind: Place | None = None
) -> list[Record]:
    """The records in the user's areas that have every part of `query`: open ones first, then the newest.

    Empty for a query that is too short, too long or has nothing to search by. `limit`: at most 101. `behind`: the
    place of the last one that is known already.
    """
    wanted = matching(query)
    if wanted is None:
        return []
    found = searchable(by).filter(wanted)
    if kind is not None:
        found = found.filter(kind=kind)
    if behind is not None:
        found = found.filter(_further(behind))
    ordered = found.order_by(F("closed_at").desc(nulls_first=True), "-updated_at", "pk")
    return list(ordered[: max(0, min(limit, _MOST))])


def _further(behind: Place) -> Q:
    closed_at, updated_at, pk = behind
    older = Q(updated_at__lt=updated_at) | Q(updated_at=updated_at, pk__gt=pk)
    if closed_at is None:
        return Q(closed_at__isnull=False) | (Q(closed_at=None) & older)
    return Q(closed_at__lt=closed_at) | (Q(closed_at=closed_at) & older)


def matching(query: str) -> Q | None:
    """The condition on a record to have every part of `query`; None where there is nothing to search by."""
    if code := door_codes.housing_code(query.strip()):
        return Q(housing_code=code)
    ways = ways_of_query(query)
    if not ways:
        return None
    if short := door_codes.short_code(query):
        return having(ways) | Q(Exact(Right("housing_code", door_codes.SHORT), short))
    return having(ways)
