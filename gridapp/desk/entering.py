"""The entry form: open it, check it while it is being filled in, save it, correct a record with it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp import registry
from gridapp.desk import alike, answers, entry_forms, existing, form_page, kinship, opening, probing, recent, standings
from gridapp.desk import draft as drafts
from gridapp.desk.draft import Action, Draft
from gridapp.org.access import entering, from_tablet, user_of
from gridapp.registry.entries import Entered
from gridapp.registry.models import Record


@entering
def new_resident(request: HttpRequest) -> HttpResponse:
    draft = entry_forms.new_resident(request, user_of(request))
    if request.method != "POST" and draft.housing is None:
        return redirect("desk:choose", "resident")
    return _save_or_show(request, draft)


@entering
def new_housing(request: HttpRequest) -> HttpResponse:
    draft = entry_forms.new_housing(request, user_of(request))
    if request.method != "POST" and (draft.building is None or not draft.room_no):
        return redirect("desk:choose", "housing")
    known = existing.registered(draft, by=user_of(request)) if request.method != "POST" else None
    if known is not None:
        messages.info(request, _("%(room)s 房已经登记过。") % {"room": known.room_no})
        return redirect(_beyond(draft, known))
    return _save_or_show(request, draft)


@entering
def correct(request: HttpRequest, record_id: UUID) -> HttpResponse:
    draft = entry_forms.correct(request, user_of(request), record_id)
    if draft.record:
        draft.told = standings.told(draft.record)
    return _save_or_show(request, draft)


@entering
@require_POST
def check(request: HttpRequest, kind: str) -> HttpResponse:
    """The side panel for what is typed so far. Writes nothing."""
    user = user_of(request)
    if kind not in Record.Kind.values:
        raise Http404
    record_id = opening.identifier(request.POST.get("record"))
    if record_id is None:
        draft = opening.new(request, user, kind)
    else:
        draft = opening.about(request, user, opening.record_or_404(record_id, user), kind, Action.CORRECT)
    page = {"check": form_page.check(draft), "kind": kind, "checked": True, "alike": alike.found(draft, by=user)}
    page["kin"] = kinship.offered(draft)
    return render(request, "desk/form.html#readiness", page)


def _save_or_show(request: HttpRequest, draft: Draft) -> HttpResponse:
    user, entered = user_of(request), None
    if request.method == "POST":
        if wait := probing.ask(draft, by=user):
            return probing.refuse(draft, wait, by_tablet=from_tablet(request)) or shown(request, draft)
        entered = save(request, draft)
        probing.learned(draft, entered, by=user, tried=answers.is_tried(request))
    if entered is None:
        return shown(request, draft)
    return answers.saved(request, entered, onward(draft, entered, another="another" in request.POST))


def shown(request: HttpRequest, draft: Draft, **more: object) -> HttpResponse:
    """The form as it stands. `more`: what the page says beside it."""
    page = {"page": form_page.page(draft), "draft": draft, "kind": draft.kind, **more}
    by = user_of(request)
    page |= {"onward": existing.onward(draft, by=by), "alike": alike.found(draft, by=by)}
    return render(request, "desk/form.html", page, status=422 if request.method == "POST" else 200)


def onward(draft: Draft, entered: Entered, *, another: bool) -> str:
    """Where the worker goes on: with the next person of the flat, with what a home was entered for, at the record."""
    if another and draft.housing:
        return f"{reverse('desk:new_resident')}?housing={draft.housing.id}&after={entered.record.id}"
    return _beyond(draft, entered.record)


def _beyond(draft: Draft, record: Record) -> str:
    """Where the worker goes on with a home: with what it was wanted for, else at its record."""
    if draft.wanted_for:
        return f"{_begun(draft.wanted_for)}?housing={record.id}"
    return reverse("desk:record", args=[record.id])


def _begun(wanted_for: str) -> str:
    """Where the worker goes on for whom a home was entered in between."""
    return reverse("desk:new_resident") if wanted_for == "resident" else reverse("desk:move", args=[wanted_for])


def save(request: HttpRequest, draft: Draft) -> Entered | None:
    """Saves, and says so on the next page; what is not the user's answers 404. See answers.is_tried."""
    try:
        entered = drafts.save(draft, by=user_of(request), trying=answers.is_tried(request))
    except registry.OutOfScope:
        raise Http404 from None
    if entered is not None and not answers.is_tried(request):
        record: Record = entered.record
        title = recent.title(record, on=timezone.localdate())
        messages.success(request, _("已保存：%(title)s") % {"title": title}, extra_tags="good")
    return entered
