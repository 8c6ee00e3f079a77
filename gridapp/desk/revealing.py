"""显示完整内容: one group of a record's values whole, for a reason that is said first, and for a minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from gridapp import dictionary, registry
from gridapp.desk import opening, questions
from gridapp.org import throttle
from gridapp.org.access import reading, user_of
from gridapp.org.models import User
from gridapp.registry import sight
from gridapp.registry.models import Record
from gridapp.registry.sight import Group, NotShown, Purpose
from gridapp.registry.sight_kept import Why


@dataclass(frozen=True)
class Asked:
    """The part of the page that asks. `values`: what is whole now, by its label."""

    groups: list[Group]
    needs_words: bool
    group: Group | None = None
    why: str = ""
    words: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    seconds: int = 0
    longest: int = sight.LONGEST
    reasons: tuple[tuple[str, str | Promise], ...] = tuple((one.value, one.label) for one in Why)


def asked(record: Record, view: Mapping[str, Any], *, by: User, **more: Any) -> Asked:
    """What this user may ask for on the page of a record. `view`: of today."""
    on = timezone.localdate()
    groups = sight.offered(by, record, view, on=on)
    return Asked(groups, needs_words=dictionary.under_14(view, on), **more)


@reading
def whole(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """POST shows; GET is the same part with everything hidden again."""
    user = user_of(request)
    record = opening.record_or_404(record_id, user)
    view = registry.views.view(record, on=timezone.localdate())
    if request.method != "POST":
        return _drawn(request, record, asked(record, view, by=user))
    return _shown(request, record, view, user)


def _shown(request: HttpRequest, record: Record, view: Mapping[str, Any], user: User) -> HttpResponse:
    said = {name: request.POST.get(name, "").replace("\0", "").strip() for name in ("group", "why", "words")}
    group = Group(said["group"]) if said["group"] in list(Group) else None
    typed: dict[str, Any] = {"group": group, "why": said["why"], "words": said["words"][: sight.LONGEST]}
    if group is None:
        return _refused(
            request, record, asked(record, view, by=user, wrong={"group": _("请选择要看什么")}, **typed), 422
        )
    try:
        purpose = Purpose(said["why"], said["words"])
        values = sight.show(record, group, by=user, purpose=purpose, on=timezone.localdate())
    except NotShown as refused:
        status = 429 if refused.wait else 422 if refused.lacks else 403
        wrong = {refused.lacks or "group": _why_not(refused)}
        return _refused(request, record, asked(record, view, by=user, wrong=wrong, **typed), status)
    told = {_label(name): _text(name, value) for name, value in values.items()}
    return _drawn(request, record, asked(record, view, by=user, values=told, group=group, seconds=sight.seconds()))


def _refused(request: HttpRequest, record: Record, part: Asked, status: int) -> HttpResponse:
    response = _drawn(request, record, part)
    # htmx draws what was wrong with a form, and nothing else that went wrong
    response.status_code = 422 if "HX-Request" in request.headers else status
    return response


def _drawn(request: HttpRequest, record: Record, part: Asked) -> HttpResponse:
    """The part alone for htmx, else a page of its own, which leaves by itself when its time is over."""
    by_script = "HX-Request" in request.headers
    response = render(
        request, "desk/whole.html" if by_script else "desk/whole_page.html", {"record": record, "whole": part}
    )
    if part.seconds and not by_script:
        response["Refresh"] = f"{part.seconds}; url={request.path}"
    return response


def _why_not(refused: NotShown) -> str:
    if refused.wait:
        return throttle.said(refused.wait)
    if refused.lacks == "why":
        return _("请选择为什么要看")
    if refused.lacks == "words":
        return _("请写明原因，4 到 100 个字")
    return _("这些内容不能在这里显示")


def _label(name: str) -> str:
    return dictionary.field(name).label(questions.language())


def _text(name: str, value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
