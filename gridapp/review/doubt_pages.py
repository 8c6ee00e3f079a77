"""The page of doubts: what may have arrived at systems that cannot be asked, for a person who looks there."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.delivery import doubts
from gridapp.org import scope
from gridapp.org.access import deciding, seeing_targets, user_of
from gridapp.review.opening import number, page_of
from gridapp.review.saying import LONGEST_REFERENCE

_LISTED = 30


@seeing_targets
def undecided(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    page = {"rows": page_of(request, doubts.undecided(user), size=_LISTED), "may_decide": scope.may_decide(user)}
    return render(request, "review/doubts.html", page)


@deciding
@require_POST
def decide(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """对方有 or 对方没有."""
    user, said = user_of(request), request.POST.get("act")
    row = doubts.undecided(user).filter(pk=delivery_id).first()
    if said not in {"arrived", "not_there"}:
        raise Http404
    reference, generation = request.POST.get("reference", "").strip(), number(request.POST.get("generation"))
    if len(reference) > LONGEST_REFERENCE or not reference.isprintable():
        messages.error(request, _("编号太长或含有无法识别的字符"), extra_tags="bad")
    elif row and said == "arrived" and doubts.arrived(row, reference=reference, generation=generation, by=user):
        messages.success(request, _("已记下：对方有。"), extra_tags="good")
    elif row and said == "not_there" and doubts.not_there(row, generation=generation, by=user):
        messages.success(request, _("已记下：对方没有，马上重新推送。"), extra_tags="good")
    else:
        messages.warning(request, _("这一条已经处理过了。"), extra_tags="warn")
    return redirect("review:doubts")
