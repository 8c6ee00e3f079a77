"""What a tablet asks before it sends: who is signed in, a fresh token, the key to seal to, whether it was lost."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from gridapp import cookies, sealing, tablet_keys
from gridapp.desk import opening
from gridapp.desk.form_version import version
from gridapp.org import binding, devices, scope, sessions
from gridapp.org.access import for_tablets, told_to_tablet, user_of
from gridapp.org.models import Device, User

COOKIE = "tablet"
"""Holds the tablet's id, and outlives the wiping of what scripts keep: a tablet stays one tablet for its office."""
_YEAR = 365 * 24 * 3600
_MOST, _LONGEST = 100_000, 10 * _YEAR


@for_tablets
@require_GET
def session(request: HttpRequest) -> HttpResponse:
    device = device_of(request)
    if device and (lost := devices.lost(device)):
        return _wipe(request, lost)
    if not request.user.is_authenticated:
        return told_to_tablet(request, "signed_out")
    user = user_of(request)
    response = JsonResponse(_told(request, user) | ({"device": str(device)} if device else {}))
    if device:
        _note(request, device, user)
        remember(response, device)
    return response


def owner(user: User) -> str:
    """The account as a tablet knows it: the same for ever, and saying nothing to who finds the tablet."""
    return sealing.standing(str(user.pk), purpose="tablet owner").hex()


def _told(request: HttpRequest, user: User) -> dict[str, object]:
    key = tablet_keys.newest()
    return {
        "ok": True,
        "user": owner(user),
        "name": user.display_name,
        "csrf": get_token(request),
        "key": {"id": key.id, "spki": key.spki},
        "version": version(),
        "language": get_language(),
        "hold": settings.UNDO_SECONDS,
        "enters": scope.may_enter(user),
    }


def device_of(request: HttpRequest) -> UUID | None:
    """The tablet that asks. Of two ids the cookie's counts: a script that was wiped has made itself a new one."""
    return opening.identifier(cookies.said(request, COOKIE)) or opening.identifier(request.headers.get("X-Device"))


def _note(request: HttpRequest, device: UUID, user: User) -> None:
    waiting, oldest = (_count(request, name, most) for name, most in (("X-Waiting", _MOST), ("X-Oldest", _LONGEST)))
    key = sessions.digest(request.session.session_key or "")
    devices.seen(device, user=user, session_key=key, waiting=waiting, oldest=timedelta(seconds=oldest))


def _count(request: HttpRequest, name: str, most: int) -> int:
    text = request.headers.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 12 else 0


def remember(response: HttpResponse, device: UUID) -> None:
    """Leaves the tablet its name."""
    cookies.leave(response, COOKIE, str(device), seconds=_YEAR)


def _wipe(request: HttpRequest, device: Device) -> HttpResponse:
    """Signed in or not: whoever holds a lost tablet has perhaps signed out, and learns nothing from this.

    One that the office had let in hands in first what waits there, sealed as it is: see desk.holding.
    """
    logout(request)
    hands_in = binding.may_hand_in(device, _count(request, "X-Waiting", _MOST))
    devices.told(device.pk)
    if hands_in:
        return JsonResponse({"ok": True, "wipe": True, "hand_in": True, "device": str(device.pk)})
    response = JsonResponse({"ok": True, "wipe": True})
    response["Clear-Site-Data"] = '"cache", "cookies", "storage"'  # also where our script there is too old or gone
    return response
