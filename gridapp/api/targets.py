"""The departmental systems of this district, and which of them are filled now."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.catalogue import officers
from gridapp.catalogue.targets import Configured
from gridapp.contract import Window
from gridapp.delivery.gates import window
from gridapp.org.models import Scope

from .callers import caller
from .operation import operation
from .shapes import TargetsSerializer


@operation(
    "GET",
    id="targets",
    scope=Scope.TARGETS_READ,
    summary=_("本区的目标系统"),
    answers={200: TargetsSerializer},
)
def targets(request: Request) -> Response:
    return Response(TargetsSerializer({"results": [_answer(one) for one in officers.seen_by(caller(request))]}).data)


def hours(of: Window) -> dict[str, Any]:
    """A window as it is answered: every rule of it, null or empty where there is none."""
    weekly, month_end, season = of.closed_weekday is not None, of.month_end, of.season
    return {
        "opens": of.opens,
        "closes": of.closes,
        "breaks": [{"begins": begins, "ends": ends} for begins, ends in of.breaks],
        "working_days": of.working_days,
        "closed_weekday": of.closed_weekday,
        "closed_from": of.closed_from if weekly else None,
        "closed_until": of.closed_until if weekly else None,
        "freeze_days": sorted(of.freeze_days),
        "month_end": {"closes": month_end.closes, "reopens": month_end.reopens} if month_end else None,
        "season": {"first": _day(season.first), "last": _day(season.last)} if season else None,
    }


def _day(of_the_year: tuple[int, int]) -> str:
    return f"{of_the_year[0]:02}-{of_the_year[1]:02}"


def _answer(one: Configured) -> dict[str, Any]:
    return {
        "key": one.target.key,
        "zh": one.target.zh,
        "en": one.target.en,
        "connected": one.live,
        "enabled": one.target.enabled,
        "paused": one.target.paused_at is not None,
        "window": hours(window(one)),
        "needs": one.profile.needs,
        "kinds": list(one.profile.layouts),
    }
