"""Reading records: what is known of one and where its deliveries stand, and finding one.

What is searched for is somebody's name or number. It comes as a body: addresses end up in logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.org.models import Scope
from gridapp.registry.models import Record
from gridapp.registry.reach import find
from gridapp.registry.search import Place, search

from . import answers, body, cursors
from .callers import caller
from .operation import operation
from .problems import Problem
from .requests import SearchRequestSerializer
from .shapes import RecordSerializer, SearchSerializer

_ASKED = {"q": str, "kind": str, "limit": int, "cursor": str}
"""What a search may say, and as what."""


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
    "POST",
    id="search",
    scope=Scope.RECORDS_READ,
    summary=_("在本账号的范围内查找居民或房屋"),
    request=SearchRequestSerializer,
    answers={200: SearchSerializer},
    problems=(413, 415),
    reads=True,
)
def searched(request: Request) -> Response:
    asked = _question(body.read(request))
    kind, limit = asked.get("kind"), cursors.limit_of(asked)
    if kind not in (None, *Record.Kind.values):
        raise Problem("bad_parameter", "kind", expected=" | ".join(Record.Kind.values))
    found = search(asked.get("q", ""), caller(request), kind=kind, limit=limit + 1, behind=_place(request, asked))
    shown = found[:limit]
    further = cursors.write(request, _place_of(shown[-1]), asked) if len(found) > limit else None
    return Response(SearchSerializer({"results": answers.hits(shown), "next": further}).data)


def _question(told: Mapping[str, object]) -> dict[str, str]:
    """What was asked, as text by name, without what is null or empty. Raises Problem."""
    if unknown := sorted(set(told) - set(_ASKED)):
        raise Problem("unknown_parameter", unknown[0][:64], expected=", ".join(_ASKED))
    for name, value in told.items():
        if value is not None and type(value) is not _ASKED[name]:
            raise Problem("bad_parameter", name, expected="JSON: " + ("1, 2 …" if _ASKED[name] is int else "“…”"))
    return {name: str(value) for name, value in told.items() if value not in (None, "")}


def _place(request: Request, asked: Mapping[str, str]) -> Place | None:
    """Where the search goes on. Raises Problem."""
    place = cursors.read(request, 3, asked)
    if place is None:
        return None
    closed_at = datetime.fromisoformat(place[0]) if place[0] else None
    return closed_at, datetime.fromisoformat(place[1]), UUID(place[2])


def _place_of(record: Record) -> list[str | None]:
    closed_at = record.closed_at.isoformat() if record.closed_at else None
    return [closed_at, record.updated_at.isoformat(), str(record.pk)]
