"""The departmental systems of this district, and which of them are filled now."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.catalogue.targets import Configured
from gridapp.catalogue.targets import targets as configured
from gridapp.contract import Window
from gridapp.delivery.gates import window

from .operation import operation
from .shapes import TargetsSerializer


@operation("GET", id="targets", summary=_("本区的目标系统"), answers={200: TargetsSerializer})
def targets(request: Request) -> Response:
    return Response(TargetsSerializer({"results": [_answer(one) for one in configured()]}).data)


def _window(hours: Window) -> dict[str, time | int | None]:
    weekly = hours.closed_weekday is not None
    return {
        "opens": hours.opens,
        "closes": hours.closes,
        "closed_weekday": hours.closed_weekday,
        "closed_from": hours.closed_from if weekly else None,
        "closed_until": hours.closed_until if weekly else None,
    }


def _answer(one: Configured) -> dict[str, Any]:
    return {
        "key": one.target.key,
        "zh": one.target.zh,
        "en": one.target.en,
        "connected": one.live,
        "enabled": one.target.enabled,
        "paused": one.target.paused_at is not None,
        "window": _window(window(one)),
        "needs": one.profile.needs,
        "kinds": list(one.profile.layouts),
    }
