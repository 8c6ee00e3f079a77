"""Who gets which reports by mail: asked for, ended, sent again by themselves; administrators see all of their areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp import sealing
from gridapp.delivery import clock
from gridapp.org import scope
from gridapp.org.access import overseeing, user_of
from gridapp.org.models import Area, User
from gridapp.review import report_mailing, report_periods
from gridapp.review.dashboard_figures import name_of
from gridapp.review.models import Mailing, Subscription
from gridapp.review.opening import row_id
from gridapp.review.report_state import COMMUNITY

_LONGEST = 254
_OFFERED = 400


@overseeing
def subscriptions(request: HttpRequest) -> HttpResponse:
    """One's own; a POST is one more."""
    user = user_of(request)
    typed = {name: request.POST.get(name, "").strip() for name in ("area", "every", "address")}
    wrong = ""
    if request.method == "POST":
        wrong = _subscribe(user, **typed)
        if not wrong:
            messages.success(request, _("已订阅。每一期结束后的早上发出。"), extra_tags="good")
            return redirect("review:report_mail")
    return render(request, "review/report_mail.html", _page(user, typed, wrong), status=422 if wrong else 200)


@overseeing
@require_POST
def act(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """取消, 现在发最近的一期, or 再发一次 of one that failed or perhaps went."""
    one = report_mailing.seen_by(user_of(request)).filter(pk=subscription_id).first()
    done = _done(one, request.POST) if one is not None else None
    if done is None:
        raise Http404
    if done:
        messages.success(request, _("已记下。"), extra_tags="good")
    else:
        messages.warning(request, _("这一期已经发过，或者正在发送。"), extra_tags="warn")
    return redirect("review:report_mail")


def _done(one: Subscription, post: QueryDict) -> bool | None:
    """Whether what was asked for could be done; None for what nobody can ask for."""
    match post.get("act"):
        case "end":
            report_mailing.end(one)
            return True
        case "now":
            return report_mailing.now(one, clock.now())
        case "again":
            row = Mailing.objects.filter(subscription=one, pk=row_id(post.get("mail"))).first()
            return row is not None and report_mailing.again(row)
    return None


def _subscribe(user: User, *, area: str, every: str, address: str) -> str:
    """Keeps it; what is wrong with it, "" for nothing."""
    if not report_mailing.is_offered():
        return _("还没有设置邮件服务器，不能订阅。")
    if not (scope.allows(user, area) and len(area) <= COMMUNITY and Area.objects.filter(code=area).exists()):
        return _("请选择区域")
    if every not in Subscription.Every:
        return _("请选择日报或月报")
    if wrong := _wrong_address(address):
        return wrong
    row = Subscription(user=user, area_code=area, every=every, language=get_language() or settings.LANGUAGE_CODE)
    row.sealed_address = sealing.seal(address.encode(), bound_to=row.bound_to)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return _("这一份已经订阅了。要换地址请先取消。")
    return ""


def _wrong_address(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        address = ""
    if not address or not address.isascii() or len(address) > _LONGEST:
        return _("请填写邮件地址，如 name@example.com")
    if settings.EMAIL_DOMAINS and address.rpartition("@")[2].lower() not in settings.EMAIL_DOMAINS:
        return _("只能发到这些域名：%(names)s") % {"names": "、".join(settings.EMAIL_DOMAINS)}
    return ""


def _page(user: User, typed: dict[str, str], wrong: str) -> dict[str, Any]:
    rows = list(report_mailing.seen_by(user))
    areas = Area.objects.filter(scope.condition(user, "code"), code__regex=r"^\d{6}(\d{3}){0,2}$", closed_at=None)
    offered = {area.code: name_of(area) for area in areas[:_OFFERED]}
    return {
        "is_offered": report_mailing.is_offered(),
        "lines": [_line(row, user, offered) for row in rows],
        "areas": offered,
        "kinds": Subscription.Every.choices,
        "typed": typed,
        "wrong": wrong,
        "hour": settings.REPORT_HOUR,
        "longest": _LONGEST,
    }


def _line(row: Subscription, user: User, names: dict[str, str]) -> dict[str, Any]:
    """A subscription in words. Somebody else's address is nobody's business."""
    lately: Sequence[Mailing] = getattr(row, "lately", ())
    return {
        "row": row,
        "name": names.get(row.area_code, row.area_code),
        "is_mine": row.user_id == user.pk,
        "mails": [
            {
                "row": mail,
                "period": report_periods.of(row.every, mail.first).name,
                "problem": report_mailing.PROBLEMS.get(mail.problem, ""),
                "is_stuck": mail.state in (Mailing.State.FAILED, Mailing.State.DOUBTFUL),
            }
            for mail in lately
        ],
    }
