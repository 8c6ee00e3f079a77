"""The pages of causes: what waits for somebody as a few things to do, and each of them dealt with as one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from gridapp.catalogue import officers
from gridapp.catalogue.targets import Configured
from gridapp.catalogue.wording import name_of
from gridapp.delivery import causes as found
from gridapp.delivery import causes_acting as acting
from gridapp.delivery import causes_codes, causes_notes, gates
from gridapp.delivery.causes import Act, Cause
from gridapp.delivery.models import CauseAct, Status
from gridapp.delivery.standing import MOVE_WORDS
from gridapp.org import scope
from gridapp.org.access import operating, overseeing, renumbering, user_of
from gridapp.org.models import User
from gridapp.review.causes_said import ActSaid, CodesSaid, address, cause_said, lines, remark_said
from gridapp.review.opening import language, number

STATUSES = tuple(Status(word) for word in found.DUE_WITHIN)


@overseeing
def causes(request: HttpRequest) -> HttpResponse:
    """What waits for somebody, by cause; of one target or one status where the address says so."""
    user = user_of(request)
    target, status = (request.GET.get(name, "").replace("\0", "") for name in ("target", "status"))
    seen = found.every(user, target=target, status=status)
    whose = causes_notes.whose([one.cause for one in seen], user)
    shown = [
        (one, address(one.cause, one.one), MOVE_WORDS[one.move], _field(one.cause), whose.get(one.cause, ""))
        for one in seen[: found.LISTED]
    ]
    page = {"lines": shown, "targets": officers.seen_by(user), "target": target, "statuses": STATUSES, "status": status}
    page |= {"number": sum(one.number for one in seen), "listed": found.LISTED if len(seen) > found.LISTED else 0}
    return render(request, "review/causes.html", page | {"acts": acting.under_way(user)})


@overseeing
def cause(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    asked, one = cause_said(request.GET, user)
    part = "#acts" if request.headers.get("HX-Target") == "acts" else ""
    page = _page(user, asked, one)
    response = render(request, f"review/cause.html{part}", page)
    if part and not page["under_way"]:
        response["HX-Refresh"] = "true"  # it is done: the rest of the page says something else now
    return response


@operating
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Has one thing done to all of it."""
    user = user_of(request)
    asked, one = cause_said(request.POST, user)
    said = ActSaid.read(request.POST, found.offered(asked, one, user))
    if said.complaint:
        return render(request, "review/cause.html", _page(user, asked, one, said=said), status=422)
    _tell(request, acting.ask(asked, Act(said.act), by=user, reason=said.reason))
    return redirect(address(asked, one))


@renumbering
@require_POST
def recode(request: HttpRequest) -> HttpResponse:
    """The department has renumbered its table: it is told the new codes from now on."""
    user = user_of(request)
    asked, one = cause_said(request.POST, user)
    said = CodesSaid.read(request.POST, causes_codes.met(asked, one, user))
    if said.complaint:
        return render(request, "review/cause.html", _page(user, asked, one, codes_said=said), status=422)
    resumes = request.POST.get("resumes") == "yes"
    _tell(request, acting.recode(asked, one, said.becomes, by=user, resumes=resumes))
    return redirect(address(asked, one))


@operating
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    asked, one = cause_said(request.POST, user)
    row = acting.take_back(number(request.POST.get("wanted")), by=user)
    if row is None:
        messages.warning(request, _("已经做完了，不能再撤回。"), extra_tags="warn")
    else:
        done = _("已停下，其余的保持原样。") if row.done else _("已撤回，什么都没有改。")
        messages.success(request, done, extra_tags="good")
    return redirect(address(asked, one))


@operating
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """A remark, or whose it is from now on."""
    user = user_of(request)
    asked, one = cause_said(request.POST, user)
    if request.POST.get("act") == "give":
        chosen = number(request.POST.get("to"))
        to = next((person for person in causes_notes.candidates(user) if person.pk == chosen), None)
        complaint: Any = "" if to else _("请选择交给谁")
        kept = to and causes_notes.give(asked, to, by=user)
    else:
        text, complaint = remark_said(request.POST)
        kept = None if complaint else causes_notes.remark(asked, text, by=user)
    messages.add_message(request, messages.INFO, complaint or _("已记下。"), extra_tags="good" if kept else "bad")
    return redirect(address(asked, one))


def _page(
    user: User, asked: Cause, one: Configured, *, said: ActSaid | None = None, codes_said: CodesSaid | None = None
) -> dict[str, Any]:
    """What stands on the page of a cause. A fixed number of statements."""
    seen, operates, renumbers = found.find(asked, user), scope.may_operate(user), scope.may_renumber(user)
    recodable = bool(found.recodable(asked, one))
    codes = causes_codes.met(asked, one, user) if seen and renumbers else []
    acts = acting.acts(asked, user)
    return {
        "cause": asked,
        "one": one,
        "seen": seen,
        "status": Status(asked.status),
        "move": MOVE_WORDS[seen.move] if seen else "",
        "about": _field(asked),
        "rows": found.samples(asked, user) if seen else [],
        "here": address(asked, one),
        "may_operate": operates,
        "offered": found.offered(asked, one, user) if seen and operates else (),
        "asks_for_codes": scope.renumbering() if seen and recodable and operates and not renumbers else None,
        "codes": lines(asked.field, codes, codes_said, language()),
        "rejecting": one.target.paused_at is not None and one.target.paused_why == gates.REJECTIONS,
        "said": said,
        "codes_said": codes_said,
        "acts": acts,
        "under_way": any(row.finished_at is None for row in acts),
        "remarks": causes_notes.remarks(asked, user),
        "people": causes_notes.candidates(user) if operates else [],
        "longest": causes_notes.LONGEST,
    }


def _field(asked: Cause) -> str:
    return name_of(asked.field, language()) if asked.field else ""


def _tell(request: HttpRequest, row: CauseAct | None) -> None:
    if row is None:
        messages.warning(request, _("同一原因的另一项处理还没有做完。"), extra_tags="warn")
        return
    said = ngettext(
        "%(number)s 条，马上开始；开始之前可以撤回。", "%(number)s 条，马上开始；开始之前可以撤回。", row.total
    )
    messages.success(request, said % {"number": row.total}, extra_tags="good")
