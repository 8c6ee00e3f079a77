"""Finding a record before making a new one: by name, pinyin, initials, last four of a number, address or code."""

from __future__ import annotations

from django.db.models import F, Q
from django.db.models.functions import Right

from gridapp.org.models import User

from . import door_codes
from .models import Record
from .reach import searchable
from .search_tokens import of_query

_MOST = 100


def search(query: str, by: User, kind: str | None = None, limit: int = 20) -> list[Record]:
    """The records in the user's areas that have every part of `query`: open ones first, then the newest.

    Empty for a query that is too short, too long or has nothing to search by. `limit`: at most 100.
    """
    code = door_codes.housing_code(query.strip())
    tokens = [] if code else of_query(query)
    if not code and not tokens:
        return []
    found = searchable(by)
    if code:
        found = found.filter(housing_code=code)
    elif short := door_codes.short_code(query):
        found = found.alias(short=Right("housing_code", door_codes.SHORT))
        found = found.filter(Q(tokens__contains=tokens) | Q(short=short))
    else:
        found = found.filter(tokens__contains=tokens)
    if kind is not None:
        found = found.filter(kind=kind)
    ordered = found.order_by(F("closed_at").desc(nulls_first=True), "-updated_at", "pk")
    return list(ordered[: max(0, min(limit, _MOST))])
