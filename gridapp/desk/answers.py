"""What is answered when a form was saved: the next page, or to a script of a tablet that it was, in JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from gridapp.org.access import from_tablet
from gridapp.registry.entries import Entered


def saved(request: HttpRequest, entered: Entered, onward: str) -> HttpResponse:
    """`onward`: the address of the next page. 201 says that it is new, 200 that it was saved before, as it is."""
    if not from_tablet(request):
        return redirect(onward)
    return acknowledged(entered, onward)


def acknowledged(entered: Entered, url: str) -> JsonResponse:
    """The id is said back: only that takes a form off the tablet, not whatever else may have answered in between."""
    told = {"ok": True, "id": str(entered.entry.id), "state": "saved", "record": str(entered.record.id), "url": url}
    return JsonResponse(told, status=201 if entered.is_new else 200)
