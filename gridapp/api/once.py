"""The same answer to the same request sent again under one Idempotency-Key (draft-ietf-httpapi-idempotency-key-header).

A row is written before anything is done: who comes meanwhile is told to wait. What our side failed at is not kept, so
that it can be tried again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from gridapp import sealing
from gridapp.org.models import ApiToken

from . import body, problems
from .models import Answered
from .problems import Problem

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
_ABANDONED = timedelta(seconds=90)
"""No request takes longer: who was at it is dead, and whoever asks next does it."""
_KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
_JSON = JSONRenderer.media_type


def answer(request: Request, run: Callable[[], HttpResponse]) -> HttpResponse:
    """Runs the operation, or repeats what it answered under this key. Raises Problem."""
    if HEADER not in request.headers:
        return run()
    if not isinstance(request.auth, ApiToken):
        raise NotAuthenticated
    row, is_ours = _claimed(request.auth, _key(request.headers[HEADER]), _fingerprint(request))
    return _run(row, request, run) if is_ours else _repeated(row)


def forget() -> int:
    """Throws away what is older than a day; how many."""
    return Answered.objects.filter(made_at__lt=timezone.now() - KEPT).delete()[0]


def _key(said: str) -> bytes:
    # A structured string has quotes; many clients leave them out.
    text = said.strip()
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if not _KEY.fullmatch(text):
        raise Problem("bad_key")
    return sealing.standing(hashlib.sha256(text.encode()).hexdigest(), purpose="api.key")


def _fingerprint(request: Request) -> bytes:
    seen = hashlib.sha256(f"{request.method} {request.path}\0".encode())
    if (request.content_type or "").lower().startswith("multipart/"):
        for name, value in sorted(request.POST.items()):
            seen.update(f"{name}\0{value}\0".encode("utf-8", "replace"))
        for name, file in sorted(request.FILES.items()):
            seen.update(name.encode("utf-8", "replace") + b"\0" + hashlib.sha256(file.read()).digest())
            file.seek(0)
    else:
        seen.update(body.raw(request))
    return sealing.standing(seen.hexdigest(), purpose="api.request")


def _claimed(token: ApiToken, key: bytes, fingerprint: bytes) -> tuple[Answered, bool]:
    """The row of this key, and whether it is ours to answer. Raises Problem."""
    now = timezone.now()
    wanted = {"request": fingerprint, "made_at": now}
    row, is_new = Answered.objects.get_or_create(token=token, key=key, defaults=wanted)
    if is_new:
        return row, True
    if row.made_at < now - KEPT:
        taken = Answered.objects.filter(pk=row.pk, made_at=row.made_at).update(status=None, sealed=b"", **wanted)
        row.made_at = now
        return _claimed_or_busy(row, taken)
    if bytes(row.request) != fingerprint:
        raise Problem("key_reused")
    if row.status is None:
        stale = Answered.objects.filter(pk=row.pk, status=None, made_at__lt=now - _ABANDONED)
        taken = stale.update(made_at=now)
        row.made_at = now
        return _claimed_or_busy(row, taken)
    return row, False


def _claimed_or_busy(row: Answered, taken: int) -> tuple[Answered, bool]:
    if not taken:
        raise Problem("under_way")
    return row, True


def _run(row: Answered, request: Request, run: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        answered: HttpResponse = run()
    except Exception as error:
        answered = problems.handler(error, {"request": request})
    # Whoever came after 90 s took it over and answers for it: then what is written here is theirs, not ours.
    mine = Answered.objects.filter(pk=row.pk, made_at=row.made_at, status=None)
    if answered.status_code >= 500 or answered.status_code == 429:
        mine.delete()
        return answered
    media_type = problems.MEDIA_TYPE if answered.status_code >= 400 else _JSON
    written = JSONRenderer().render(answered.data).decode() if isinstance(answered, Response) else ""
    said = {"type": media_type, "location": answered.headers.get("Location", ""), "body": written}
    mine.update(status=answered.status_code, sealed=sealing.seal_json(said, bound_to=row.bound_to))
    return answered


def _repeated(row: Answered) -> HttpResponse:
    said = sealing.unseal_json(row.sealed, bound_to=row.bound_to)
    repeated = HttpResponse(said["body"], status=row.status, content_type=said["type"])
    repeated["Idempotent-Replayed"] = "true"
    if said["location"]:
        repeated["Location"] = said["location"]
    return repeated
