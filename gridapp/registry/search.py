"""Finding a record before making a new one: by name, pinyin, initials, last four of a number, or address."""

from __future__ import annotations

import re

from django.db.models import F

from gridapp.org.models import User

from .models import Record
from .reach import searchable
from .search_tokens import of_query

_MOST = 100
_HOUSING_CODE = re.compile(r"\d{25}")


def search(query: str, by: User, kind: str | None = None, limit: int = 20) -> list[Record]:
    """The records in the user's areas that have every part of `query`: open ones first, then the newest.

    Empty for a query that is too short, too long or has nothing to search by. `limit`: at most 100.
    """
    code = _HOUSING_CODE.fullmatch(query.strip())
    tokens = [] if code else of_query(query)
    if not code and not tokens:
        return []
    found = searchable(by)
    found = found.filter(housing_code=code[0]) if code else found.filter(tokens__contains=tokens)
    if kind is not None:
        found = found.filter(kind=kind)
    ordered = found.order_by(F("closed_at").desc(nulls_first=True), "-updated_at", "pk")
    return list(ordered[: max(0, min(limit, _MOST))])
