"""Tablets that the office has let in: each signs with a key that it made and cannot give away.

Whoever must work at such a tablet (TABLETS_BOUND) can do nothing anywhere else but ask for theirs to be let in.
"""

from __future__ import annotations

import base64
import hashlib
import time
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import devices
from .models import Device, DeviceKey, User

MARK = "bound"
"""In a session: the tablet that has shown in it that it has the key."""
_MINUTES = 5
_HALF = 32


def wanted(user: User) -> bool:
    """Whether this account works only at a tablet that was let in."""
    return user.role in settings.TABLETS_BOUND


def state(device_id: UUID | None) -> str:
    """none, waiting, bound or lost."""
    key = DeviceKey.objects.filter(device=device_id).select_related("device").first() if device_id else None
    if key is None:
        return "none"
    if key.device.lost_at is not None:
        return "lost"
    return "bound" if key.approved_at else "waiting"


def ask(device_id: UUID, spki: bytes, *, by: User) -> str:
    """Writes down the key of a tablet, to be let in; its state. A key that was let in is never replaced."""
    public_key(spki)
    with transaction.atomic():
        key, made = DeviceKey.objects.get_or_create(device_id=device_id, defaults={"spki": spki, "asked_by": by})
        if not made and bytes(key.spki) != spki:
            if key.approved_at is not None:
                return "other"
            DeviceKey.objects.filter(pk=key.pk, approved_at=None).update(spki=spki, asked_by=by)
        if made:
            note(Act.TABLET_ASKED, by=by.pk, about=f"tablet:{device_id}")
    return state(device_id)


def approve(device_id: UUID, *, by: User) -> bool:
    """The office lets a tablet in; False where it is none of theirs, was lost, or nobody asked."""
    row = devices.listed(by).filter(pk=device_id, lost_at=None).first()
    with transaction.atomic():
        waiting = DeviceKey.objects.filter(device=row, approved_at=None) if row else DeviceKey.objects.none()
        approved = bool(waiting.update(approved_at=timezone.now(), approved_by=by))
        if approved:
            note(Act.TABLET_BOUND, by=by.pk, about=f"tablet:{device_id}")
    return approved


def proven(device_id: UUID | None, said: str, body: bytes, token: str, *, lost: bool = False) -> bool:
    """Whether a tablet that was let in signed these bytes just now, for this session. `lost`: since reported lost."""
    keys = DeviceKey.objects.exclude(approved_at=None).filter(device__lost_at__isnull=not lost)
    key = keys.filter(device=device_id).first() if device_id else None
    return key is not None and device_id is not None and signed(bytes(key.spki), device_id, said, body, token)


def signed(spki: bytes, device_id: UUID, said: str, body: bytes, token: str) -> bool:
    """`said`: seconds since 1970 and the signature, `<time>.<base64 of r and s>`; a few minutes old at most."""
    at, _, encoded = said.partition(".")
    if not at.isdecimal() or len(at) > 12 or abs(time.time() - int(at)) > _MINUTES * 60:
        return False
    try:
        raw = _decoded(encoded)
        text = "\n".join((str(device_id), at, hashlib.sha256(body).hexdigest(), token))
        both = (int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))
        public_key(spki).verify(encode_dss_signature(*both), text.encode(), ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


def public_key(spki: bytes) -> ec.EllipticCurvePublicKey:
    """Raises ValueError for anything but a point of P-256."""
    try:
        key = serialization.load_der_public_key(spki)
    except UnsupportedAlgorithm:
        raise ValueError("not a key of a tablet") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a key of a tablet")
    return key


def may_hand_in(device: Device, waiting: int, *, now: datetime | None = None) -> bool:
    """Whether a lost tablet is given time to hand in what waits there before it is wiped."""
    if not waiting or not DeviceKey.objects.filter(device=device).exclude(approved_at=None).exists():
        return False
    told = device.told_at
    return told is None or (now or timezone.now()) - told < timedelta(minutes=settings.HAND_IN_MINUTES)


def _decoded(text: str) -> bytes:
    """Raises ValueError."""
    raw = base64.b64decode(text, validate=True)
    if len(raw) != 2 * _HALF:
        raise ValueError("not a signature of P-256")
    return raw
