"""What is done to a resident at the door without the long form: still lives here, moved, left."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from gridapp.desk import form_page, opening, rooms
from gridapp.desk.draft import Action, Draft
from gridapp.desk.entering import save
from gridapp.org.access import entering, user_of


@entering
@require_POST
def verify(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """One tap: nothing has changed."""
    record = opening.record_or_404(record_id, user_of(request))
    entry_id = opening.identifier(request.POST.get("entry_id")) or uuid4()
    draft = Draft(record.kind, Action.VERIFY, entry_id, record=record)
    if save(request, draft) is None:
        for refusal in draft.refusals:
            messages.error(request, form_page.words(refusal), extra_tags="bad")
    return redirect("desk:record", record.id)


@entering
def move_out(request: HttpRequest, record_id: UUID) -> HttpResponse:
    record = opening.record_or_404(record_id, user_of(request))
    draft = opening.about(request, user_of(request), record, "close", Action.CLOSE)
    if request.method == "POST" and save(request, draft):
        return redirect("desk:record", record.id)
    return _refused(request, draft)


@entering
def move(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """First the new home, then since when and how."""
    user = user_of(request)
    record = opening.record_or_404(record_id, user)
    draft = opening.about(request, user, record, "move", Action.MOVE)
    if draft.housing is None and request.method != "POST":
        return choose(request, "move", request.path, wanted_for=str(record.id))
    if request.method == "POST" and save(request, draft):
        return redirect("desk:record", record.id)
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
    page["wanted_for"] = wanted_for
    return render(request, "desk/choose.html", page)


def _refused(request: HttpRequest, draft: Draft) -> HttpResponse:
    page = {"page": form_page.page(draft), "draft": draft, "kind": draft.kind}
    return render(request, "desk/form.html", page, status=422 if request.method == "POST" else 200)
