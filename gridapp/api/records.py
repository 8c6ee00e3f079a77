"""Reading records: what is known of one and where its deliveries stand, and finding one."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.org.models import Scope
from gridapp.registry.models import Record
from gridapp.registry.reach import find
from gridapp.registry.search import search

from . import answers
from .callers import caller
from .operation import operation
from .problems import Problem
from .shapes import RecordSerializer, SearchSerializer

MOST = 100
_LIMIT = 20

_PARAMETERS = (
    OpenApiParameter("q", str, required=True, description=_("姓名、拼音、首字母、证件或电话后四位、地址、房屋编码")),
    OpenApiParameter("kind", str, enum=Record.Kind.values),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": _LIMIT}),
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
    found = search(asked.get("q", ""), caller(request), kind=kind, limit=_limit(asked.get("limit", "")))
    return Response(SearchSerializer({"results": answers.hits(found)}).data)


def _limit(asked: str) -> int:
    if not asked:
        return _LIMIT
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 3 and 1 <= int(asked) <= MOST):
        raise Problem("bad_parameter", "limit", expected=f"1 – {MOST}")
    return int(asked)
