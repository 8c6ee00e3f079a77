"""Photos that come from a tablet as parts of their own, ahead of the form that names them: kept once, used once.

They are taken as they are; whether one can be an attachment is judged when its form comes (registry.scans).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from gridapp import sealing
from gridapp.org.models import User

from . import locks
from .photo import Photo
from .refusals import OutOfScope

MOST = 6
"""Photos of one form."""


class OtherContent(Exception):
    """Another photo came under this number before."""


@dataclass(frozen=True, slots=True)
class Came:
    """`content` None: the form it belongs to has used it already."""

    content: bytes | None


def keep(entry_id: UUID, number: int, content: bytes, *, by: User) -> bool:
    """Keeps one photo, once; False where this very one was there, used or not.

    Runs inside the caller's transaction.atomic(). Raises OutOfScope where the entry's photos are another account's,
    OtherContent where there is a different one of this number.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("photos.keep() runs inside the caller's transaction.atomic()")
    sha256 = hashlib.sha256(content).hexdigest()
    row = _held(entry_id, number, by)
    if row is not None and row.sha256 != sha256:
        raise OtherContent
    if row is not None:
        return False
    sealed = sealing.seal(content, bound_to=Photo.binding(entry_id, number))
    Photo.objects.create(entry_id=entry_id, number=number, owner=by, sealed=sealed, sha256=sha256)
    return True


def find(entry_id: UUID, number: int, *, by: User) -> Came | None:
    """The photo of a number, None where none came. Raises OutOfScope where the entry's photos are another account's.

    Until the end of the caller's transaction nobody else works on this entry.
    """
    row = _held(entry_id, number, by)
    if row is None:
        return None
    sealed = bytes(row.sealed)
    return Came(sealing.unseal(sealed, bound_to=row.bound_to) if sealed else None)


def use(entry_id: UUID) -> None:
    """The form has come: of its photos only the numbers are still known."""
    Photo.objects.filter(entry_id=entry_id).update(sealed=b"")


def _held(entry_id: UUID, number: int, by: User) -> Photo | None:
    locks.hold(entry_id.bytes[8:])
    rows = list(Photo.objects.filter(entry_id=entry_id))
    if any(row.owner_id != by.pk for row in rows):
        raise OutOfScope
    return next((row for row in rows if row.number == number), None)
