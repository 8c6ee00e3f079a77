"""What those who work at the door complain of and suggest, for the people who can do something about it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gridapp.org import suggestions
from gridapp.org.access import deciding, user_of
from gridapp.review.opening import page_of

_LISTED = 30
PAGES: dict[str, str | Promise] = {
    "desk:home": gettext_lazy("首页"),
    "desk:choose": gettext_lazy("选住处"),
    "desk:new_resident": gettext_lazy("录入居民"),
    "desk:new_housing": gettext_lazy("录入房屋"),
    "desk:record": gettext_lazy("档案"),
    "desk:correct": gettext_lazy("变更或更正"),
    "desk:move": gettext_lazy("换住处"),
    "desk:move_out": gettext_lazy("搬离"),
    "desk:notice": gettext_lazy("告知书"),
    "desk:practice": gettext_lazy("练习"),
}
"""Kinds of pages that a complaint can come from, as they are called."""


@deciding
def said(request: HttpRequest) -> HttpResponse:
    rows = page_of(request, suggestions.seen_by(user_of(request)), size=_LISTED)
    lines = [(row, PAGES.get(row.page, "")) for row in rows]
    page = {"rows": rows, "lines": lines, "longest": suggestions.LONGEST}
    return render(request, "review/suggestions.html", page)


@deciding
@require_POST
def answer(request: HttpRequest, suggestion_id: UUID) -> HttpResponse:
    user = user_of(request)
    row = suggestions.seen_by(user).filter(pk=suggestion_id).first()
    if row is None:
        raise Http404
    text = request.POST.get("text", "").replace("\0", "").strip()
    if text:
        suggestions.answer(row, text, by=user)
        messages.success(request, _("已答复。"), extra_tags="good")
    else:
        messages.error(request, _("请写下答复。"), extra_tags="bad")
    return redirect("review:suggestions")
