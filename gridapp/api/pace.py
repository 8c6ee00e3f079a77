"""How often a client may ask: each token and all of them together, counted in this process's memory, in microseconds.

Every web process counts for itself: what a client may ask of the house is that many times as much.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from rest_framework.exceptions import Throttled

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.audit.origin import address_of

TOKEN: RateLimitItem = RateLimitItemPerMinute(int(os.environ.get("API_PER_MINUTE", "1200")))
"""Requests with one token."""
ALL: RateLimitItem = RateLimitItemPerMinute(int(os.environ.get("API_ALTOGETHER", "6000")))
"""Requests with any."""
STRANGER: RateLimitItem = RateLimitItemPerMinute(int(os.environ.get("API_STRANGER", "120")))
"""Requests of one address that came without a live token; after them it is not looked any more."""
_NOTE: RateLimitItem = RateLimitItemPerMinute(1)

limits = FixedWindowRateLimiter(MemoryStorage())


def admit(token_id: int) -> dict[str, str]:
    """Counts a request; the headers that tell the client how many are left. Raises Throttled."""
    spent, whole = not limits.hit(TOKEN, "token", str(token_id)), False
    if not spent:
        whole = not limits.hit(ALL, "all")
    rate, key = (ALL, ("all",)) if whole else (TOKEN, ("token", str(token_id)))
    if spent or whole:
        raise Throttled(wait=_wait(rate, key))
    left = limits.get_window_stats(rate, *key)
    seconds = max(1, round(left.reset_time - time.time()))
    return {
        "RateLimit-Policy": f'"token";q={TOKEN.amount};w=60',
        "RateLimit": f'"token";r={left.remaining};t={seconds}',
    }


def waits(environ: Mapping[str, Any]) -> int:
    """Seconds that an address is not heard that came too often without a live token; 0: it is heard."""
    key = ("stranger", address_of(environ) or "")
    return 0 if limits.test(STRANGER, *key) else _wait(STRANGER, key)


def stranger(environ: Mapping[str, Any]) -> None:
    """Counts a request that came without a live token, and has it noted once a minute."""
    address = address_of(environ) or ""
    limits.hit(STRANGER, "stranger", address)
    if environ.get("HTTP_AUTHORIZATION"):
        noted(Act.TOKEN_REFUSED, "", address=address)


def noted(act: Act, about: str, *, by: int | None = None, address: str = "", **what: str) -> None:
    """Notes a refusal, of each kind one a minute: who knocks all day must not fill the audit."""
    if limits.hit(_NOTE, act, about, address):
        note(act, by=by, about=about, result="refused", **what)


def _wait(rate: RateLimitItem, key: tuple[str, ...]) -> int:
    return max(1, round(limits.get_window_stats(rate, *key).reset_time - time.time()))
