"""Addresses of other systems: made, rotated, stopped by security administrators; each act is noted."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gridapp import egress, sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.contract import Misconfigured
from gridapp.delivery import alarms, happened
from gridapp.delivery.models import Alarm
from gridapp.org import tokens
from gridapp.org.models import User

from .models import Endpoint, Event, Happened, Message, Reader

TOLD = [kind for kind in Happened if kind != Happened.TEST]
BOTH = timedelta(hours=24)
"""How long the secret of before signs beside the new one."""
SAID = timedelta(days=14)
"""How long an address that was switched off by itself is an alarm, unless somebody switches it on again."""


class Unfit(ValueError):
    """The address cannot be used. Its text names why: url, https or egress."""


@transaction.atomic
def make(name: str, url: str, events: Sequence[str], *, user: User, by: User) -> tuple[Endpoint, str]:
    """A new address and its secret, which is returned here and nowhere again. Raises Unfit."""
    check(url)
    made, secret = Endpoint(name=name, url=url, events=list(events), user=user, made_by=by), _secret()
    made.sealed_secret = sealing.seal(secret.encode(), bound_to=made.bound_to)
    made.save(force_insert=True)
    if not Reader.objects.exists():
        place = happened.latest()
        Reader.objects.create(pk=1, entry=place.entry, attempt=place.attempt)
    host = urlsplit(url).hostname or ""
    note(Act.WEBHOOK_MADE, by=by.pk, about=f"webhook:{made.pk}", host=host, events=list(events), account=user.pk)
    return made, secret


def check(url: str) -> None:
    """Raises Unfit for an address that nothing is ever sent to."""
    try:
        parts = urlsplit(url)
        plain = parts.hostname and not parts.username and not parts.password and not parts.fragment
    except ValueError:
        raise Unfit("url") from None
    if not plain or parts.scheme not in {"http", "https"} or not url.isascii() or not url.isprintable() or " " in url:
        raise Unfit("url")
    if parts.scheme != "https" and not settings.DEVELOPMENT:
        raise Unfit("https")
    try:
        egress.check_url(url)
    except Misconfigured:
        raise Unfit("egress") from None


@transaction.atomic
def rotate(endpoint: Endpoint, *, by: User) -> str:
    """A new secret; for a day both sign, so that the other side can change over when it likes."""
    secret = _secret()
    Endpoint.objects.filter(pk=endpoint.pk).update(
        sealed_former=endpoint.sealed_secret,
        former_until=timezone.now() + BOTH,
        sealed_secret=sealing.seal(secret.encode(), bound_to=endpoint.bound_to),
    )
    note(Act.WEBHOOK_CHANGED, by=by.pk, about=f"webhook:{endpoint.pk}", change="rotated")
    return secret


@transaction.atomic
def disable(endpoint: Endpoint, why: Endpoint.Why, *, by: User | None = None) -> None:
    """Nothing is sent there any more; what waits is kept."""
    done = Endpoint.objects.filter(pk=endpoint.pk, disabled_at=None)
    if done.update(disabled_at=timezone.now(), disabled_why=why):
        note(Act.WEBHOOK_DISABLED, by=by.pk if by else None, about=f"webhook:{endpoint.pk}", why=str(why))


def tell_of_disabled() -> None:
    """An alarm while addresses were lately switched off by themselves: whoever listens there hears nothing more."""
    by_itself = Endpoint.objects.filter(disabled_why__in=(Endpoint.Why.FAILING, Endpoint.Why.GONE))
    lately = by_itself.filter(disabled_at__gt=timezone.now() - SAID, user__is_active=True).count()
    alarms.bring_about(Alarm.Kind.WEBHOOK, {None: str(lately)} if lately else {})


@transaction.atomic
def enable(endpoint: Endpoint, *, by: User) -> None:
    """Goes on with what waits."""
    fresh = {"failures": 0, "failing_since": None, "rests_until": None}
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=None, disabled_why="", **fresh)
    note(Act.WEBHOOK_CHANGED, by=by.pk, about=f"webhook:{endpoint.pk}", change="enabled")


@transaction.atomic
def test(endpoint: Endpoint) -> Message:
    """Something to try the address with: it says nothing of anybody."""
    now = timezone.now()
    event = Event.objects.create(kind=Happened.TEST, thin={"endpoint": str(endpoint.pk)}, at=now)
    Endpoint.objects.filter(pk=endpoint.pk).update(rests_until=None)
    return Message.objects.create(endpoint=endpoint, event=event, due_at=now)


def replay(endpoint: Endpoint, *, message_id: int | None = None) -> int:
    """Sends again what did not arrive, or one message whatever became of it; how many. Their ids stay the same."""
    rows = Message.objects.filter(endpoint=endpoint)
    which = rows.filter(pk=message_id) if message_id else rows.filter(status=Message.Status.FAILED)
    return which.update(status=Message.Status.WAITING, tries=0, due_at=timezone.now(), error="")


def kept_by(by: User) -> QuerySet[Endpoint]:
    """The addresses told of what accounts in a security administrator's areas see."""
    return Endpoint.objects.filter(user__in=tokens.clients(by)).select_related("user", "made_by")


def own(user: User) -> QuerySet[Endpoint]:
    """The addresses that are told of what the account sees."""
    return Endpoint.objects.filter(user=user)


def secrets_of(endpoint: Endpoint) -> list[str]:
    """The newest secret, and the one before as long as it signs. Raises sealing.Unsealable."""
    kept = [endpoint.sealed_secret]
    if endpoint.former_until is not None and endpoint.former_until > timezone.now():
        kept.append(endpoint.sealed_former)
    return [sealing.unseal(one, bound_to=endpoint.bound_to).decode() for one in kept]


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
