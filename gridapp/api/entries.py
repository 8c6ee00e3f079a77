"""Making an entry and asking what became of one. Pages submit through the same function."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.delivery import standing
from gridapp.delivery.submit import submit
from gridapp.org import scope
from gridapp.org.models import Scope
from gridapp.registry.entries import EntryForm
from gridapp.registry.models import Entry, Record
from gridapp.registry.reach import visible

from . import body, examples
from .callers import caller
from .operation import operation
from .requests import EntryRequestSerializer
from .shapes import EnteredSerializer, EntrySerializer


@operation(
    "POST",
    id="enter",
    scope=Scope.ENTRIES_WRITE,
    summary=_("录入一条：新为 201,同一编号同一内容再次提交为 200"),
    request=EntryRequestSerializer,
    answers={200: EnteredSerializer, 201: EnteredSerializer},
    problems=(400, 403, 404, 409, 413, 415, 422),
    examples=examples.ENTRIES,
)
def enter(request: Request) -> Response:
    by = caller(request)
    if not scope.may_enter(by):
        raise PermissionDenied
    entered = submit(EntryForm.parse(body.read(request)), by=by)
    answer = EnteredSerializer(_answer(entered.entry, entered.record)).data
    if not entered.is_new:
        return Response(answer)
    place = reverse("api:entry", args=[entered.entry.id])
    return Response(answer, status=201, headers={"Location": place})


@operation(
    "GET",
    id="entry",
    scope=Scope.RECORDS_READ,
    summary=_("一条录入：是什么、由此产生的填报现在如何"),
    answers={200: EntrySerializer},
    problems=(404,),
)
def entry(request: Request, entry_id: UUID) -> Response:
    reachable = Entry.objects.filter(record__in=visible(caller(request)))
    found = reachable.select_related("record").filter(id=entry_id).first()
    if found is None:
        raise Http404
    return Response(EntrySerializer(_answer(found, found.record)).data)


def _answer(entry: Entry, record: Record) -> dict[str, object]:
    return {
        "id": entry.id,
        "record": record.id,
        "number": entry.number,
        "version": entry.version,
        "kind": record.kind,
        "action": entry.action,
        "grid_code": entry.grid_code,
        "made_at": entry.made_at,
        "received_at": entry.received_at,
        "deliveries": standing.of(record),
    }
