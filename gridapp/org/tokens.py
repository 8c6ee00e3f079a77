"""Tokens of other clients: made at random, shown once, kept only as a digest; each with scopes, an end, an owner."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import desks, scope
from .models import ApiToken, Scope, User

PREFIX = "gridapp_"
"""How every token begins, so that who looks for leaked ones in code and logs knows ours."""
LONGEST = timedelta(days=366)
USUAL = timedelta(days=90)
_BYTES = 32
_SHOWN = len(PREFIX) + 8
_LONGEST_TEXT = 200
_FRESH = timedelta(minutes=1)
"""Use is written down at most this often."""


def issue(
    user: User,
    *,
    scopes: Iterable[str] = tuple(Scope),
    expires_at: datetime | None = None,
    networks: Iterable[str] = (),
    purpose: str = "",
    contact: str = "",
    by: User | None = None,
) -> str:
    """A new token for `user`, for 90 days unless said otherwise. Its text is returned here and nowhere again.

    Raises ValueError for an end more than a year away, a scope or a network that is none.
    """
    now = timezone.now()
    text, ends, asked = PREFIX + secrets.token_urlsafe(_BYTES), expires_at or now + USUAL, [str(one) for one in scopes]
    if ends > now + LONGEST or not set(asked) <= set(Scope.values):
        raise ValueError("a token lasts a year at most and has scopes that exist")
    with transaction.atomic():
        made = ApiToken.objects.create(
            user=user,
            prefix=text[:_SHOWN],
            digest=_digest(text),
            scopes=asked,
            networks=[str(ipaddress.ip_network(one)) for one in networks],
            purpose=purpose,
            contact=contact,
            made_by=by,
            expires_at=ends,
        )
        until = ends.date().isoformat()
        maker = by.pk if by else None
        note(Act.TOKEN_MADE, by=maker, about=f"token:{made.pk}", account=user.pk, scopes=asked, until=until)
    return text


def live(text: str) -> ApiToken | None:
    """The token with its account; None when it is unknown, expired, revoked, or its account is closed."""
    if not text or len(text) > _LONGEST_TEXT:
        return None
    found = ApiToken.objects.select_related("user").filter(
        digest=_digest(text), expires_at__gt=timezone.now(), revoked_at=None, user__is_active=True
    )
    return found.first()


def find(text: str) -> User | None:
    """Whose live token this is."""
    token = live(text)
    return token.user if token else None


def hears(token: ApiToken, address: str | None) -> bool:
    """Whether the token may be used from there."""
    return not token.networks or desks.within(address, map(ipaddress.ip_network, token.networks))


def used(token: ApiToken, address: str | None) -> None:
    """Writes down when it was used last; from another address than last time that is noted."""
    now = timezone.now()
    moved = address != token.last_address
    if not moved and token.last_used_at is not None and now - token.last_used_at < _FRESH:
        return
    if moved and address is not None and token.last_used_at is not None:
        note(Act.TOKEN_MOVED, by=token.user_id, about=f"token:{token.pk}")
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=now, last_address=address)


def listed(user: User) -> QuerySet[ApiToken]:
    """The user's tokens, newest first: how they begin and their dates, never their text."""
    return ApiToken.objects.filter(user=user).order_by("-created_at")


def kept_by(by: User) -> QuerySet[ApiToken]:
    """The tokens of accounts in a security administrator's areas, live ones first."""
    mine = ApiToken.objects.filter(user__in=clients(by)).select_related("user", "made_by")
    return mine.order_by("-revoked_at", "-created_at").distinct()


def clients(by: User) -> QuerySet[User]:
    """The accounts that a security administrator may give tokens to: of their areas, never their own."""
    inside = User.objects.filter(scope.condition(by, "areas__code"), is_active=True)
    return inside.exclude(pk=by.pk).distinct().order_by("username")


def revoke(token_id: int, *, user: User) -> bool:
    """Ends one token of `user` at once; False when they have no such live token."""
    return _revoke(ApiToken.objects.filter(pk=token_id, user=user), by=user)


def revoke_kept(token_id: int, *, by: User) -> bool:
    """Ends one token of an account in a security administrator's areas at once."""
    return _revoke(ApiToken.objects.filter(pk=token_id, user__in=clients(by)), by=by)


@transaction.atomic
def _revoke(rows: QuerySet[ApiToken], *, by: User) -> bool:
    ended = [row.pk for row in rows.filter(revoked_at=None)]
    done = ApiToken.objects.filter(pk__in=ended, revoked_at=None).update(revoked_at=timezone.now())
    for pk in ended:
        note(Act.TOKEN_REVOKED, by=by.pk, about=f"token:{pk}")
    return done == 1


def _digest(text: str) -> bytes:
    # A plain hash is enough: the token has 256 random bits, there is nothing to guess.
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
