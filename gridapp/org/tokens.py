"""Tokens of other clients: made at random, shown once, kept only as a digest."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from .models import ApiToken, User

_BYTES = 32
_LONGEST = 200


def issue(user: User, *, expires_at: datetime | None = None) -> str:
    """A new token for `user`. Its text is returned here and nowhere again."""
    text = secrets.token_urlsafe(_BYTES)
    ApiToken.objects.create(user=user, prefix=text[:8], digest=_digest(text), expires_at=expires_at)
    return text


def find(text: str) -> User | None:
    """Whose token this is; None when it is unknown, expired, revoked, or its account is closed."""
    if not text or len(text) > _LONGEST:
        return None
    live = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    token = (
        ApiToken.objects.select_related("user")
        .filter(live, digest=_digest(text), revoked_at=None, user__is_active=True)
        .first()
    )
    return token.user if token else None


def listed(user: User) -> QuerySet[ApiToken]:
    """The user's tokens, newest first: their first eight characters and dates, never their text."""
    return ApiToken.objects.filter(user=user).order_by("-created_at")


def revoke(token_id: int, *, user: User) -> bool:
    """Ends one token of `user` at once; False when they have no such live token."""
    mine = ApiToken.objects.filter(pk=token_id, user=user, revoked_at=None)
    return mine.update(revoked_at=timezone.now()) == 1


def _digest(text: str) -> bytes:
    # A plain hash is enough: the token has 256 random bits, there is nothing to guess.
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
