"""The addresses that a client is told things at: how they do, a test, and once more what did not arrive."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp.org.models import Scope
from gridapp.webhooks import endpoints
from gridapp.webhooks.models import Endpoint, Happened

from .callers import caller
from .operation import operation


class EndpointSerializer(serializers.Serializer[Any]):
    """One address. `failing_since`: nothing has arrived since then; `disabled_why` "" where it is not disabled."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=Happened.values))
    failing_since = serializers.DateTimeField(allow_null=True)
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_why = serializers.CharField(allow_blank=True)


class EndpointsSerializer(serializers.Serializer[Any]):
    """In the order in which they were made."""

    results = EndpointSerializer(many=True)


class QueuedSerializer(serializers.Serializer[Any]):
    """How many messages wait to be sent because of this."""

    queued = serializers.IntegerField()


@operation(
    "GET",
    id="webhooks",
    scope=Scope.WEBHOOKS_MANAGE,
    summary=_("本账号的通知地址"),
    answers={200: EndpointsSerializer},
)
def webhooks(request: Request) -> Response:
    return Response(EndpointsSerializer({"results": endpoints.own(caller(request))}).data)


@operation(
    "POST",
    id="test_webhook",
    scope=Scope.WEBHOOKS_MANAGE,
    summary=_("发一条测试通知"),
    answers={200: QueuedSerializer},
    problems=(404, 413),
)
def test(request: Request, endpoint_id: UUID) -> Response:
    endpoints.test(_own(request, endpoint_id))
    return Response(QueuedSerializer({"queued": 1}).data)


@operation(
    "POST",
    id="replay_webhook",
    scope=Scope.WEBHOOKS_MANAGE,
    summary=_("重发没有送到的通知，编号不变"),
    answers={200: QueuedSerializer},
    problems=(404, 413),
)
def replay(request: Request, endpoint_id: UUID) -> Response:
    return Response(QueuedSerializer({"queued": endpoints.replay(_own(request, endpoint_id))}).data)


def _own(request: Request, endpoint_id: UUID) -> Endpoint:
    found = endpoints.own(caller(request)).filter(pk=endpoint_id).first()
    if found is None:
        raise Http404
    return found
