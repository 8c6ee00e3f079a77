"""Sends what waits for one address, in order: of one record nothing overtakes what was before it.

Who sends holds the address by a lease. After a failure of the other side it rests, longer each time; after five days
without an answer that counts it is disabled.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from django.db.models import Q
from django.utils import timezone
from standardwebhooks import Webhook

from gridapp import egress, sealing
from gridapp.contract import Misconfigured

from . import endpoints
from .models import Endpoint, Message

logger = logging.getLogger(__name__)

SECONDS = 10.0
"""For one message, from the name to the last byte of the answer."""
LEASE = timedelta(minutes=2)
GIVEN_UP = timedelta(days=5)
DELAYS = tuple(timedelta(seconds=one) for one in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
"""Between the tries of one message; after the last it has failed."""
RESTS = tuple(timedelta(seconds=one) for one in (5, 30, 120, 600, 1800, 3600))
"""How long an address is left alone after so many failures in a row."""
MOST = 100
_READ = 16 * 1024
_GONE, _TOO_MANY = 410, 429


def due() -> list[UUID]:
    """The addresses that something may be sent to now."""
    now = timezone.now()
    ready = Endpoint.objects.filter(_ready(now), messages__status=Message.Status.WAITING, messages__due_at__lte=now)
    return list(ready.order_by("pk").distinct().values_list("pk", flat=True))


def serve(endpoint_id: UUID) -> int:
    """Sends to one address until nothing is due or it does not answer; how many arrived."""
    now = timezone.now()
    if not Endpoint.objects.filter(_ready(now), pk=endpoint_id).update(lease_until=now + LEASE):
        return 0
    try:
        endpoint = Endpoint.objects.select_related("user").get(pk=endpoint_id)
        return _send_all(endpoint)
    finally:
        Endpoint.objects.filter(pk=endpoint_id).update(lease_until=None)


def _ready(now: datetime) -> Q:
    rested = Q(rests_until=None) | Q(rests_until__lte=now)
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return rested & free & Q(disabled_at=None, user__is_active=True)


def _send_all(endpoint: Endpoint) -> int:
    arrived, blocked = 0, set()
    end = timezone.now() + LEASE / 2
    rows = Message.objects.filter(endpoint=endpoint, status=Message.Status.WAITING).select_related("event")
    for message in rows.order_by("event_id")[:MOST]:
        now, record = timezone.now(), message.event.record
        if record in blocked:
            continue
        if message.due_at > now:
            blocked.add(record)
            continue
        answer, error = _tried(endpoint, message)
        _file(message, answer, error)
        if answer is not None and 200 <= answer < 300:
            arrived += 1
            _recovered(endpoint)
            continue
        blocked.add(record)
        if _is_over(endpoint, answer) or timezone.now() > end:
            break
    return arrived


def _tried(endpoint: Endpoint, message: Message) -> tuple[int | None, str]:
    """Status of the answer, or None and our word for what went wrong."""
    try:
        endpoints.check(endpoint.url)
        body = _body(message)
        headers = _headers(endpoint, f"msg_{message.event_id}", body)
        return asyncio.run(_post(endpoint.url, body.encode(), headers)), ""
    except (endpoints.Unfit, Misconfigured):
        return None, "egress"
    except sealing.Unsealable:
        return None, "secret"
    except TimeoutError:
        return None, "timeout"
    except (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch):
        return None, "certificate"
    except (aiohttp.ClientError, OSError):
        return None, "unreached"


def _body(message: Message) -> str:
    event = message.event
    told = {"type": event.kind, "timestamp": event.at.astimezone(UTC).isoformat(), "data": event.thin}
    return json.dumps(told, separators=(",", ":"))


def _headers(endpoint: Endpoint, message_id: str, body: str) -> dict[str, str]:
    now = datetime.now(tz=UTC)
    signed = [Webhook(secret).sign(message_id, now, body) for secret in endpoints.secrets_of(endpoint)]
    return {
        "Content-Type": "application/json",
        "User-Agent": "gridapp-webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


class _Judged(AbstractResolver):
    """Names lead where egress lets them, and what was judged is what is connected to."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await egress.addresses(host, port)
        ]

    async def close(self) -> None:
        pass


async def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    timeout, options = aiohttp.ClientTimeout(total=SECONDS), {"allow_redirects": False}
    connector = aiohttp.TCPConnector(resolver=_Judged(), use_dns_cache=False, force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.post(url, data=body, headers=headers, **options) as answer,  # type: ignore[arg-type]
    ):
        await answer.content.read(_READ)  # what it says is nothing to us, and is kept nowhere
        return answer.status


def _file(message: Message, answer: int | None, error: str) -> None:
    now, tries = timezone.now(), message.tries + 1
    told: dict[str, Any] = {"tries": tries, "tried_at": now, "answer": answer, "error": error}
    if answer is not None and 200 <= answer < 300:
        told["status"] = Message.Status.DELIVERED
    elif tries > len(DELAYS):
        told["status"] = Message.Status.FAILED
    else:
        told["due_at"] = now + DELAYS[tries - 1]
    Message.objects.filter(pk=message.pk, status=Message.Status.WAITING).update(**told)


def _recovered(endpoint: Endpoint) -> None:
    if endpoint.failures or endpoint.failing_since:
        endpoint.failures, endpoint.failing_since = 0, None
        Endpoint.objects.filter(pk=endpoint.pk).update(failures=0, failing_since=None, rests_until=None)


def _is_over(endpoint: Endpoint, answer: int | None) -> bool:
    """Writes down that the address did not take something; True where nothing more is sent to it for now."""
    now = timezone.now()
    endpoint.failing_since = endpoint.failing_since or now
    if answer == _GONE:
        endpoints.disable(endpoint, Endpoint.Why.GONE)
        return True
    if now - endpoint.failing_since > GIVEN_UP:
        endpoints.disable(endpoint, Endpoint.Why.FAILING)
        logger.warning("webhook %s is disabled: nothing arrived for days", endpoint.pk)
        return True
    # 4xx is about this one message; anything else about the other side as a whole
    resting = answer is None or answer >= 500 or answer < 400 or answer == _TOO_MANY
    told: dict[str, Any] = {"failing_since": endpoint.failing_since}
    if resting:
        endpoint.failures += 1
        told |= {"failures": endpoint.failures, "rests_until": now + RESTS[min(endpoint.failures, len(RESTS)) - 1]}
    Endpoint.objects.filter(pk=endpoint.pk).update(**told)
    return resting


def newest(endpoint: Endpoint, most: int = 50) -> Iterable[Message]:
    """What was sent there last, or waits."""
    return Message.objects.filter(endpoint=endpoint).select_related("event").order_by("-pk")[:most]
