"""Pages for filling a system by hand: what waits, one card after the other, and what became of each."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.catalogue.targets import Configured
from gridapp.contract import Evidence
from gridapp.delivery import byhand, health, sheets
from gridapp.delivery.models import Delivery, Status
from gridapp.org import scope
from gridapp.org.access import deciding, seeing_targets, user_of
from gridapp.org.models import User
from gridapp.review.opening import delivery_or_404, language, page_of, target_or_404
from gridapp.review.saying import Said

logger = logging.getLogger(__name__)

LISTED, WORKBOOKS = 50, 20


@seeing_targets
def queues(request: HttpRequest) -> HttpResponse:
    return render(request, "review/byhand.html", {"queues": byhand.queues(user_of(request))})


@seeing_targets
def queue(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "review/queue.html", queue_page(request, target_or_404(key, user_of(request))))


def queue_page(request: HttpRequest, one: Configured, **more: Any) -> dict[str, Any]:
    """What waits at one target, and its workbooks. `more`: what went wrong with a form of the page."""
    user = user_of(request)
    takes = sheets.takes_workbooks(one)
    return {
        "one": one,
        "rows": page_of(request, byhand.waiting(one, user), size=LISTED),
        "later": byhand.later(one, user),
        "health": health.of([one])[one.target.key],
        "may_decide": scope.may_decide(user),
        "takes_workbooks": takes,
        "leaves_pictures": one.connector is not None and one.connector.capabilities.evidence is Evidence.SEEN,
        "kinds": sheets.to_export(one, user) if takes else {},
        "sheets": sheets.seen_by(user).filter(target=one.target)[:WORKBOOKS] if takes else (),
        **more,
    }


@seeing_targets
def card(request: HttpRequest, key: str, delivery_id: int) -> HttpResponse:
    user = user_of(request)
    one = target_or_404(key, user)
    row = delivery_or_404(one, delivery_id, user)
    if row.status != Status.MANUAL:
        messages.warning(request, _("这一条已经处理过了。"), extra_tags="warn")
        return redirect("review:queue", key)
    return render(request, "review/card.html", _card_page(one, row, user))


@deciding
@require_POST
def say(request: HttpRequest, key: str, delivery_id: int) -> HttpResponse:
    """已填, 已有 or 退回; then the next card."""
    user = user_of(request)
    one = target_or_404(key, user)
    row = delivery_or_404(one, delivery_id, user)
    page = _card_page(one, row, user)
    made = page["card"]
    said = Said.read(request.POST, asks=made.asks, fields=made.fields)
    if said.complaints:
        return render(request, "review/card.html", page | {"said": said}, status=422)
    if not said.tell(row, one, by=user):
        messages.warning(request, _("这一条刚才有变化，没有记下。请按现在的内容再看一次。"), extra_tags="warn")
        return redirect("review:card", key, delivery_id)
    messages.success(request, _("已记下。"), extra_tags="good")
    return _onward(one, user)


def _card_page(one: Configured, row: Delivery, user: User) -> dict[str, Any]:
    """Whoever fills it in sees every value, which is written down; others see it masked."""
    full = scope.may_decide(user)
    if full:
        logger.info("user %s saw the card of delivery %s in full", user.pk, row.pk)
    made = byhand.card(row, one, full=full, lang=language())
    return {"one": one, "row": row, "card": made, "may_decide": full, "said": None}


def _onward(one: Configured, user: User) -> HttpResponse:
    following = byhand.waiting(one, user).first()
    return (
        redirect("review:card", one.target.key, following.pk) if following else redirect("review:queue", one.target.key)
    )
