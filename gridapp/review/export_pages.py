"""Exports as pages: asked for below a search, agreed to by a second person, fetched once, and filed for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.org import scope
from gridapp.org.access import deciding, overseeing, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.org.models import User
from gridapp.registry import exports
from gridapp.registry.exports import Wish
from gridapp.registry.models import Export, Record
from gridapp.review import search, search_lines
from gridapp.review.dear import dear
from gridapp.review.opening import page_of
from gridapp.review.search import Criteria
from gridapp.review.search_pages import shown

_LISTED = 30
_LACKING: Mapping[str, str | Promise] = {
    "purpose": gettext_lazy("请写明用途（4 到 200 个字）"),
    "reason": gettext_lazy("含 14 岁以下或完整号码的，请写明理由（4 到 200 个字）"),
}
_MEDIA = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "zip": "application/zip"}


@overseeing
def listed(request: HttpRequest) -> HttpResponse:
    """Whose exports there are, what they were for and what became of them."""
    user = user_of(request)
    rows = page_of(request, exports.seen_by(user), size=_LISTED)
    page = {
        "rows": rows,
        "lines": _lines(list(rows), user),
        "may_decide": scope.may_decide(user),
        "hours": int(exports.KEPT.total_seconds()) // 3600,
    }
    return render(request, "review/exports.html", page)


@deciding
@require_POST
@freshly_signed_in
@dear
def ask(request: HttpRequest) -> HttpResponse:
    """Asks for what was found as a workbook."""
    user, criteria = user_of(request), Criteria.read(request.POST)
    wish = _wish(request.POST, criteria)
    wrong = {name: _LACKING[name] for name in wish.lacks()}
    if wrong:
        page = shown(criteria, user) | {"complaints": wrong, "wish": wish}
        return render(request, "review/search.html", page, status=422)
    made = exports.ask(wish, by=user, rows=search.up_to(_meant(criteria), user, settings.EXPORT_ALONE_ROWS + 1))
    if made.state == Export.State.WAITING:
        messages.info(request, _("已记下。要由另一位督导或管理员批准后才制作。"))
    else:
        messages.success(request, _("已记下，正在制作，做好后在这里下载。"), extra_tags="good")
    return redirect("review:exports")


@deciding
@require_POST
@freshly_signed_in
def decide(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """同意 or 不同意, by a second person."""
    user = user_of(request)
    export = exports.seen_by(user).filter(pk=export_id).first()
    said = request.POST.get("act")
    if export is None or said not in {"agree", "refuse"}:
        raise Http404
    if exports.decide(export, agree=said == "agree", by=user):
        messages.success(request, _("已记下。"), extra_tags="good")
    else:
        messages.warning(request, _("这一条不由您批准，或已经处理过了。"), extra_tags="warn")
    return redirect("review:exports")


@deciding
@require_POST
@freshly_signed_in
def fetch(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """The file, once."""
    user = user_of(request)
    export = exports.seen_by(user).filter(pk=export_id).first()
    if export is None:
        raise Http404
    name = exports.file_name(export)
    content = exports.fetch(export_id, by=user)
    if content is None:
        messages.warning(request, _why_not(export), extra_tags="warn")
        return redirect("review:exports")
    response = StreamingHttpResponse(content, content_type=_MEDIA[name.rpartition(".")[2]])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return cast("HttpResponse", response)  # whoever guards a view only hands its answer on


def _why_not(export: Export) -> str:
    export.refresh_from_db(fields=["state"])
    if export.state == Export.State.MAKING:
        return _("其中有人的个人信息已限制处理，文件正在重新制作，做好后再下载。")
    return _("只有申请人能下载，每份一次，过期删除。")


def _wish(post: QueryDict, criteria: Criteria) -> Wish:
    meant = _meant(criteria)
    return Wish(
        kind=meant.kind,
        criteria=meant.kept(),
        purpose=post.get("purpose", "").replace("\0", "").strip(),
        reason=post.get("reason", "").replace("\0", "").strip(),
        children="children" in post and meant.kind == Record.Kind.RESIDENT,
        numbers="numbers" in post,
        language=get_language() or settings.LANGUAGE_CODE,
    )


def _meant(criteria: Criteria) -> Criteria:
    """A workbook is of one kind: of homes where they alone were asked for, else of people."""
    homes_only = criteria.kind == Record.Kind.HOUSING or (criteria.rental and not criteria.kind)
    kind = Record.Kind.HOUSING if homes_only else Record.Kind.RESIDENT
    return Criteria.read(criteria.kept() | {"kind": str(kind)})


def _lines(rows: Sequence[Export], user: User) -> list[dict[str, Any]]:
    """Each export in words. One statement."""
    wishes = [exports.wish_of(row) for row in rows]
    asked = [Criteria.read(wish.criteria) for wish in wishes]
    areas, filters = search_lines.area_names(criteria.area for criteria in asked), search_lines.filters()
    return [
        {
            "row": row,
            "kind": Record.Kind(row.kind).label,
            "wish": wish,
            "said": search_lines.said(criteria, areas, filters),
            "is_mine": row.by_id == user.pk,
            "may_agree": row.state == Export.State.WAITING and exports.may_agree(row, user),
        }
        for row, wish, criteria in zip(rows, wishes, asked, strict=True)
    ]
