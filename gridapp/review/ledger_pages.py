"""Ledgers as pages: handed in, columns settled, first rows tried, entered in the background, what is left decided."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from gridapp import uploads
from gridapp.delivery import ledgers as carrying
from gridapp.org import scope
from gridapp.org.access import View, deciding, user_of
from gridapp.org.models import User
from gridapp.registry import ledgers
from gridapp.registry.ledgers_reading import LARGEST, Unreadable
from gridapp.registry.models import Ledger, LedgerRow
from gridapp.review import ledger_lines
from gridapp.review.opening import page_of

logger = logging.getLogger(__name__)

_LISTED, _CASES = 20, 10
AROUND = 64 * 1024
"""Bytes of a request around its file."""
Stage = Ledger.Stage


def _large(view: View) -> View:
    """For a page that takes a file as large as a ledger. Outermost: the next one reads the form already."""

    @wraps(view)
    def sized(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        uploads.expect(request, LARGEST + AROUND)
        return view(request, *args, **kwargs)

    return sized


@deciding
def listed(request: HttpRequest) -> HttpResponse:
    return render(request, "review/ledgers.html", _list(request))


@_large
@deciding
@require_POST
def hand_in(request: HttpRequest) -> HttpResponse:
    """Takes a file, which is read by a task; its rows are entered later, when its columns have been looked at."""
    user, grid_code = user_of(request), request.POST.get("grid", "").strip()
    content = uploads.read(request, "ledger", LARGEST + AROUND)
    name = getattr(request.FILES.get("ledger"), "name", "") or ""
    refused = _barred(user, grid_code, content)
    if not refused:
        try:
            made = ledgers.hand_in(content or b"", by=user, name=name, grid_code=grid_code)
        except Unreadable as error:
            refused = ledger_lines.UNREADABLE[error.why]
        else:
            logger.info("user %s handed in ledger %s", user.pk, made.pk)
            carrying.soon()
            return redirect("review:ledger", made.pk)
    page = _list(request) | {"refused": refused, "grid": grid_code}
    return render(request, "review/ledgers.html", page, status=422)


@deciding
def one(request: HttpRequest, ledger_id: UUID) -> HttpResponse:
    """How far it has come; while that is asked for again and again, only that part of the page."""
    ledger = ledger_or_404(ledger_id, user_of(request))
    if "HX-Request" not in request.headers:
        return render(request, "review/ledger.html", _page(request, ledger))
    if ledger.stage in (Stage.COLUMNS, Stage.UNREADABLE):  # it has been read: another page from top to bottom
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "review/ledger.html#progress", _page(request, ledger))


@deciding
@require_POST
def act(request: HttpRequest, ledger_id: UUID) -> HttpResponse:
    """核对列, 开始, 停止, or what is decided of all rows that are left."""
    user = user_of(request)
    ledger = ledger_or_404(ledger_id, user)
    does = _ACTS.get(request.POST.get("act", ""))
    if does is None:
        raise Http404
    tag, said = does(request, ledger, user)
    messages.add_message(request, messages.INFO, said, extra_tags=tag)
    return redirect("review:ledger", ledger.pk)


@deciding
@require_POST
def decide(request: HttpRequest, ledger_id: UUID, number: int) -> HttpResponse:
    """以台账为准 or 保留档案, of one row."""
    user = user_of(request)
    ledger = ledger_or_404(ledger_id, user)
    answer, row = request.POST.get("act", ""), ledger_lines.row_of(ledger, number)
    if answer not in LedgerRow.Answer.values:
        raise Http404
    if row is None:
        messages.warning(request, _("这一条已经处理过了。"), extra_tags="warn")
        return redirect("review:ledger", ledger.pk)
    if refused := carrying.decide(row, answer, by=user):
        page = _page(request, ledger) | {"cases": ledger_lines.cases([row], {row.pk: refused}), "rows": None}
        return render(request, "review/ledger.html", page, status=422)
    messages.success(request, _("已记下。"), extra_tags="good")
    return redirect("review:ledger", ledger.pk)


@deciding
def errors(request: HttpRequest, ledger_id: UUID) -> HttpResponse:
    """The wrong rows as a workbook, each with its reasons."""
    user = user_of(request)
    ledger = ledger_or_404(ledger_id, user)
    at = timezone.localtime().strftime("%Y-%m-%d %H:%M")
    mark = _("%(who)s %(at)s 下载，用于改正台账") % {"who": user.display_name, "at": at}
    logger.info("user %s fetched the wrong rows of ledger %s", user.pk, ledger.pk)
    response = HttpResponse(ledger_lines.workbook(ledger, mark=mark), content_type=ledger_lines.MEDIA)
    name = _("有误的行") + ".xlsx"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def ledger_or_404(ledger_id: UUID, by: User) -> Ledger:
    """A ledger of the user's, or of areas they oversee; any other answers 404, like one that does not exist."""
    ledger = ledgers.seen_by(by).filter(pk=ledger_id).first()
    if ledger is None:
        raise Http404
    return ledger


def _list(request: HttpRequest) -> dict[str, Any]:
    user = user_of(request)
    rows = page_of(request, ledgers.seen_by(user), size=_LISTED)
    return {"rows": rows, "names": [(row, ledgers.head(row).name) for row in rows]}


def _barred(user: User, grid_code: str, content: bytes | None) -> str | Promise:
    """Why a file is not even looked at; "" where it is."""
    if content is None:
        return ledger_lines.UNREADABLE["too_much"]
    if not content:
        return _("请选择文件。")
    right = len(grid_code) == 15 and grid_code.isascii() and grid_code.isdecimal() and scope.allows(user, grid_code)
    return _("网格代码是 15 位数字，并且在您的范围内。") if grid_code and not right else ""


def _page(request: HttpRequest, ledger: Ledger) -> dict[str, Any]:
    """What the page of one ledger shows, by how far it has come."""
    user, head = user_of(request), ledgers.head(ledger)
    page: dict[str, Any] = {"ledger": ledger, "name": head.name, "most_wrong": ledger_lines.MOST_WRONG}
    if ledger.stage == Stage.UNREADABLE:
        return page | {"refused": ledger_lines.UNREADABLE[ledger.why]}
    if ledger.stage == Stage.COLUMNS:
        logger.info("user %s saw the first rows of ledger %s", user.pk, ledger.pk)
        return page | _to_settle(ledger, head.titles, user)
    if ledger.undecided:
        logger.info("user %s saw rows of ledger %s in full", user.pk, ledger.pk)
        rows = page_of(request, ledgers.to_decide(ledger), size=_CASES)
        page |= {"rows": rows, "cases": ledger_lines.cases(rows, {})}
    return page


def _to_settle(ledger: Ledger, titles: list[str], user: User) -> dict[str, Any]:
    return {
        "columns": ledger_lines.columns(ledger, titles),
        "offered": ledger_lines.offered(ledger.kind),
        "for_all": ledger_lines.for_all(ledger),
        "lacking": ledger_lines.lacking(ledger),
        "lines": ledger_lines.lines(ledgers.tried(ledger, by=user)),
    }


def _settle(request: HttpRequest, ledger: Ledger, user: User) -> tuple[str, str]:
    kind, fields, defaults = ledger_lines.read(request.POST, ledger)
    ledgers.settle_columns(ledger, kind=kind, fields=fields, defaults=defaults)
    return "good", _("已按您选的列重新核对。")


def _start(request: HttpRequest, ledger: Ledger, user: User) -> tuple[str, str]:
    kind, fields, defaults = ledger_lines.read(request.POST, ledger)
    ledgers.settle_columns(ledger, kind=kind, fields=fields, defaults=defaults)
    if not ledgers.start(ledger_or_404(ledger.pk, user)):
        return "bad", _("还不能开始：有必填的列没有对上。")
    return "good", _("已开始，可以离开本页。")


def _drop(request: HttpRequest, ledger: Ledger, user: User) -> tuple[str, str]:
    if ledgers.drop(ledger):
        return "good", _("已停止。已录入的保留，其余的行已删除。")
    return "warn", _("已经结束了。")


def _forget(request: HttpRequest, ledger: Ledger, user: User) -> tuple[str, str]:
    number = ledgers.forget(ledger)
    return "good", ngettext("已删除 %(number)s 行。", "已删除 %(number)s 行。", number) % {"number": number}


def _all(answer: str) -> Callable[[HttpRequest, Ledger, User], tuple[str, str]]:
    def say(request: HttpRequest, ledger: Ledger, user: User) -> tuple[str, str]:
        if request.POST.get("sure") != "yes":
            return "bad", _("请先勾选确认")
        number = carrying.decide_all(ledger, answer, by=user)
        return "good", ngettext("正在处理 %(number)s 行。", "正在处理 %(number)s 行。", number) % {"number": number}

    return say


_ACTS: Mapping[str, Callable[[HttpRequest, Ledger, User], tuple[str, str]]] = {
    "columns": _settle,
    "start": _start,
    "drop": _drop,
    "forget": _forget,
    "take_all": _all(LedgerRow.Answer.TAKEN),
    "keep_all": _all(LedgerRow.Answer.KEPT),
}
