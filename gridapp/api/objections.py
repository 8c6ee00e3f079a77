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

from .callers import caller
from .operation import operation
from .problems import Problem

MOST = 100
_STATES = ("open", "decided")
_PARAMETERS = (OpenApiParameter("state", str, enum=_STATES, description=_("未办结的(默认)或已办结的；最多 100 条")),)


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
    """Open ones: due first; decided ones: newest first."""

    results = ObjectionSerializer(many=True)


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
    return Response(ObjectionsSerializer({"results": rows[:MOST]}).data)
