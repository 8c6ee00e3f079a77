"""What a lost tablet still hands in: taken sealed as it is, filed nowhere, until somebody who decides says so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.desk import importing
from gridapp.desk.outbox import Envelope, refused
from gridapp.desk.session import device_of
from gridapp.org import binding, devices, scope, throttle
from gridapp.org.access import deciding, for_tablets, told_to_tablet, user_of
from gridapp.org.models import Device, HeldBack, User

_NAMES = ("id", "owner", "key", "wrapped", "iv", "sealed", "part")


@dataclass(frozen=True)
class Tablet:
    """A lost tablet and how many forms of it wait to be decided."""

    device: Device
    forms: int


@for_tablets
def receive(request: HttpRequest) -> HttpResponse:
    """POST an envelope, signed with the tablet's key; nobody is signed in there any more."""
    device, said = device_of(request), request.headers.get("X-Signed", "")
    if request.method != "POST" or not binding.proven(device, said, request.body, "", lost=True) or device is None:
        return told_to_tablet(request, "signed_out")
    if wait := throttle.take("held", str(device)).wait:
        return _later(wait)
    try:
        told = json.loads(request.body)
        envelope = Envelope.read(told)
    except (ValueError, TypeError, KeyError, RecursionError):
        return refused("malformed", None)
    kept = {name: told[name] for name in _NAMES if name in told}
    _keep(device, envelope, kept)
    part = {"part": envelope.part} if envelope.part else {}
    return JsonResponse({"ok": True, "id": envelope.id, "state": "held", **part}, status=202)


@deciding
def held(request: HttpRequest) -> HttpResponse:
    """What lost tablets of the user's areas handed in: filed for whose it is, or put away."""
    user = user_of(request)
    if request.method != "POST":
        return render(request, "desk/held.html", {"tablets": waiting(user)})
    device = next((one.device for one in waiting(user) if str(one.device.pk) == request.POST.get("device")), None)
    if device is None or request.POST.get("act") not in {"take", "drop"}:
        messages.warning(request, _("这台平板不在您的范围内，或已经处理过了。"), extra_tags="warn")
    elif request.POST["act"] == "drop":
        messages.success(request, _("已放弃 %(number)s 条。") % {"number": drop(device, by=user)}, extra_tags="good")
    else:
        taken, left = take(device, by=user)
        text = _("已收下 %(taken)s 条，%(left)s 条收不了。") % {"taken": taken, "left": left}
        messages.success(request, text, extra_tags="good")
    return redirect("desk:held")


def waiting(by: User) -> list[Tablet]:
    """Lost tablets of the user's areas with something to decide."""
    open_ones = HeldBack.objects.filter(settled_at=None, part=0, device__in=devices.listed(by).values("pk"))
    numbers: dict[Any, int] = {}
    for pk in open_ones.values_list("device", flat=True):
        numbers[pk] = numbers.get(pk, 0) + 1
    found = Device.objects.filter(pk__in=numbers).select_related("user").order_by("-lost_at")
    return [Tablet(one, numbers[one.pk]) for one in found]


def take(device: Device, *, by: User) -> tuple[int, int]:
    """Hands the forms in for whose they are: accounts of the user's areas alone. How many were taken, how many not."""
    rows = list(HeldBack.objects.filter(device=device, settled_at=None).order_by("came_at", "part"))
    photos: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        if row.part:
            photos.setdefault(row.entry_id, []).append(row.envelope)
    forms = [{**row.envelope, "parts": photos.get(row.entry_id, [])} for row in rows if not row.part]
    text = json.dumps({"format": importing.FORMAT, "forms": forms})
    handed = list(importing.hand_in(text, accounts=_accounts(by)))
    for one in handed:
        _settle(device, one.id, by, one.said)
    taken = sum(one.is_taken for one in handed)
    note(
        Act.HELD_DECIDED, by=by.pk, about=f"tablet:{device.pk}", decision="take", taken=taken, left=len(handed) - taken
    )
    return taken, len(handed) - taken


def drop(device: Device, *, by: User) -> int:
    """Puts away what waits; it stays sealed where it is. How many forms."""
    with transaction.atomic():
        rows = HeldBack.objects.filter(device=device, settled_at=None)
        number = rows.filter(part=0).count()
        rows.update(settled_at=timezone.now(), settled_by=by, said="dropped")
        note(Act.HELD_DECIDED, by=by.pk, about=f"tablet:{device.pk}", decision="drop", left=number)
    return number


def _accounts(by: User) -> dict[str, User]:
    """Whose forms a supervisor decides on, by the name that tablets know them by."""
    theirs = User.objects.filter(scope.condition(by, "areas__code"), is_active=True).distinct()
    return importing.of(theirs)


def _settle(device: Device, id_: str, by: User, said: str) -> None:
    rows = HeldBack.objects.filter(device=device, entry_id=id_, settled_at=None)
    rows.update(settled_at=timezone.now(), settled_by=by, said=said[:20])


def _keep(device: UUID, envelope: Envelope, kept: dict[str, Any]) -> None:
    with transaction.atomic():
        _row, is_new = HeldBack.objects.get_or_create(
            device_id=device, entry_id=envelope.entry_id, part=envelope.part, defaults={"envelope": kept}
        )
        if is_new and not envelope.part:
            note(Act.HELD_BACK, about=f"tablet:{device}", entry=str(envelope.entry_id))


def _later(wait: int) -> HttpResponse:
    answer = JsonResponse({"ok": False, "reason": "wait"}, status=429)
    answer["Retry-After"] = str(wait)
    return answer
