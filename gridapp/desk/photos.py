"""Where the photos come in that waited on a tablet, sealed, each before its form and as a part of its own.

201 it is kept, 200 it was already; both say back the entry's id and the number of the part. 400, 401, 403, 409 and 413
leave it on the tablet. Whether it can be an attachment is judged when its form comes (desk.supplements).
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from gridapp import registry, tablet_keys
from gridapp.desk.outbox import Envelope, received, refused
from gridapp.org.access import for_tablets, user_of
from gridapp.org.models import User
from gridapp.registry import photos


@for_tablets
def part(request: HttpRequest, entry_id: UUID, number: int) -> HttpResponse:
    """PUT: an envelope as a form's, with `part`; sealed to `<id>/<part>`, inside is the file."""
    envelope = received(request, "PUT")
    if not isinstance(envelope, Envelope):
        return envelope
    if (envelope.entry_id, envelope.part) != (entry_id, number) or not 1 <= number <= photos.MOST:
        return refused("malformed", {"id": envelope.id})
    return take(envelope, user_of(request))


def take(envelope: Envelope, user: User) -> HttpResponse:
    try:
        content = tablet_keys.unseal(envelope.sealed, bound_to=f"{envelope.id}/{envelope.part}")
        with transaction.atomic():
            is_new = photos.keep(envelope.entry_id, envelope.part, content, by=user)
    except tablet_keys.Unsealable:
        return refused("unsealable", {"id": envelope.id})
    except photos.OtherContent:
        return refused("other_content", {"id": envelope.id}, 409)
    except registry.OutOfScope:
        return refused("owner", {"id": envelope.id}, 403)
    told = {"ok": True, "id": str(envelope.entry_id), "part": envelope.part, "state": "kept"}
    return JsonResponse(told, status=201 if is_new else 200)
