"""Where the three administrators work: elsewhere they do not sign in, and no session or token of theirs counts."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from gridapp.audit import origin

from . import duties
from .models import User

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Answering = Callable[[HttpRequest], HttpResponseBase]
_OPEN = ("/logout/", "/i18n/", "/api/", "/callbacks/")
"""Leaving, the language; the API asks by itself."""


def lets_in(user: User, address: str | None) -> bool:
    """Whether somebody may come from there: everybody but an administrator, and where no list is, those too."""
    listed: tuple[Network, ...] = settings.ADMIN_ADDRESSES
    return not listed or user.role not in duties.ADMINISTRATORS or within(address, listed)


def within(address: str | None, networks: Iterable[Network]) -> bool:
    """Whether the address is one of theirs; an unknown one is none."""
    if not address:
        return False
    found = ipaddress.ip_address(address)
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain in network for network in networks)


def at_their_desks(get_response: Answering) -> Answering:
    """Middleware, inside the one that knows who signed in. Asks nothing where no list is."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if settings.ADMIN_ADDRESSES and not request.path_info.startswith((*_OPEN, settings.STATIC_URL)):
            user = request.user
            if isinstance(user, User) and not lets_in(user, origin.address_of(request.META)):
                raise PermissionDenied
        return get_response(request)

    return answer
