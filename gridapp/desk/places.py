"""The building tree of the worker's own grids for a tablet to keep: buildings, floors, rooms. No personal data."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from gridapp.desk import rooms
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry import occupancy
from gridapp.registry.models import Building

GRID = 15
"""Digits of a grid's code. Who oversees larger areas looks for a place on the server."""
MOST_BUILDINGS = 1000
MOST_ROOMS = 10_000
"""Of all grids together; a grid has about 3,000."""


@require_safe
@gzip_page
@never_cache
def places(request: HttpRequest) -> HttpResponse:
    """200 with the tree, 304 where the tablet has it already (ETag), 401 when signed out, 403 for who enters nothing.

    Nothing secret of ours stands beside what the browser sent, so the answer may be compressed.
    """
    user = request.user
    if not isinstance(user, User):
        return JsonResponse({"ok": False, "reason": "signed_out"}, status=401)
    if not scope.may_enter(user):
        return JsonResponse({"ok": False, "reason": "role"}, status=403)
    body = orjson.dumps(tree(user))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer = HttpResponse(body, content_type="application/json", headers={"ETag": etag})
    return get_conditional_response(request, etag=etag, response=answer) or answer


def tree(user: User) -> dict[str, Any]:
    """`{"is_cut", "buildings": [{"code", "grid", "label", "floors", "rooms": [room, …]}]}`.

    A room is `{"id", "room_no", "floor", "state"}`, with `short`, the last digits of its code, where it has one: a door
    is found by them without signal. A demolished room is not in it. `is_cut`: there is more than a
    tablet should hold. Three statements at most. 3,000 rooms are 80 KB compressed, most of it their ids.
    """
    grids = [prefix for prefix in scope.prefixes(user) if len(prefix) == GRID]
    found = list(Building.objects.filter(grid_code__in=grids)[: MOST_BUILDINGS + 1])
    known = occupancy.rooms([one.code for one in found[:MOST_BUILDINGS]], at=timezone.now(), most=MOST_ROOMS + 1)
    by_building: dict[str, list[dict[str, Any]]] = {}
    for room in known[:MOST_ROOMS]:
        if room.state != occupancy.State.CLOSED:
            said = {"id": room.id, "room_no": room.room_no, "floor": room.floor, "state": room.state}
            said |= {"short": room.short} if room.short else {}
            by_building.setdefault(room.building, []).append(said)
    return {
        "is_cut": len(found) > MOST_BUILDINGS or len(known) > MOST_ROOMS,
        "buildings": [
            {
                "code": one.code,
                "grid": one.grid_code,
                "label": rooms.label(one),
                "floors": one.floors,
                "rooms": by_building.get(one.code, []),
            }
            for one in found[:MOST_BUILDINGS]
        ],
    }
