"""What is dear to make, for one account only so often: papers, workbooks, packages, what takes a processor's second.

Counted in this process's memory, like requests of the API: what one account may ask of the house is that many times as
much. Without it one account that asks without end keeps every thread of the web servers, and nobody else is served.
"""

from __future__ import annotations

import functools
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from gridapp.org.access import user_of

_View = Callable[..., HttpResponse]
AT_ONCE = 2
"""Of one account in one process: a button that was pressed twice is not refused."""
_WAIT = 30
_asked = FixedWindowRateLimiter(MemoryStorage())
_at_work: Counter[int] = Counter()
_lock = threading.Lock()


def dear(view: _View) -> _View:
    """Answers 429 with Retry-After where this account has two of these at work or had its fill of this minute."""

    @functools.wraps(view)
    def held(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        user_id = user_of(request).pk
        if not _begins(user_id):
            answer = render(request, "review/dear.html", status=429)
            answer["Retry-After"] = str(_WAIT)
            return answer
        try:
            return view(request, *args, **named)
        finally:
            with _lock:
                _at_work[user_id] -= 1
                if not _at_work[user_id]:
                    del _at_work[user_id]

    return held


def _begins(user_id: int) -> bool:
    with _lock:
        if _at_work[user_id] >= AT_ONCE or not _asked.hit(_rate(), str(user_id)):
            return False
        _at_work[user_id] += 1
        return True


def _rate() -> RateLimitItemPerMinute:
    return RateLimitItemPerMinute(settings.DEAR_PER_MINUTE)
