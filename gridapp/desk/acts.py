"""What is done to a resident at the door without the long form: moved, left."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from gridapp.desk import answers, entry_forms, form_page, opening, rooms
from gridapp.desk.draft import Draft
from gridapp.desk.entering import save
from gridapp.org.access import entering, user_of
from gridapp.registry import occupancy


@entering
def move_out(request: HttpRequest, record_id: UUID) -> HttpResponse:
    draft = entry_forms.move_out(request, user_of(request), record_id)
    if request.method == "POST" and (entered := save(request, draft)):
        return answers.saved(request, entered, reverse("desk:record", args=[record_id]))
    return _refused(request, draft)


@entering
def move(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """First the new home, then since when and how."""
    draft = entry_forms.move(request, user_of(request), record_id)
    if draft.housing is None and request.method != "POST":
        return choose(request, "move", request.path, wanted_for=str(record_id))
    if request.method == "POST" and (entered := save(request, draft)):
        return answers.saved(request, entered, reverse("desk:record", args=[record_id]))
    return _refused(request, draft)


def choose(request: HttpRequest, purpose: str, onward: str, *, wanted_for: str = "") -> HttpResponse:
    """Building, floor, room; the room chosen leads to `onward`. `wanted_for`: see Draft, of a home entered here."""
    found = rooms.steps(
        user_of(request),
        query=request.GET.get("q", "")[:100],
        building_code=request.GET.get("building", "")[:64].replace("\0", ""),
        floor=opening.integer(request.GET.get("floor")),
    )
    page = {"steps": found, "purpose": purpose, "onward": onward, "heading": rooms.HEADINGS[purpose]}
    page |= {"wanted_for": wanted_for, "looks": rooms.LEGEND, "days": occupancy.STALE_AFTER.days}
    return render(request, "desk/choose.html", page)


def _refused(request: HttpRequest, draft: Draft) -> HttpResponse:
    page = {"page": form_page.page(draft), "draft": draft, "kind": draft.kind}
    return render(request, "desk/form.html", page, status=422 if request.method == "POST" else 200)
