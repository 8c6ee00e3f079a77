"""The page of conflicts: two tablets corrected one field; a supervisor sees both values and takes one, or a third."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp import dictionary
from gridapp.org import scope
from gridapp.org.access import deciding, overseeing, user_of
from gridapp.org.models import User
from gridapp.registry import collisions, documents, objections, set_aside
from gridapp.registry.collisions import Collided, Collision
from gridapp.review import valued
from gridapp.review.deciding import Decision, Overtaken
from gridapp.review.opening import language, page_of

logger = logging.getLogger(__name__)

LISTED = 5


@dataclass(frozen=True)
class Side:
    """One of the two values in words, and whose it is. `at` None: not known."""

    choice: str
    said: str
    by: str
    at: datetime | None


@dataclass(frozen=True)
class Line:
    """One field that collides. `offers`: (code, word) of a short table; `words`: those of a long one."""

    name: str
    label: str
    was: str
    sides: tuple[Side, Side]
    several: bool
    offers: list[tuple[str, str]]
    words: list[str]
    keyboard: str
    weighs: str
    error: str = ""


@dataclass(frozen=True)
class Case:
    """One correction that waits, as the page shows it. `rest`: (label, value) of what it changes besides."""

    id: UUID
    collided: Collided
    lines: list[Line]
    rest: list[tuple[str, str]]
    refusals: list[str]
    decision: Decision | None = None

    @property
    def can_be_saved(self) -> bool:
        return bool(self.lines or self.rest)


@overseeing
def waiting(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    rows = page_of(request, set_aside.conflicts(user).select_related("owner"), size=LISTED)
    full = scope.may_decide(user)
    cases = [_case(one, full=full) for one in collisions.of(list(rows))]
    if full:
        logger.info("user %s saw the conflicts %s in full", user.pk, ", ".join(str(one.id) for one in cases) or "none")
    page = {"rows": rows, "cases": cases, "may_decide": full, "claims": _claims(user)}
    return render(request, "review/conflicts.html", page)


def _claims(user: User) -> int:
    """How many people two grids claim: they are decided on the page of objections."""
    return objections.waiting(objections.seen_by(user)).filter(field=objections.HOME).count()


@deciding
@require_POST
def decide(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Ours, theirs, a third value, or neither."""
    user = user_of(request)
    row = set_aside.conflicts(user).select_related("owner").filter(pk=entry_id).first()
    if row is None:
        return _over(request, entry_id)
    (collided,) = collisions.of([row])
    said = Decision.read(request.POST, collided)
    try:
        told = not said.complaints and said.tell(collided, by=user)
    except Overtaken:
        return _over(request, entry_id)
    if not told:
        page = {"rows": None, "cases": [_case(collided, full=True, said=said)], "may_decide": True}
        return render(request, "review/conflicts.html", page, status=422)
    done = _("已放下，没有改动。") if said.drops else _("已定，只告诉要改的系统。")
    messages.success(request, done, extra_tags="good")
    return redirect("review:conflicts")


def _over(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Somebody was faster, or it is none of the user's: the two look the same."""
    messages.warning(request, _("这一条刚才有变化，没有记下。请按现在的内容再看一次。"), extra_tags="warn")
    return redirect("review:conflicts")


def _case(one: Collided, *, full: bool, said: Decision | None = None) -> Case:
    known = documents.typed(one.record.document()) if one.record else {}
    child = dictionary.under_14(known, timezone.localdate())

    def words(name: str, value: Any) -> str:
        return valued.said(name, value, full=full, child=child and not full)

    complaints = said.complaints if said else {}
    lines = [_line(each, one, words, str(complaints.get(each.name, ""))) for each in one.fields]
    named = {each.name for each in one.fields} | {"reason"}
    elsewhere = [str(text) for name, text in complaints.items() if name not in named]
    return Case(
        one.row.entry_id,
        one,
        lines,
        [(valued.label(name), words(name, value)) for name, value in one.rest.items()],
        elsewhere or ([] if lines else [each.reason(language()) for each in one.refusals]),
        said,
    )


def _line(each: Collision, one: Collided, words: Any, error: str) -> Line:
    given = valued.answer(each.name)
    ours = Side("ours", words(each.name, each.ours), each.by, each.at)
    theirs = Side("theirs", words(each.name, each.theirs), one.row.owner.display_name, one.row.made_at)
    return Line(
        name=each.name,
        label=valued.label(each.name),
        was=words(each.name, each.was),
        sides=(ours, theirs),
        several=given.several,
        offers=given.offers,
        words=given.words,
        keyboard=given.keyboard,
        weighs=valued.weighs(each.name),
        error=error,
    )
