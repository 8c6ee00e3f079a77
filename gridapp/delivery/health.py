"""How the way to a target is now: open, outside its hours, paused, stopped, or resting after failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.catalogue.targets import Configured

from . import breaker, clock, gates
from .models import Lane

STATES: Mapping[str, str | Promise] = {
    "not_connected": _("尚未接入"),
    "disabled": _("未启用"),
    "paused": _("已暂停"),
    "stopped": _("已停下，等管理员处理"),
    "resting": _("暂时连不上，稍后再试"),
    "closed": _("现在不开放"),
    "limited": _("今日额度已满"),
    "open": _("开放"),
}

_WHY: Mapping[str, str | Promise] = {
    gates.REJECTIONS: _("对方退回过多，已自动暂停"),
    breaker.BROKEN: _("连接程序出错"),
}


@dataclass(frozen=True, slots=True)
class Health:
    """`state`: a key of STATES. `opens_at`: when it takes something again, where that is known; None while open.

    `why`: what stopped or paused it, in the words of who did.
    """

    state: str
    why: str = ""
    opens_at: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    sent_today: int = 0

    @property
    def label(self) -> str:
        return str(STATES[self.state])


def of(ones: Sequence[Configured]) -> dict[str, Health]:
    """Key -> how it is now, in two statements whatever the number of targets."""
    now = clock.now()
    lanes = {lane.target_id: lane for lane in Lane.objects.filter(target__in=[one.target for one in ones])}
    return {one.target.key: _health(one, lanes.get(one.target.pk) or Lane(), now) for one in ones}


def _health(one: Configured, lane: Lane, now: datetime) -> Health:
    state, why, opens_at = _state(one, lane, now)
    return Health(
        state,
        str(_WHY.get(why, why)),
        opens_at,
        last_success_at=lane.last_success_at,
        last_failure_at=lane.last_failure_at,
        sent_today=lane.sent_that_day if lane.day == clock.day(now) else 0,
    )


def _state(one: Configured, lane: Lane, now: datetime) -> tuple[str, str, datetime | None]:
    if one.connector is None:
        return "not_connected", "", None
    if not one.target.enabled:
        return "disabled", "", None
    if one.target.paused_at is not None:
        return "paused", one.target.paused_why, None
    if lane.stopped_why:
        return "stopped", lane.stopped_why, None
    opens_at = gates.opens_at(one, now)
    if opens_at > now:
        return "closed", "", opens_at
    most = one.connector.capabilities.per_day
    if most is not None and lane.day == clock.day(now) and lane.sent_that_day >= most:
        return "limited", "", gates.tomorrow(one, now)
    rests = lane.closed_until is not None and lane.closed_until > now
    # Between the end of a rest and the probe that tells, nobody knows better than before
    if rests or lane.failures >= breaker.OPENS_AFTER:
        return "resting", "", lane.closed_until if rests else None
    return "open", "", None
