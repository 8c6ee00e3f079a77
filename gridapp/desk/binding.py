"""The page on which a tablet shows its key, and waits to be let in."""

from __future__ import annotations

import base64
import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from gridapp.desk.session import device_of, remember
from gridapp.org import binding, devices, fresh, sessions
from gridapp.org.access import barred, for_tablets, signed_in, told_to_tablet, user_of
from gridapp.org.models import User


@signed_in
def tablet(request: HttpRequest) -> HttpResponse:
    """How it stands with this tablet; its script shows the key and goes on where the user wanted to go."""
    device = device_of(request)
    page = {"next": fresh.onward(request), "state": binding.state(device), "wanted": binding.wanted(user_of(request))}
    page["short_id"] = device.hex[:6].upper() if device else ""
    return render(request, "desk/tablet.html", page)


@for_tablets
def key(request: HttpRequest) -> HttpResponse:
    """POST {"spki"}: signed with that key. Answers {"state"}: waiting, bound, lost, or other for a second key."""
    device, reason = device_of(request), barred(request)
    if reason or request.method != "POST":
        return told_to_tablet(request, reason or "method")
    spki = _spki(request)
    said, token = request.headers.get("X-Signed", ""), request.headers.get("X-CSRFToken", "")
    if device is None or spki is None or not binding.signed(spki, device, said, request.body, token):
        return told_to_tablet(request, "unsigned")
    state = _asked(request, device, spki, user_of(request))
    response = JsonResponse({"ok": True, "state": state})
    remember(response, device)
    return response


def _asked(request: HttpRequest, device: UUID, spki: bytes, user: User) -> str:
    if binding.state(device) == "none":
        here = sessions.digest(request.session.session_key or "")
        devices.seen(device, user=user, session_key=here, waiting=0, oldest=None, at=timezone.now())
    state = binding.ask(device, spki, by=user)
    if state == "bound":
        request.session[binding.MARK] = str(device)
    return state


def _spki(request: HttpRequest) -> bytes | None:
    try:
        spki = base64.b64decode(json.loads(request.body)["spki"], validate=True)
        binding.public_key(spki)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return spki
