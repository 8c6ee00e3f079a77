"""What is done with workbooks: made of what waits, fetched, answered, taken back."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp import uploads
from gridapp.catalogue.targets import Configured
from gridapp.contract import UnreadableError
from gridapp.delivery import brought, sheets
from gridapp.delivery.models import Sheet
from gridapp.org.access import deciding, user_of
from gridapp.review.byhand_pages import queue_page
from gridapp.review.opening import kind_asked, sheet_or_404, target_or_404
from gridapp.review.wording import counted

logger = logging.getLogger(__name__)

LOOKED_AT = 500
"""Rows shown one by one before they count; how many there are of each outcome is always said."""


@deciding
@require_POST
def export(request: HttpRequest, key: str) -> HttpResponse:
    one = target_or_404(key, user_of(request))
    kind = kind_asked(request)
    try:
        sheet = sheets.export(one, kind, by=user_of(request)) if kind else None
    except sheets.Unmade:
        return _refused(request, one, _("没有做成：连接程序的设置有问题，请管理员处理。"))
    if sheet is None:
        messages.warning(request, _("现在没有可以导出的内容。"), extra_tags="warn")
    else:
        said = _("已导出 %(rows)d 行，请下载后到对方系统上传。") % {"rows": sheet.rows}
        messages.success(request, said, extra_tags="good")
    return redirect("review:queue", key)


@deciding
def fetch(request: HttpRequest, key: str, sheet_id: int) -> HttpResponse:
    user = user_of(request)
    sheet = sheet_or_404(target_or_404(key, user), sheet_id, user)
    logger.info("user %s fetched workbook %s", user.pk, sheet.pk)
    response = HttpResponse(sheets.content(sheet), content_type=sheet.media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=sheet.name)
    return response


@deciding
def take_back(request: HttpRequest, key: str, sheet_id: int) -> HttpResponse:
    """Takes the file that came back and shows, row by row, what it would do; nothing has moved by then."""
    user = user_of(request)
    one = target_or_404(key, user)
    sheet = sheet_or_404(one, sheet_id, user)
    try:
        if request.method == "POST":
            brought.keep(sheet, one, _uploaded(request), by=user)
            return redirect("review:take_back", key, sheet_id)
        answer = brought.look(sheet, one)
    except (UnreadableError, sheets.Unmade) as error:
        return _refused(request, one, _why(error), sheet)
    if answer is None:
        return redirect("review:queue", key)
    logger.info("user %s looked at what came back for workbook %s", user.pk, sheet.pk)
    page = {"one": one, "sheet": sheet, "answer": answer, "seen": brought.word(sheet), "most": LOOKED_AT}
    return render(request, "review/answer.html", page)


@deciding
@require_POST
def settle(request: HttpRequest, key: str, sheet_id: int) -> HttpResponse:
    """What was looked at counts from now on, or is put away."""
    user = user_of(request)
    one = target_or_404(key, user)
    sheet = sheet_or_404(one, sheet_id, user)
    if request.POST.get("act") != "apply":
        brought.put_away(sheet)
        messages.info(request, _("没有导入，各条保持原样。"))
        return redirect("review:queue", key)
    try:
        _tell(request, brought.apply(sheet, one, seen=request.POST.get("seen", ""), by=user))
    except brought.Overtaken:
        messages.warning(request, _("这期间又带回了另一个文件，没有导入。请核对这一份。"), extra_tags="warn")
        return redirect("review:take_back", key, sheet_id)
    except (UnreadableError, sheets.Unmade) as error:
        return _refused(request, one, _why(error), sheet)
    return redirect("review:queue", key)


@deciding
@require_POST
def withdraw(request: HttpRequest, key: str, sheet_id: int) -> HttpResponse:
    user = user_of(request)
    one = target_or_404(key, user)
    number = sheets.withdraw(sheet_or_404(one, sheet_id, user), one, by=user)
    if number:
        messages.success(request, _("已收回 %(rows)d 行。") % {"rows": number}, extra_tags="good")
    else:
        messages.warning(request, _("结果已经导入，不能再收回。"), extra_tags="warn")
    return redirect("review:queue", key)


def _uploaded(request: HttpRequest) -> bytes:
    """The file of the form. Raises UnreadableError."""
    content = uploads.read(request, "came_back")
    if content is None:
        raise UnreadableError(_("文件太大，不像是这份模板的结果。"))
    if not content:
        raise UnreadableError(_("请选择对方系统给回的文件。"))
    return content


def _why(error: UnreadableError | sheets.Unmade) -> str:
    return str(error) if isinstance(error, UnreadableError) else _("读这个文件时出错，没有记下任何结果。请管理员处理。")


def _tell(request: HttpRequest, counts: Counter[str]) -> None:
    if counts:
        messages.success(request, _("结果已导入：%(counts)s。") % {"counts": counted(counts)}, extra_tags="good")
    else:
        messages.info(request, _("这份结果以前已经导入，没有新的变化。"))


def _refused(request: HttpRequest, one: Configured, why: str, sheet: Sheet | None = None) -> HttpResponse:
    page: dict[str, Any] = queue_page(request, one, refused=why, refused_sheet=sheet.pk if sheet else None)
    return render(request, "review/queue.html", page, status=422)
