"""Lanes for other clients: how they are, and what an administrator does about one, by the same functions as pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from gridapp.catalogue.targets import Configured
from gridapp.catalogue.targets import targets as configured
from gridapp.delivery import alarms, backlog, health, operating
from gridapp.delivery.models import Lane, Status
from gridapp.org import scope
from gridapp.org.models import Scope, User

from . import body
from .callers import caller
from .lane_shapes import (
    LONGEST_WHY,
    MOST_A_MINUTE,
    RETRIED,
    LaneSerializer,
    LanesSerializer,
    PauseRequestSerializer,
    ResumeRequestSerializer,
    RetriedSerializer,
    RetryRequestSerializer,
)
from .operation import operation
from .problems import Problem

Act = Callable[[Configured, User, Mapping[str, Any]], Response]
AT_ONCE = 2.0
"""Seconds that a request takes for a bulk act; a task does the rest."""
_PROBLEMS = (400, 403, 404, 413, 415)


@operation(
    "GET",
    id="lanes",
    scope=Scope.LANES_READ,
    summary=_("每条通道：通不通、还有多少没有送到、要处理什么"),
    answers={200: LanesSerializer},
    problems=(403,),
)
def lanes(request: Request) -> Response:
    _administrator(request)
    told = [
        {
            "target": alarm.target.key if alarm.target else None,
            "alarm": alarm.kind,
            "alarm_label": alarm.get_kind_display(),
            "said": alarms.words(alarm),
            "raised_at": alarm.raised_at,
        }
        for alarm in alarms.open_alarms()
    ]
    return Response(LanesSerializer({"alarms": told, "results": _answers(configured())}).data)


def _act(
    id: str, summary: Any, *, takes: type[Serializer[Any]] | None, answers: type[BaseSerializer[Any]]
) -> Callable[[Act], Any]:
    """A POST that does one thing to the lane of the address, for administrators."""

    def expose(act: Act) -> Any:
        @operation(
            "POST",
            id=id,
            scope=Scope.LANES_ACT,
            summary=summary,
            request=takes,
            answers={200: answers},
            problems=_PROBLEMS,
        )
        @wraps(act)
        def done(request: Request, key: str) -> Response:
            by = _administrator(request)
            one = next((one for one in configured() if one.target.key == key), None)
            if one is None:
                raise Http404
            return act(one, by, _said(request, takes))

        return done

    return expose


@_act("pause", _("暂停一条通道，等着推送的都保留"), takes=PauseRequestSerializer, answers=LaneSerializer)
def pause(one: Configured, by: User, said: Mapping[str, Any]) -> Response:
    why = said.get("why")
    if not isinstance(why, str) or not why.strip() or len(why) > LONGEST_WHY or not why.isprintable():
        raise Problem("bad_value", "why", expected=f"1–{LONGEST_WHY}")
    operating.pause(one.target, why.strip(), by)
    return _now(one)


@_act("resume", _("恢复一条通道，可以放慢"), takes=ResumeRequestSerializer, answers=LaneSerializer)
def resume(one: Configured, by: User, said: Mapping[str, Any]) -> Response:
    pace = said.get("a_minute")
    if pace is not None and not _is_pace(pace):
        raise Problem("bad_value", "a_minute", expected=f"0–{MOST_A_MINUTE}")
    operating.resume(one.target, by, slowly=None if pace is None else pace / 60)
    return _now(one)


@_act("reopen", _("原因排除以后马上再试"), takes=None, answers=LaneSerializer)
def reopen(one: Configured, by: User, said: Mapping[str, Any]) -> Response:
    operating.reopen(one.target, by)
    return _now(one)


@_act("retry", _("重新推送全部失败的，或对方误退的"), takes=RetryRequestSerializer, answers=RetriedSerializer)
def retry(one: Configured, by: User, said: Mapping[str, Any]) -> Response:
    status = said.get("status", Status.FAILED.value)
    if status not in RETRIED:
        raise Problem("bad_value", "status", expected=" | ".join(RETRIED))
    done, goes_on = operating.retry_all(one, by, status=Status(status), seconds=AT_ONCE)
    answer = {"changed": done.changed, "doubtful": done.doubtful, "goes_on": goes_on}
    return Response(RetriedSerializer(answer).data)


def _administrator(request: Request) -> User:
    by = caller(request)
    if not scope.may_administer(by):
        raise Problem("administrators")
    return by


def _said(request: Request, takes: type[Serializer[Any]] | None) -> Mapping[str, Any]:
    """The body, which may be left out altogether. Raises Problem for a key that nobody knows."""
    if takes is None or request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        return {}
    said = body.read(request)
    known = takes().fields
    if unknown := sorted(set(said) - set(known)):
        raise Problem("bad_value", unknown[0][:64], expected=" | ".join(known))
    return said


def _is_pace(pace: object) -> bool:
    number = isinstance(pace, int | float) and not isinstance(pace, bool)
    return number and math.isfinite(pace) and 0 < pace <= MOST_A_MINUTE  # type: ignore[arg-type,operator]


def _now(one: Configured) -> Response:
    """The lane as it is after an act."""
    return Response(LaneSerializer(_answers([one])[0]).data)


def _answers(ones: list[Configured]) -> list[dict[str, Any]]:
    states, waits = health.of(ones), backlog.of(ones)
    rows = {row.target_id: row for row in Lane.objects.filter(target__in=[one.target for one in ones])}
    return [
        _answer(one, states[one.target.key], waits[one.target.key], rows.get(one.target.pk) or Lane()) for one in ones
    ]


def _answer(one: Configured, how: health.Health, waits: backlog.Backlog, row: Lane) -> dict[str, Any]:
    return {
        "key": one.target.key,
        "name": one.target.name,
        "state": how.state,
        "state_label": how.label,
        "why": how.why,
        "opens_at": how.opens_at,
        "move": backlog.whose_move(how.state, waits),
        "waiting": waits.counts,
        "counted_to": backlog.COUNTED,
        "since": waits.since,
        "failures": row.failures,
        "slowly": row.slowly,
        "last_success_at": how.last_success_at,
        "last_failure_at": how.last_failure_at,
    }
