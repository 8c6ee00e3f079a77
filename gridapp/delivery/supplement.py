"""A supplement (补正): the file a department asked for becomes an attachment, and it is told in the same transaction.

Nobody may put files on record that no department asked for.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from gridapp.org.models import User
from gridapp.registry import attachments, scans
from gridapp.registry.attachments import Act, Added

from . import wake
from .models import Delivery, Status
from .plan import plan
from .retrying import after_deadlock


@after_deadlock
def supplement(record_id: UUID, name: str, content: bytes | None, *, by: User, act: Act | None = None) -> Added:
    """Keeps the file (None: it was too large to be read) and plans. Another one may follow in its place.

    The same `act` again is one. Raises Refused on `name` (not asked for, no such kind, no readable PDF or JPEG of
    5 MB), OutOfScope and SameIdOtherContent; then nothing is written.
    """
    with transaction.atomic():
        added = attachments.add(record_id, name, content, by=by, act=act)
        if added.is_first and not _is_asked_for(record_id, name):
            scans.refuse(name, "not_asked_for")
        if added.is_new:
            wake.after_commit(plan([record_id]).due)
    return added


def _is_asked_for(record_id: UUID, name: str) -> bool:
    returned = Delivery.objects.filter(record_id=record_id, status=Status.RETURNED, fields__contains=[name])
    return returned.exists()
