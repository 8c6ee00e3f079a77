"""The page that supervisors search on. What they look for is posted: a name must not stand in an address."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.org.access import deciding, user_of
from gridapp.org.models import User
from gridapp.registry import exports
from gridapp.review import search, search_lines, search_saved
from gridapp.review.search import Criteria

logger = logging.getLogger(__name__)


@deciding
def form(request: HttpRequest) -> HttpResponse:
    """The filters, and below them what was found where something was asked for.

    Other pages lead here with filters in the address; words are heard only where they were posted.
    """
    user, posted = user_of(request), request.method == "POST"
    asked = {name: text for name, text in (request.POST if posted else request.GET).items() if posted or name != "q"}
    page = shown(Criteria.read(asked), user, str(asked.get("after", ""))) if posted or asked else blank(user)
    return render(request, "review/search.html", page)


@deciding
def saved(request: HttpRequest, saved_id: UUID) -> HttpResponse:
    """One of the user's own searches, done again."""
    user = user_of(request)
    kept = search_saved.one(saved_id, user)
    if kept is None:
        raise Http404
    if request.method == "POST":
        search_saved.forget(saved_id, user)
        messages.success(request, _("已删除。"), extra_tags="good")
        return redirect("review:search")
    return render(request, "review/search.html", shown(kept.criteria, user) | {"kept": kept})


@deciding
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    user, criteria = user_of(request), Criteria.read(request.POST)
    if search_saved.save(request.POST.get("name", ""), criteria, user):
        messages.success(request, _("已存为常用查询。"), extra_tags="good")
        return redirect("review:search")
    wrong = {"name": _("请写名称；最多存 %(most)s 个。") % {"most": search_saved.MOST}}
    return render(request, "review/search.html", shown(criteria, user) | {"complaints": wrong}, status=422)


def blank(user: User) -> dict[str, Any]:
    """The page before anything was asked."""
    criteria = Criteria()
    return {
        "criteria": criteria,
        "choices": search_lines.choices(criteria, user),
        "saved": search_saved.of(user),
        "lines": None,
    }


def shown(criteria: Criteria, user: User, after: str = "") -> dict[str, Any]:
    """The page with what was found. The same number of statements however much there is."""
    records, following = search.page(criteria, user, after)
    choices = search_lines.choices(criteria, user)
    others = [one for one in choices if one.name != "area"]
    areas = {code: name.strip() for one in choices if one.name == "area" for code, name in one.options}
    logger.info("user %s searched records (%d shown)", user.pk, len(records))
    return {
        "criteria": criteria,
        "choices": choices,
        "saved": search_saved.of(user),
        "said": search_lines.said(criteria, areas, [(one.name, one.label, one.options) for one in others]),
        "lines": search_lines.lines(records),
        "after": after,
        "following": following,
        "alone": settings.EXPORT_ALONE_ROWS,
        "longest": exports.LONGEST,
    }
