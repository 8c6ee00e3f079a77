"""Objections as a department's system or another client follows them: where each stands and by when. No values."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.catalogue import disputed
from gridapp.org.models import Scope
from gridapp.registry import objections
from gridapp.registry.models import Objection

from . import cursors
from .callers import caller
from .operation import operation
from .problems import Problem

_STATES = ("open", "decided")
_ORDERS = {"open": ("due_on", "pk"), "decided": ("-decided_at", "pk")}
_PARAMETERS = (
    OpenApiParameter("state", str, enum=_STATES, description=_("未办结的(默认)或已办结的；默认 20 条")),
    cursors.LIMIT,
    cursors.CURSOR,
)


class ObjectionSerializer(serializers.Serializer[Any]):
    """One objection. `field`: canonical name; `target`: key of the system whose office raised it, "" for others."""

    id = serializers.UUIDField()
    record = serializers.UUIDField(source="record_id")
    field = serializers.CharField()
    source = serializers.ChoiceField(choices=Objection.Source.values)  # type: ignore[assignment]
    target = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=Objection.Status.values)
    status_label = serializers.CharField(source="get_status_display")
    raised_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    overdue = serializers.SerializerMethodField()
    decided_at = serializers.DateTimeField(allow_null=True)

    def get_overdue(self, row: Objection) -> bool:
        return objections.is_overdue(row, timezone.localdate())


class ObjectionsSerializer(serializers.Serializer[Any]):
    """Open ones: due first; decided ones: newest first. `next`: the cursor of what follows, null where nothing does."""

    results = ObjectionSerializer(many=True)
    next = serializers.CharField(allow_null=True)


@operation(
    "GET",
    id="objections",
    scope=Scope.OBJECTIONS_READ,
    summary=_("异议：办到哪一步，应在何时办结"),
    answers={200: ObjectionsSerializer},
    problems=(400,),
    parameters=_PARAMETERS,
)
def listed(request: Request) -> Response:
    state, seen = request.query_params.get("state") or "open", disputed.seen_by(caller(request))
    if state not in _STATES:
        raise Problem("bad_parameter", "state", expected=" | ".join(_STATES))
    rows = objections.waiting(seen) if state == "open" else objections.decided(seen)
    order, limit = _ORDERS[state], cursors.limit_of(request.query_params)
    rows = rows.filter(cursors.behind(order, cursors.read(request, 2))).order_by(*order)
    found = list(rows[: limit + 1])
    further = cursors.write(request, _place_of(found[limit - 1], order[0])) if len(found) > limit else None
    return Response(ObjectionsSerializer({"results": found[:limit], "next": further}).data)


def _place_of(row: Objection, first: str) -> list[str]:
    return [getattr(row, first.lstrip("-")).isoformat(), str(row.pk)]
