"""The page of codes that a department has renumbered: what it is told otherwise than its mapping says, since when."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.catalogue import recoding
from gridapp.catalogue.targets import Configured
from gridapp.catalogue.wording import name_of
from gridapp.delivery.causes_codes import Met
from gridapp.org import scope
from gridapp.org.access import overseeing, renumbering, user_of
from gridapp.org.models import User
from gridapp.review.causes_said import CodesSaid, lines
from gridapp.review.opening import language, number, target_or_404


@overseeing
def codes(request: HttpRequest, key: str) -> HttpResponse:
    user = user_of(request)
    page = _page(user, target_or_404(key, user), request.GET.get("field", ""))
    return render(request, "review/codes.html", page)


@renumbering
@require_POST
def change(request: HttpRequest, key: str) -> HttpResponse:
    """The department has announced new codes: what it holds with the old ones follows by itself."""
    user, about = user_of(request), request.POST.get("field", "")
    one = target_or_404(key, user)
    offers = _offers(one, about)
    if not offers:
        raise Http404
    said = CodesSaid.read(request.POST, offers)
    if said.complaint:
        return render(request, "review/codes.html", _page(user, one, about, said), status=422)
    recoding.change(one.target, about, said.becomes, by=user)
    messages.success(request, _("已记下，一分钟内开始按新代码更正。"), extra_tags="good")
    return redirect("review:codes", key)


@renumbering
@require_POST
def end(request: HttpRequest, key: str) -> HttpResponse:
    user = user_of(request)
    one = target_or_404(key, user)
    if recoding.end(one.target.pk, [number(request.POST.get("change"))], by=user):
        messages.success(request, _("已恢复为对照表里的代码，一分钟内开始更正。"), extra_tags="good")
    else:
        messages.warning(request, _("这一条已经处理过了。"), extra_tags="warn")
    return redirect("review:codes", key)


def _page(user: User, one: Configured, about: str, said: CodesSaid | None = None) -> dict[str, Any]:
    lang, may = language(), scope.may_renumber(user)
    return {
        "one": one,
        "changes": [(row, name_of(row.field, lang)) for row in recoding.history(one.target)],
        "may_renumber": may,
        "who": [] if may else scope.renumbering(),
        "fields": [(name, name_of(name, lang)) for name in recoding.fields(one.profile)] if may else [],
        "field": about,
        "about": name_of(about, lang),
        "lines": lines(about, _offers(one, about), said, lang) if may else [],
        "said": said,
    }


def _offers(one: Configured, about: str) -> list[Met]:
    return [Met(offer, 0) for offer in recoding.offers(one.profile, about, one.changes)]
