"""Between password and code nobody is signed in: the session holds only whose password was right, for five minutes."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from . import factors, sessions
from .models import User

HALF = "half_signed_in"
_SECONDS = 300
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def begin(request: HttpRequest, user: User) -> bool:
    """The password was right. True: they are signed in; False: the second step is still to come."""
    if not factors.due(user):
        sessions.begin(request, user)
        return True
    request.session.cycle_key()
    # The hash: whoever's password is changed meanwhile has shown nothing.
    request.session[HALF] = {"user": user.pk, "at": int(time.time()), "hash": user.get_session_auth_hash()}
    return False


def held(request: HttpRequest) -> User | None:
    """Whose password was right a moment ago, in this browser."""
    half: Any = request.session.get(HALF)
    if not half or request.user.is_authenticated or not 0 <= time.time() - half["at"] <= _SECONDS:
        return None
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    return user if user and constant_time_compare(half["hash"], user.get_session_auth_hash()) else None


def finish(request: HttpRequest, said: str) -> str:
    """Signs them in with their code; "" where it is right, else what is wrong in words."""
    user = held(request)
    if user is None:
        return str(_("时间过了，请重新登录。"))
    refused = factors.prove(user, said)
    if not refused:
        let_in(request, user, how="code")
    return refused


def let_in(request: HttpRequest, user: User, *, how: str) -> None:
    """Both steps are done."""
    request.session.pop(HALF, None)
    sessions.begin(request, user, how=how, backend=_BACKEND)
