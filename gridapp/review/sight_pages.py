"""How people look: days on which an account opened far more than it usually does, and what was shown whole and why.

Nobody is compared with anybody else, and there is no list by number.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gridapp import sealing
from gridapp.catalogue.wording import name_of
from gridapp.dictionary import mask_text
from gridapp.org import scope
from gridapp.org.access import user_of, watching_sight
from gridapp.registry import looks
from gridapp.registry.models import Shown
from gridapp.review.opening import language, page_of

_LISTED = 50
_LONGEST = 200


@watching_sight
def looking(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if request.method == "POST" and scope.may_secure(user):
        return _settled(request)
    lang = language()
    rows = page_of(request, Shown.objects.select_related("user").order_by("-at"), size=_LISTED)
    page = {
        "unusual": looks.unusual()[:_LISTED],
        "rows": rows,
        "lines": [(row, _reason(row), [name_of(name, lang) for name in row.fields]) for row in rows],
        "may_settle": scope.may_secure(user),
        "longest": _LONGEST,
    }
    return render(request, "review/looking.html", page)


def _reason(row: Shown) -> str:
    """In words, without numbers. One that no key at hand opens keeps nobody from the others."""
    try:
        return mask_text(row.words)
    except sealing.Unsealable:
        return _("打不开：封存它的密钥不在手边，或者内容被改过")


def _settled(request: HttpRequest) -> HttpResponse:
    found = request.POST.get("found", "").replace("\0", "").strip()[:_LONGEST]
    if not found:
        messages.error(request, _("请写下核实的结果。"), extra_tags="bad")
    elif looks.settle(_number(request.POST.get("day", "")), by=user_of(request), found=found):
        messages.success(request, _("已记下。"), extra_tags="good")
    else:
        messages.warning(request, _("已经有人核实过了。"), extra_tags="warn")
    return redirect("review:looking")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0
