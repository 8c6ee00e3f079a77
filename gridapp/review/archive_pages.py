"""归档包: receipts and tries as a package that proves itself: asked for, agreed to where it is large, fetched once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gridapp.catalogue import targets
from gridapp.delivery import archives
from gridapp.delivery.archives import Refused, Wish
from gridapp.delivery.models import Archive
from gridapp.org import scope
from gridapp.org.access import deciding, overseeing, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.org.models import User
from gridapp.review import paper, report_pdf
from gridapp.review.dear import dear
from gridapp.review.opening import day, page_of

_LISTED = 30
_WRONG: Mapping[str, str | Promise] = {
    "area": gettext_lazy("请写自己负责的区域的编码"),
    "target": gettext_lazy("没有这个系统"),
    "days": gettext_lazy("请写起止日期，不超过一年"),
    "purpose": gettext_lazy("请写明用途（4 到 200 个字）"),
    "too_many": gettext_lazy("条数太多，请缩短日期或只选一个系统"),
}


@overseeing
def listed(request: HttpRequest) -> HttpResponse:
    """Which packages there are, what for, and what became of them; and asking for one."""
    return _shown(request, user_of(request))


@deciding
@require_POST
@dear
def ask(request: HttpRequest) -> HttpResponse:
    user, wish = user_of(request), _wish(request.POST)
    if wish is None:
        return _shown(request, user, wrong="days")
    try:
        made = archives.ask(wish, by=user, summary=_summary)
    except Refused as refused:
        return _shown(request, user, wrong=refused.why)
    waits = made.state == Archive.State.WAITING
    messages.success(
        request, _("已记下。要由另一位督导批准后才能下载。") if waits else _("已做好，在下面下载。"), extra_tags="good"
    )
    return redirect("review:archives")


@deciding
@require_POST
def decide(request: HttpRequest, archive_id: UUID) -> HttpResponse:
    """同意 or 不同意, by a second person."""
    user, said = user_of(request), request.POST.get("act")
    row = archives.seen_by(user).filter(pk=archive_id).first()
    if row is None or said not in {"agree", "refuse"}:
        raise Http404
    if archives.decide(row, agree=said == "agree", by=user, summary=_summary):
        messages.success(request, _("已记下。"), extra_tags="good")
    else:
        messages.warning(request, _("这一条不由您批准，或已经处理过了。"), extra_tags="warn")
    return redirect("review:archives")


@deciding
@require_POST
@freshly_signed_in
def fetch(request: HttpRequest, archive_id: UUID) -> HttpResponse:
    """The package, once."""
    content = archives.fetch(archive_id, by=user_of(request))
    if content is None:
        messages.warning(request, _("只有申请人能下载，每份一次，过期删除。"), extra_tags="warn")
        return redirect("review:archives")
    return paper.answer(content, name=f"archive-{archive_id.hex[:8]}.zip", media="application/zip")


def _shown(request: HttpRequest, user: User, wrong: str = "") -> HttpResponse:
    rows = page_of(request, archives.seen_by(user), size=_LISTED)
    waiting, ready = Archive.State.WAITING, Archive.State.READY
    lines = [
        {
            "row": row,
            "purpose": row.said()["purpose"],
            "may_agree": row.state == waiting and archives.may_agree(row, user),
            "may_fetch": row.state == ready and row.by_id == user.pk,
        }
        for row in rows
    ]
    page: dict[str, Any] = {"rows": rows, "lines": lines, "wrong": wrong, "complaint": _WRONG.get(wrong, "")}
    page |= {"may_ask": scope.may_decide(user), "targets": [one.target for one in targets.targets()]}
    area = next(iter(scope.prefixes(user)), "")
    page |= {"typed": request.POST, "area": request.POST.get("area", area), "today": timezone.localdate()}
    return render(request, "review/archives.html", page, status=422 if wrong else 200)


def _wish(post: QueryDict) -> Wish | None:
    first, last = day(post.get("first", "")), day(post.get("last", ""))
    if first is None or last is None:
        return None
    purpose = post.get("purpose", "").replace("\0", "").strip()
    return Wish(post.get("area", "").strip(), post.get("target", ""), first, last, purpose)


def _summary(about: Mapping[str, Any]) -> bytes | None:
    """What the package is of, on paper; None where no PDF can be made."""
    if not report_pdf.is_available():
        return None
    body = render_to_string("review/archive_paper.html", {"about": dict(about)})
    page = render_to_string(
        "review/paper_print.html", {"title": _("归档包"), "parts": [{"language": "zh-CN", "body": body}]}
    )
    return report_pdf.printed(page, style="paper_print.css")
