"""What keeps callbacks from drowning everybody else: limits in this process's memory, asked before Django is.

Checking a signature costs tens of milliseconds, turning a caller away a few microseconds. So each target is heard at
most so often (it may come again a second later, and its tickets are asked for anyway), and a caller whose signatures do
not hold is not checked again for a while.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from gridapp import permissions

PREFIX = "/callbacks/"
CALLS: RateLimitItem = RateLimitItemPerSecond(5)
"""Calls for one target that one process hears: a signature with SM2 costs 40 ms, and entries come first."""
FORGED: RateLimitItem = RateLimitItemPerMinute(10)
"""Signatures of one caller that may fail to hold."""

Environ = Mapping[str, Any]
Application = Callable[[Any, Any], Iterable[bytes]]
_limits = FixedWindowRateLimiter(MemoryStorage())
_behind_proxy = os.environ.get("BEHIND_PROXY") == "1"


def caller(environ: Environ) -> str:
    """The address that speaks to us: the one our own proxy saw, where there is one."""
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")) if _behind_proxy else ""
    return forwarded.rpartition(",")[2].strip() or str(environ.get("REMOTE_ADDR", ""))


def admits(environ: Environ) -> bool:
    """Whether this call is heard at all."""
    path = str(environ.get("PATH_INFO", ""))
    return _limits.test(FORGED, path, caller(environ)) and _limits.hit(CALLS, path)


def forged(environ: Environ) -> None:
    """Notes a signature that did not hold."""
    _limits.hit(FORGED, str(environ.get("PATH_INFO", "")), caller(environ))


def guarded(application: Application) -> Application:
    """The WSGI application behind the limits."""

    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        if not str(environ.get("PATH_INFO", "")).startswith(PREFIX) or admits(environ):
            return application(environ, start_response)
        start_response(
            "429 Too Many Requests", [("Retry-After", "1"), ("Content-Length", "0"), *permissions.told(environ).items()]
        )
        return ()

    return answer
