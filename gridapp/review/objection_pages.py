"""The pages of objections: what waits, due first; one with both values and what may be done; and raising one."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp import dictionary, registry
from gridapp.catalogue import disputed, officers
from gridapp.contract import Kind
from gridapp.delivery import concerned
from gridapp.org import scope
from gridapp.org.access import signed_in, user_of
from gridapp.org.models import User
from gridapp.registry import objections
from gridapp.registry.models import Objection, Record
from gridapp.registry.objections import HOME, Source
from gridapp.review import objecting, objection_case, valued
from gridapp.review.deciding import Overtaken
from gridapp.review.objecting import Deciding, Objecting
from gridapp.review.opening import page_of, target_or_404

logger = logging.getLogger(__name__)
_LISTED = 30


@signed_in
def waiting(request: HttpRequest) -> HttpResponse:
    user, which = user_of(request), request.GET.get("which", "")
    seen, on = disputed.seen_by(user), timezone.localdate()
    chosen = objections.decided(seen) if which == "decided" else objections.waiting(seen)
    if which == "mine":
        chosen = seen.filter(raised_by=user).order_by("-raised_at")
    rows = page_of(request, chosen, size=_LISTED)
    names = {one.target.key: one.target.name for one in officers.seen_by(user)}
    lines = [
        (row, _("住在哪里") if row.field == HOME else valued.label(row.field), objection_case.source_words(row, names),
         objections.is_overdue(row, on))
        for row in rows
    ]  # fmt: skip
    page = {"rows": rows, "lines": lines, "which": which, "tally": objections.tally(seen, user, on=on)}
    return render(request, "review/objections.html", page)


@signed_in
def objection(request: HttpRequest, objection_id: UUID) -> HttpResponse:
    user = user_of(request)
    return _shown(request, _found(objection_id, user), user)


@signed_in
@require_POST
def act(request: HttpRequest, objection_id: UUID) -> HttpResponse:
    """受理, 不予受理, 核实, 维持, 更正, 撤回, 已告知."""
    user = user_of(request)
    row = _found(objection_id, user)
    case = objection_case.gather(row, user)
    said = Deciding.read(request.POST, case)
    try:
        told = said.tell(case, by=user)
    except Overtaken:
        messages.warning(request, _("这一条刚才有变化，没有记下。请按现在的内容再看一次。"), extra_tags="warn")
        return redirect("review:objection", objection_id)
    if not told:
        return _shown(request, row, user, said)
    messages.success(request, _("已记下。"), extra_tags="good")
    return redirect("review:objection", objection_id)


@signed_in
def lodge(request: HttpRequest, record_id: UUID, key: str = "") -> HttpResponse:
    """Two steps without a script: which field, then what it should be. `key`: as the office of that system sees it."""
    user = user_of(request)
    record, fields = _disputed(record_id, key, user)
    sources = _sources(record, key, user)
    speaks_for = [one.target for one in officers.seen_by(user) if not key or one.target.key == key]
    said = None
    if request.method == "POST":
        keys = [one.key for one in speaks_for]
        said = Objecting.read(request.POST, fields=fields, sources=sources, targets=keys)
        kept = said.tell(record, by=user)
        if kept is not None:
            messages.success(request, _("异议已提出，结果会告诉您。"), extra_tags="good")
            return redirect("review:objection", kept.pk)
    name = said.about if said else request.GET.get("field", "")
    page = _asked(record, name if name in fields else "", key, user) | {"said": said, "targets": speaks_for}
    page["sources"] = [(one.value, one.label) for one in sources]
    page["fields"] = [(one, valued.label(one)) for one in fields]
    return render(request, "review/objection_new.html", page, status=422 if said else 200)


def _asked(record: Record, name: str, key: str, user: User) -> dict[str, Any]:
    """What the form says of the field in question."""
    known = objections.known(record)
    full = scope.may_decide(user) and not key
    child = not full and dictionary.under_14(known, timezone.localdate())
    page: dict[str, Any] = {
        "record": record,
        "key": key,
        "name": name,
        "fresh_id": uuid4(),
        "longest": objecting.LONGEST,
    }
    if name:
        shown = valued.said(name, known.get(name), full=full, child=child)
        page |= {"label": valued.label(name), "answer": valued.answer(name), "now": shown}
    return page


def _sources(record: Record, key: str, user: User) -> tuple[Source, ...]:
    """For whom the user can speak: an office for itself, a worker for who lives there, or for the own grid."""
    if key:
        return (Source.DEPARTMENT,)
    if not scope.allows(user, record.grid_code):
        return (Source.GRID, Source.RESIDENT)
    return (Source.RESIDENT, Source.DEPARTMENT) if scope.may_decide(user) else (Source.RESIDENT,)


def _disputed(record_id: UUID, key: str, user: User) -> tuple[Record, list[str]]:
    """The record and the fields that the user may object to: through a system only what it is sent. Raises Http404."""
    if not objections.may_raise(user) or (key and scope.may_enter(user) and not scope.may_decide(user)):
        raise Http404
    if not key:
        record = registry.find(record_id, by=user)
        if record is None:
            raise Http404
        return record, objections.open_to(record.kind)
    one = target_or_404(key, user)
    record = concerned.record(record_id, one, by=user)
    layout = one.profile.layouts.get(Kind(record.kind)) if record else None
    if record is None or layout is None:
        raise Http404
    return record, [name for name in objections.open_to(record.kind) if name in layout.sources]


def _found(objection_id: UUID, user: User) -> Objection:
    row = disputed.seen_by(user).filter(pk=objection_id).first()
    if row is None:
        raise Http404
    return row


def _shown(request: HttpRequest, row: Objection, user: User, said: Deciding | None = None) -> HttpResponse:
    case, full = objection_case.gather(row, user), scope.may_decide(user)
    if full:
        logger.info("user %s saw objection %s in full", user.pk, row.pk)
    page = {"case": case, "row": row, "said": said, "full": full, "ends": objecting.ends()}
    page["longest"] = objecting.LONGEST
    return render(request, "review/objection.html", page, status=422 if said else 200)
