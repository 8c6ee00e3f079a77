"""The page of everything that was ever entered of one record: by whom, when, and each value, also those that lost."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gridapp import dictionary, registry
from gridapp.org.access import overseeing, user_of
from gridapp.registry import objections
from gridapp.registry.models import Entry
from gridapp.review import valued


@dataclass(frozen=True)
class Line:
    """One entry. `values`: (label, value) of what was entered, masked."""

    entry: Entry
    values: list[tuple[str, str]]


@overseeing
def entries(request: HttpRequest, record_id: UUID) -> HttpResponse:
    record = registry.find(record_id, by=user_of(request))
    if record is None:
        raise Http404
    child = dictionary.under_14(objections.known(record), timezone.localdate())
    page = {"record": record, "lines": [_line(entry, child=child) for entry in registry.history(record)]}
    return render(request, "review/history.html", page)


def _line(entry: Entry, *, child: bool) -> Line:
    entered = entry.fields()
    shown = [name for name in entered if name in dictionary.FIELDS]
    return Line(
        entry, [(valued.label(name), valued.said(name, entered[name], full=False, child=child)) for name in shown]
    )
