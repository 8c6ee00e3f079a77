"""Where the forms come in that waited on a tablet, sealed, one at a time. Every answer is JSON and says the id back.

A photo comes before its form, as a part of its own (desk.photos).
201 saved, 200 the same again, 202 set aside or in conflict: all three take the form off the tablet. 400, 401, 403 and
413 leave it there.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import reverse

from gridapp import registry, tablet_keys
from gridapp.desk import answers, supplements
from gridapp.desk.entry_forms import NotAForm
from gridapp.desk.replaying import Waited, replay
from gridapp.desk.session import device_of, owner
from gridapp.desk.supplements import Supplemented
from gridapp.org import binding, scope
from gridapp.org.access import barred, for_tablets, told_to_tablet, user_of
from gridapp.org.models import User
from gridapp.registry.entries import Entered
from gridapp.registry.models import SetAside

_MALFORMED = (ValueError, TypeError, KeyError, RecursionError, NotAForm, TooManyFieldsSent)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What lies in an outbox. `id`: the entry's, as the tablet wrote it: the seal is bound to these very letters.

    `part`: the number of a photo, 0 of a form. `parts`: how many photos the sender sent ahead of a form.
    """

    id: str
    entry_id: UUID
    owner: str
    sealed: tablet_keys.Sealed
    part: int
    parts: int

    @classmethod
    def read(cls, said: Any) -> Envelope:
        """Raises ValueError, TypeError, KeyError."""
        texts = {name: said[name] for name in ("id", "owner", "key", "wrapped", "iv", "sealed")}
        if not all(isinstance(text, str) for text in texts.values()):
            raise TypeError("an envelope holds texts")
        wrapped, iv, sealed = (base64.b64decode(texts[name], validate=True) for name in ("wrapped", "iv", "sealed"))
        key = tablet_keys.Sealed(texts["key"], wrapped, iv, sealed)
        part, parts = (said.get(name, 0) for name in ("part", "parts"))
        if not isinstance(part, int) or not isinstance(parts, int):
            raise TypeError("photos are counted")
        return cls(texts["id"], UUID(texts["id"]), texts["owner"], key, part, parts)


@for_tablets
def outbox(request: HttpRequest) -> HttpResponse:
    envelope = received(request, "POST")
    return take(envelope, user_of(request)) if isinstance(envelope, Envelope) else envelope


def received(request: HttpRequest, method: str) -> Envelope | HttpResponse:
    """What a tablet hands in for the account that is signed in, or the answer why that is not heard."""
    if not request.user.is_authenticated:
        return told_to_tablet(request, "signed_out")
    if request.method != method:
        return HttpResponseNotAllowed([method])
    try:
        said = json.loads(request.body)
    except RequestDataTooBig:
        return refused("too_large", None, 413)
    except _MALFORMED:
        return refused("malformed", None)
    try:
        envelope = Envelope.read(said)
    except _MALFORMED:
        return refused("malformed", said)
    reason = barred(request) or _unsigned(request) or _not_theirs(envelope, user_of(request))
    return told_to_tablet(request, reason, id=envelope.id) if reason else envelope


def _not_theirs(envelope: Envelope, user: User) -> str:
    """Why this account may not hand it in: a form is never sent under another name than its worker's."""
    if not scope.may_enter(user):
        return "role"
    return "" if envelope.owner == owner(user) else "owner"


def _unsigned(request: HttpRequest) -> str:
    """Where tablets are bound: each form comes from one that was let in, and was signed there for this session."""
    if not binding.wanted(user_of(request)):
        return ""
    said, token = request.headers.get("X-Signed", ""), request.headers.get("X-CSRFToken", "")
    return "" if binding.proven(device_of(request), said, request.body, token) else "unsigned"


def take(envelope: Envelope, user: User) -> HttpResponse:
    """What a tablet is answered for this form, once it is known to be the user's."""
    try:
        plain = tablet_keys.unseal(envelope.sealed, bound_to=envelope.id)
    except tablet_keys.Unsealable:
        return refused("unsealable", {"id": envelope.id})
    try:
        waited = Waited.read(json.loads(plain), envelope.entry_id)
    except _MALFORMED:
        return refused("malformed", {"id": envelope.id})
    if envelope.parts != waited.parts:  # a script from before there were photos: it would lose this form's
        return refused("parts", {"id": envelope.id})
    try:
        return _acknowledged(_done(waited, user))
    except registry.OutOfScope:
        return refused("owner", {"id": envelope.id}, 403)


def _done(waited: Waited, user: User) -> Entered | Supplemented | SetAside:
    if waited.adds_to is not None:
        return supplements.replay(waited, waited.adds_to, by=user)
    return replay(waited, by=user)


def _acknowledged(came: Entered | Supplemented | SetAside) -> HttpResponse:
    if isinstance(came, Entered):
        return answers.acknowledged(came, reverse("desk:record", args=[came.record.id]))
    if isinstance(came, Supplemented):
        url = reverse("desk:record", args=[came.record_id])
        return answers.told(came.entry_id, came.record_id, url, is_new=came.is_new)
    state = "conflict" if came.is_conflict else "set_aside"
    told = {
        "ok": True,
        "id": str(came.entry_id),
        "state": state,
        "url": reverse("desk:set_aside", args=[came.entry_id]),
    }
    return JsonResponse(told, status=202)


def refused(reason: str, said: object, status: int = 400) -> HttpResponse:
    """What came stays on the tablet. `said`: what came, of which only the id is said back."""
    id_ = said.get("id") if isinstance(said, dict) else None
    known = id_[:36] if isinstance(id_, str) else None
    return JsonResponse({"ok": False, "id": known, "reason": reason}, status=status)
