"""Where people work: whose home is in one dormitory mostly share an employer, and a grid has few (derivation D14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from gridapp import registry
from gridapp.desk.opening import identifier
from gridapp.org.access import entering, user_of
from gridapp.registry import documents, search_tokens
from gridapp.registry.models import Record

SHOWN = 4

SEARCHED = 300
"""The people of a grid whose records changed last; opening more documents than this would be felt."""

_LEAST = 2  # letters of pinyin or figures of a code; one Chinese character says more


def commonest(people: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(unified social credit code, name) of the employers in these documents, the commonest first."""
    found: Counter[tuple[str, str]] = Counter()
    for known in people:
        if known.get("employer_uscc") and known.get("employer_name"):
            found[known["employer_uscc"], known["employer_name"]] += 1
    return [employer for employer, _number in found.most_common()]


@entering
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Employers of the grid that are called, spelt or numbered like what is typed so far. Writes nothing."""
    home_id = identifier(request.POST.get("housing"))
    home = registry.find(home_id, by=user_of(request)) if home_id else None
    found = in_grid(home.grid_code, request.POST.get("employer_uscc", "")) if home else []
    return render(request, "desk/employers.html", {"found": found})


def in_grid(grid_code: str, text: str) -> list[tuple[str, str]]:
    """(code, name) of up to four employers there by part of the name, pinyin, initials, or how the code begins.

    The grid must be one that the user may see. One statement.
    """
    wanted = text.strip()[:40]
    if not wanted or (wanted.isascii() and len(wanted) < _LEAST):
        return []
    there = Record.objects.filter(grid_code=grid_code, kind=Record.Kind.RESIDENT, closed_at=None)
    rows = there.order_by("-updated_at").only("id", "sealed")[:SEARCHED]
    known = commonest(documents.opened(one.sealed, one.bound_to) for one in rows)
    return [(code, name) for code, name in known if _fits(code, name, wanted)][:SHOWN]


def _fits(code: str, name: str, wanted: str) -> bool:
    if wanted in name or code.startswith(wanted.upper()):
        return True
    letters = wanted.isascii() and wanted.isalpha()
    return letters and any(search_tokens.is_read_as(name[start:], wanted) for start in range(len(name)))
