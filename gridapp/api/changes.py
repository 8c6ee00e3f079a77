"""What changed since a client last asked, in its areas: records and where their deliveries stand, without values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.delivery import happened
from gridapp.delivery.happened import Happening, Place
from gridapp.delivery.models import Delivery
from gridapp.org.models import Scope, User
from gridapp.registry.models import Record
from gridapp.registry.reach import visible

from . import cursors
from .callers import caller
from .operation import operation
from .problems import Problem
from .shapes import STATUSES

_SINCE = ("now", "beginning")
_COLUMNS = ("id", "kind", "grid_code", "version", "updated_at", "closed_at")


class ChangedDeliverySerializer(serializers.Serializer[Any]):
    """Where one target stands now."""

    target = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    changed_at = serializers.DateTimeField()


class ChangedSerializer(serializers.Serializer[Any]):
    """One record as it is now, without its values."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Record.Kind.values)
    grid_code = serializers.CharField()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    deliveries = ChangedDeliverySerializer(many=True)


class ChangesSerializer(serializers.Serializer[Any]):
    """`next`: the cursor to ask with next time, always there. `more`: there is more to be had now."""

    results = ChangedSerializer(many=True)
    next = serializers.CharField()
    more = serializers.BooleanField()


@operation(
    "GET",
    id="changes",
    scope=Scope.CHANGES_READ,
    summary=_("上次之后有变动的档案和填报，不含内容"),
    answers={200: ChangesSerializer},
    parameters=(
        cursors.CURSOR,
        cursors.LIMIT,
        OpenApiParameter("since", str, enum=_SINCE, description=_("第一次查询：从现在(默认)或从头开始")),
    ),
)
def changes(request: Request) -> Response:
    place, by = _place(request), caller(request)
    rows, more = happened.since(place) if place else ([], False)
    reached, ids, stopped = _taken(rows, place or happened.latest(), by, cursors.limit_of(request.query_params))
    answer = {
        "results": _answers(ids),
        "next": cursors.write(request, [reached.entry, reached.attempt]),
        "more": more or stopped,
    }
    return Response(ChangesSerializer(answer).data)


def _place(request: Request) -> Place | None:
    """Where to go on; None: behind everything that is there. Raises Problem."""
    since = request.query_params.get("since") or _SINCE[0]
    if since not in _SINCE:
        raise Problem("bad_parameter", "since", expected=" | ".join(_SINCE))
    kept = cursors.read(request, 2)
    if kept is None:
        return happened.BEGINNING if since == "beginning" else None
    return Place(int(kept[0]), int(kept[1]))


def _taken(rows: Sequence[Happening], place: Place, by: User, most: int) -> tuple[Place, list[UUID], bool]:
    """How far these rows were gone through, which of the account's records they are about, whether some are left."""
    theirs = set(visible(by).filter(pk__in={row.record_id for row in rows}).values_list("pk", flat=True))
    ids: dict[UUID, None] = {}
    for row in rows:
        if row.record_id in theirs and row.record_id not in ids:
            if len(ids) == most:
                return place, list(ids), True
            ids[row.record_id] = None
        place = Place(place.entry, row.number) if row.target else Place(row.number, place.attempt)
    return place, list(ids), False


def _answers(ids: Sequence[UUID]) -> list[dict[str, Any]]:
    records = {row["id"]: row for row in Record.objects.filter(pk__in=ids).values(*_COLUMNS)}
    standings: dict[UUID, list[dict[str, Any]]] = {}
    rows = Delivery.objects.filter(record__in=ids).order_by("target__position", "target_id")
    for record, target, status, changed_at in rows.values_list("record", "target__key", "status", "changed_at"):
        standings.setdefault(record, []).append({"target": target, "status": status, "changed_at": changed_at})
    return [records[pk] | {"deliveries": standings.get(pk, [])} for pk in ids if pk in records]
