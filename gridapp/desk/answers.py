"""What is answered when a form was saved: the next page, or to a script of a tablet that it was, in JSON."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from gridapp.org.access import from_tablet
from gridapp.registry.entries import Entered


def saved(request: HttpRequest, entered: Entered, onward: str) -> HttpResponse:
    """`onward`: the address of the next page. 201 says that it is new, 200 that it was saved before, as it is."""
    if not from_tablet(request):
        return redirect(onward)
    if entered.is_new and is_tried(request):
        return JsonResponse({"ok": True, "id": str(entered.entry.id), "state": "good"})
    return acknowledged(entered, onward)


def is_tried(request: HttpRequest) -> bool:
    """True where a tablet asks whether a form would be saved, and saves nothing: it keeps the form for some seconds, in
    which its worker can take it back, and hands it in then."""
    return from_tablet(request) and "X-Hold" in request.headers


def acknowledged(entered: Entered, url: str) -> JsonResponse:
    return told(entered.entry.id, entered.record.id, url, is_new=entered.is_new)


def told(entry_id: UUID, record_id: UUID, url: str, *, is_new: bool) -> JsonResponse:
    """The id is said back: only that takes a form off the tablet, not whatever else may have answered in between."""
    said = {"ok": True, "id": str(entry_id), "state": "saved", "record": str(record_id), "url": url}
    return JsonResponse(said, status=201 if is_new else 200)
