"""The catalogue for other clients: one system's page, the table of fields and systems, a preview."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.catalogue import officers
from gridapp.catalogue.coverage import coverage as covered
from gridapp.catalogue.description import Description, describe
from gridapp.catalogue.targets import Configured
from gridapp.contract import Action, Kind
from gridapp.delivery import backfill, concerned, health, preview
from gridapp.delivery.gates import window
from gridapp.delivery.health import Health
from gridapp.delivery.preview import Previewed
from gridapp.org.models import Scope, User

from .callers import caller
from .catalogue_shapes import KINDS, CoverageSerializer, PreviewSerializer, TargetPageSerializer
from .operation import operation
from .problems import Problem
from .targets import hours

_KIND = OpenApiParameter("kind", str, enum=KINDS)


@operation(
    "GET",
    id="target",
    scope=Scope.TARGETS_READ,
    summary=_("一个目标系统的目录页：收哪些内容、凭什么收、什么时候开放"),
    answers={200: TargetPageSerializer},
    problems=(404,),
)
def target(request: Request, key: str) -> Response:
    one = _configured(key, caller(request))
    described = describe(one, window(one), get_language() or "")
    return Response(TargetPageSerializer(_page(one, described, health.of([one])[key])).data)


@operation(
    "GET",
    id="coverage",
    scope=Scope.TARGETS_READ,
    summary=_("哪一项内容送到哪个系统"),
    answers={200: CoverageSerializer},
    problems=(400,),
    parameters=(_KIND,),
)
def coverage(request: Request) -> Response:
    asked = request.query_params.get("kind") or None
    if asked not in (None, *KINDS):
        raise Problem("bad_parameter", "kind", expected=" | ".join(KINDS))
    table = covered(Kind(asked) if asked else None, get_language() or "", ones=officers.seen_by(caller(request)))
    fields = [{**asdict(line), "targets": list(line.cells.values())} for line in table.lines]
    return Response(CoverageSerializer({"targets": [one.target.key for one in table.targets], "fields": fields}).data)


@operation(
    "GET",
    id="preview",
    scope=Scope.RECORDS_READ,
    summary=_("一份档案现在会送给一个系统什么(已脱敏)，和上次送达的不同"),
    answers={200: PreviewSerializer},
    problems=(404,),
)
def previewed(request: Request, record_id: UUID, key: str) -> Response:
    one = _configured(key, caller(request))
    record = concerned.record(record_id, one, by=caller(request))
    made = preview.of(record, one, lang=get_language() or "") if record else None
    if record is None or made is None:
        raise Http404
    return Response(PreviewSerializer({"record": record.pk, "target": key, **_fields_of(made)}).data)


def _configured(key: str, by: User) -> Configured:
    one = next((one for one in officers.seen_by(by) if one.target.key == key), None)
    if one is None:
        raise Http404
    return one


def _page(one: Configured, described: Description, now: Health) -> dict[str, Any]:
    can = described.capabilities
    layouts = one.profile.layouts
    return {
        **{name: getattr(described, name) for name in _SAID},
        "connected": one.live,
        "state": now.state,
        "state_label": now.label,
        "opens_at": now.opens_at,
        "window": hours(window(one)),
        "needs": one.profile.needs,
        "can_read_back": can.can_read_back if can else None,
        "calls_back": can.calls_back if can else None,
        "asynchronous": can.asynchronous if can else None,
        "by_hand": can.by_hand if can else None,
        "evidence": can.evidence if can else None,
        "per_day": can.per_day if can else None,
        "backfill": backfill.latest(one.target.pk),
        "kinds": [
            {
                "kind": part.kind,
                "concerns": part.concerns,
                "ended": part.ended,
                "actions": [action for action in Action if action in layouts[part.kind].actions],
                "entries": part.entries,
            }
            for part in described.parts
        ],
    }


_SAID = (
    "key", "name", "owner", "channel", "purpose", "basis", "hours", "gives", "can_change", "can_close", "batch",
    "per_second",
)  # fmt: skip


def _fields_of(made: Previewed) -> dict[str, Any]:
    shown = ("concerned", "concerns", "action", "block", "lines", "message", "message_hidden", "trouble", "difference")
    return {name: getattr(made, name) for name in shown}
