"""保存期限: what is kept how long, and the residents whose period is over, for two people to decide on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.delivery import retention_rules
from gridapp.org import scope
from gridapp.org.access import deciding, seeing_periods, user_of
from gridapp.registry import expiring
from gridapp.review.opening import page_of

_LISTED = 30


@seeing_periods
def periods(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    page: dict[str, Any] = {"periods": retention_rules.PERIODS, "for_good": retention_rules.FOR_GOOD}
    page |= {"rows": page_of(request, expiring.past(user), size=_LISTED), "decides": scope.may_decide(user)}
    return render(request, "review/retention.html", page)


@deciding
@require_POST
def propose(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Puts one of them up for deletion, where two people decide."""
    user = user_of(request)
    record = expiring.past(user).filter(pk=record_id).first()
    asked = expiring.propose(record, by=user) if record is not None else None
    if asked is None:
        raise Http404
    messages.success(request, _("已提出删除，等两人决定。"), extra_tags="good")
    return redirect("review:right", asked.pk)
