"""Every page leads here: complaining of something, or suggesting something, and what came of it."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.desk import opening
from gridapp.org import suggestions
from gridapp.org.access import signed_in, user_of
from gridapp.org.models import User

_SHOWN = 10
_PAGE = re.compile(r"[a-z_]{1,30}:[a-z_]{1,30}", re.ASCII)


def complaints(request: HttpRequest) -> HttpResponse:
    """For everybody; who is signed in can write here and read what was answered."""
    return _page(request)


@signed_in
@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("text", "").replace("\0", "").strip()
    wrong = _("请写下要反映的事") if not text else ""
    if len(text) > suggestions.LONGEST:
        wrong = _("最多 %(number)s 个字，请写短一些") % {"number": suggestions.LONGEST}
    suggestion_id = opening.identifier(request.POST.get("id")) or uuid4()
    if wrong:
        return _page(request, text=text, wrong=wrong, suggestion_id=suggestion_id)
    suggestions.suggest(
        text,
        by=user_of(request),
        suggestion_id=suggestion_id,
        page=came_from(request.POST.get("page", "")),
        signed="unsigned" not in request.POST,
    )
    messages.success(request, _("已收到，谢谢。督导和管理员会看到。"), extra_tags="good")
    return redirect("desk:complaints")


def came_from(text: str) -> str:
    """A kind of page as our pages name them; "" for anything else."""
    return text if _PAGE.fullmatch(text) else ""


def _page(request: HttpRequest, *, text: str = "", wrong: str = "", suggestion_id: UUID | None = None) -> HttpResponse:
    user = request.user
    page = {
        "contact": settings.COMPLAINTS_CONTACT,
        "mine": suggestions.mine(user)[:_SHOWN] if isinstance(user, User) else [],
        "text": text,
        "wrong": wrong,
        "unsigned": "unsigned" in request.POST,
        "fresh_id": suggestion_id or uuid4(),
        "came_from": came_from(request.POST.get("page", "") or request.GET.get("page", "")),
        "longest": suggestions.LONGEST,
    }
    return render(request, "desk/complaints.html", page, status=422 if wrong else 200)
