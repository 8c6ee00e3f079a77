"""Reading records: what is known of one and where its deliveries stand, and finding one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.org.models import Scope
from gridapp.registry.models import Record
from gridapp.registry.reach import find
from gridapp.registry.search import Place, search

from . import answers, cursors
from .callers import caller
from .operation import operation
from .problems import Problem
from .shapes import RecordSerializer, SearchSerializer

_PARAMETERS = (
    OpenApiParameter("q", str, description=_("姓名、拼音、首字母、证件或电话后四位、地址、房屋编码")),
    OpenApiParameter("kind", str, enum=Record.Kind.values),
    cursors.LIMIT,
    cursors.CURSOR,
)


@operation(
    "GET",
    id="record",
    scope=Scope.RECORDS_READ,
    summary=_("一份档案：内容(已脱敏)和每个目标系统的填报情况"),
    answers={200: RecordSerializer},
    problems=(404,),
)
def record(request: Request, record_id: UUID) -> Response:
    found = find(record_id, by=caller(request))
    if found is None:
        raise Http404
    return Response(RecordSerializer(answers.record(found)).data)


@operation(
    "GET",
    id="search",
    scope=Scope.RECORDS_READ,
    summary=_("在本账号的范围内查找居民或房屋"),
    answers={200: SearchSerializer},
    problems=(400,),
    parameters=_PARAMETERS,
)
def records(request: Request) -> Response:
    asked = request.query_params
    kind = asked.get("kind") or None
    if kind not in (None, *Record.Kind.values):
        raise Problem("bad_parameter", "kind", expected=" | ".join(Record.Kind.values))
    limit = cursors.limit_of(request)
    found = search(asked.get("q", ""), caller(request), kind=kind, limit=limit + 1, behind=_place(request))
    shown = found[:limit]
    further = cursors.write(request, _place_of(shown[-1])) if len(found) > limit else None
    return Response(SearchSerializer({"results": answers.hits(shown), "next": further}).data)


def _place(request: Request) -> Place | None:
    """Where the search goes on. Raises Problem."""
    place = cursors.read(request, 3)
    if place is None:
        return None
    closed_at = datetime.fromisoformat(place[0]) if place[0] else None
    return closed_at, datetime.fromisoformat(place[1]), UUID(place[2])


def _place_of(record: Record) -> list[str | None]:
    closed_at = record.closed_at.isoformat() if record.closed_at else None
    return [closed_at, record.updated_at.isoformat(), str(record.pk)]
