"""Browsers in which somebody signed in to an account before: failures from elsewhere do not keep them out.

A browser is known by a cookie made at random and signed here, which lives long and outlives signing out; the table has
its digest. It opens nothing by itself.
"""

from __future__ import annotations

import hashlib
import secrets

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from gridapp import cookies, sealing

from .models import KnownBrowser, User

COOKIE = "known"
DAYS = 400  # browsers keep no cookie longer
_SIGNER = "gridapp.org.known_browsers"


def of(request: HttpRequest) -> bytes:
    """A digest of what the browser shows; b"" where it shows nothing of ours."""
    said = cookies.said(request, COOKIE)
    try:
        signing.TimestampSigner(salt=_SIGNER).unsign(said, max_age=DAYS * 86400)
    except signing.BadSignature:
        return b""
    return hashlib.sha256(said.encode()).digest()


def knows(browser: bytes, username: str) -> bool:
    """Whether somebody signed in to the account there before. One statement, also for a name that nobody has."""
    return KnownBrowser.objects.filter(name=_name(username), browser=browser or b"none").exists()


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Somebody has just signed in there."""
    browser = of(request)
    if not browser:
        made = signing.TimestampSigner(salt=_SIGNER).sign(secrets.token_urlsafe(24))
        browser = hashlib.sha256(made.encode()).digest()
        cookies.leave(response, COOKIE, made, seconds=DAYS * 86400)
    seen = {"seen_at": timezone.now()}
    KnownBrowser.objects.update_or_create(name=_name(user.username), browser=browser, defaults=seen)


def forget(user: User) -> None:
    """No browser knows the account any more: somebody else may have its password, or had a tablet of theirs."""
    KnownBrowser.objects.filter(name=_name(user.username)).delete()


def _name(username: str) -> bytes:
    return sealing.blind(username, purpose="known browser")
