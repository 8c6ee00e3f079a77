"""A form from a tablet that could not be saved as it is: opened as it was typed, mended and saved, or put away."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gridapp import registry
from gridapp.delivery.retrying import after_deadlock
from gridapp.desk import entry_forms, form_page, questions, standings
from gridapp.desk.draft import Draft
from gridapp.desk.entering import onward, save, shown
from gridapp.org.access import entering, user_of
from gridapp.org.models import User
from gridapp.registry import set_aside
from gridapp.registry.entries import Entered
from gridapp.registry.models import Entry, SetAside


@entering
def page(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """For its owner and for who decides in its grid; to anybody else it does not exist."""
    user = user_of(request)
    row = set_aside.find(entry_id, by=user)
    if row is None:
        raise Http404
    if request.method == "POST" and request.POST.get("act") == "drop" and not row.is_conflict:
        return _dropped(request, row, user)
    draft = _draft(row, user, request.POST if request.method == "POST" else None) if _has_a_form(row) else None
    if draft is None:
        return _told(request, row)
    if request.method == "POST":
        entered = _entered(request, row, draft)
        if entered is not None:
            return redirect(onward(draft, entered, another="another" in request.POST))
    return shown(request, draft, aside=row)


def _has_a_form(row: SetAside) -> bool:
    """A conflict is a supervisor's move, a tap that says "no change" has nothing to put right, and a photo is taken
    again where it is asked for: at the record."""
    if row.is_conflict or row.action == Entry.Action.VERIFY:
        return False
    return entry_forms.supplemented(set_aside.opened(row).path) is None


def _draft(row: SetAside, user: User, posted: QueryDict | None) -> Draft | None:
    """The form as it was typed, or as it is posted now; None where its record is none of the user's any more."""
    content = set_aside.opened(row)
    try:
        draft = entry_forms.drafted(content.path, content.form if posted is None else posted, by=user)
    except Http404:
        return None
    if posted is None:
        # saved under an id of its own: the tablet's says that it was set aside, however often it asks
        draft.entry_id = uuid4()
        draft.refusals, draft.doubts = content.refusals, content.doubts
    if draft.record:
        draft.told = standings.told(draft.record)
    return draft


@after_deadlock
def _entered(request: HttpRequest, row: SetAside, draft: Draft) -> Entered | None:
    """Saved and settled together, or neither."""
    with transaction.atomic():
        if not set_aside.settle(row, user_of(request)):
            raise Http404
        entered = save(request, draft)
        if entered is None:
            transaction.set_rollback(True)
    return entered


def _dropped(request: HttpRequest, row: SetAside, user: User) -> HttpResponse:
    with transaction.atomic():
        set_aside.settle(row, user, settled_as=set_aside.Settled.DROPPED)
    messages.success(request, _("已放下，没有保存。"), extra_tags="good")
    return redirect("desk:work")


def _told(request: HttpRequest, row: SetAside) -> HttpResponse:
    """What there is to know of it, where there is nothing to fill in."""
    content = set_aside.opened(row)
    fields = dict.fromkeys(one.field for one in content.refusals if one.field)
    record = registry.find(row.record_id, by=user_of(request)) if row.record_id else None
    page = {
        "row": row,
        "record": record,
        "fields": [questions.label(field) for field in fields] if row.is_conflict else [],
        "reasons": [form_page.words(one) for one in content.refusals] if record and not row.is_conflict else [],
    }
    return render(request, "desk/set_aside.html", page)
