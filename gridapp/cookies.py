"""Our own cookies: in production each is Secure and named __Host-…, no script reads one, no other site sends one."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage import cookie, fallback
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase


def said(request: HttpRequest, name: str) -> str:
    """What the browser brings; "" for nothing. One of the plain name, which a neighbour can plant, counts for none."""
    return request.COOKIES.get(settings.COOKIE_PREFIX + name, "")


def leave(response: HttpResponseBase, name: str, value: str, *, seconds: int) -> None:
    """Leaves it in the browser, for so long."""
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(
        settings.COOKIE_PREFIX + name, value, max_age=seconds, secure=secure, httponly=True, samesite="Lax"
    )


def take_back(response: HttpResponseBase, name: str) -> None:
    """Has the browser forget it."""
    response.delete_cookie(settings.COOKIE_PREFIX + name, samesite="Lax")


class _Cookie(cookie.CookieStorage):
    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.cookie_name = settings.COOKIE_PREFIX + "messages"


class Messages(fallback.FallbackStorage):
    """What a page says next: in a cookie of that kind, in the session where it is longer."""

    storage_classes = (_Cookie, SessionStorage)
