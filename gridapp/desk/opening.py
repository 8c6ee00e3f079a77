"""From a request to a draft: which record, home or building the form is about, within what the user may see."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from gridapp import dictionary, registry
from gridapp.desk import draft as drafts
from gridapp.desk import household, neighbours
from gridapp.desk.draft import Action, Draft
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry.models import Building, Entry, Record, Residency

_LONGEST = 64
_NOT_CONTENT = ("csrfmiddlewaretoken", "entry_id", "confirmed", "made_at", "another", "again-")
"""What a form carries beside what it says: whose it is, when it was made, where to go on, what was asked about."""
_OLDEST = timedelta(days=60)
"""No form waits so long on a tablet: a clock that says so has lost its battery, and is not believed."""


def record_or_404(record_id: UUID, by: User) -> Record:
    """A record of the user's areas; any other answers 404, like one that does not exist."""
    record = registry.find(record_id, by=by)
    if record is None:
        raise Http404
    return record


def new(request: HttpRequest, user: User, kind: str) -> Draft:
    """A form for a record that does not exist yet, as opened or as posted."""
    sent = request.POST if request.method == "POST" else request.GET
    draft = _carried(request, sent, kind, Action.CREATE)
    draft.housing = _housing(sent, user) if kind == "resident" else None
    draft.building = _building(sent, user) if kind == "housing" else None
    draft.wanted_for = _wanted_for(sent.get("for", "")) if kind == "housing" else ""
    draft.floor, draft.room_no = integer(sent.get("floor")), sent.get("room_no", "").strip()[:_LONGEST]
    if draft.housing:
        draft.known = registry.views.view(draft.housing, on=timezone.localdate())
        _beside(draft, identifier(sent.get("after")), user)
    elif draft.building:
        draft.known = _of_building(draft)
        draft.neighbour = neighbours.next_door(identifier(sent.get("like")), draft.building, by=user)
    draft.values = drafts.typed(sent, kind) if request.method == "POST" else _offered(draft)
    draft.taken = tuple(one for one in household.TAKEN if one in sent.getlist("take"))
    draft.shared = household.shared(draft.lends, draft.taken, draft.values)
    return draft


def about(request: HttpRequest, user: User, record: Record, kind: str, action: Action) -> Draft:
    """A form about a record: to change or correct it, to move or to leave."""
    sent = request.POST if request.method == "POST" else request.GET
    draft = _carried(request, sent, kind, action)
    draft.record = record
    draft.known = registry.views.view(record, on=timezone.localdate())
    if kind == "move":
        draft.housing = _housing(sent, user)
    if request.method == "POST":
        draft.values = drafts.typed(sent, kind)
    else:
        draft.base_version = record.version
        draft.values = drafts.raw(draft.known, kind) if kind in {"resident", "housing"} else {}
    return draft


def verified(request: HttpRequest, record: Record) -> Draft:
    """The one tap that says: nothing has changed. It asks nothing, so it has no page of its own."""
    return _carried(request, request.POST, record.kind, Action.VERIFY, record=record)


def _carried(request: HttpRequest, sent: QueryDict, kind: str, action: Action, **more: Any) -> Draft:
    """What the form carries of itself: its entry id, the version it started from, the doubts already confirmed."""
    return Draft(
        kind,
        action,
        identifier(sent.get("entry_id")) or uuid4(),
        base_version=integer(sent.get("base_version")),
        confirmed=tuple(one[:128] for one in sent.getlist("confirmed")[:50]),
        made_at=moment(sent.get("made_at")),
        as_posted=as_posted(request.path_info, sent) if request.method == "POST" else "",
        **more,
    )


def as_posted(path: str, sent: QueryDict) -> str:
    """What the form at `path` says, the same for a browser's own post (CR LF, names in order) and for a script's."""
    said = {
        name: [value.replace("\r\n", "\n").strip() for value in values]
        for name, values in sent.lists()
        if not name.startswith(_NOT_CONTENT)
    }
    return json.dumps([path, said], sort_keys=True)


def _housing(sent: QueryDict, user: User) -> Record | None:
    found = _known(identifier(sent.get("housing")), user)
    return found if found and found.kind == Record.Kind.HOUSING else None


def _known(record_id: UUID | None, user: User) -> Record | None:
    """The record of this id; or of the user's entry of this id: a tablet without a connection knows no other yet."""
    if record_id is None:
        return None
    found = registry.find(record_id, by=user)
    entry = Entry.objects.filter(id=record_id, by=user).first() if found is None else None
    return registry.find(entry.record_id, by=user) if entry else found


def _beside(draft: Draft, person_id: UUID | None, user: User) -> None:
    """The next person of a flat begins in the household of the one entered before, if the user may open that one."""
    person = _known(person_id, user)
    living = Residency.objects.filter(resident=person, housing=draft.housing, is_open=True).select_related("household")
    residency = living.first() if person else None
    if residency is not None and person is not None:
        draft.housemate = person
        draft.lends = household.lender(person, residency, on=timezone.localdate())


def _wanted_for(text: str) -> str:
    return text if text == "resident" else str(identifier(text) or "")


def _building(sent: QueryDict, user: User) -> Building | None:
    code = sent.get("building", "")
    return scope.within(Building.objects.all(), user).filter(code=code).first() if code.isalnum() else None


def _of_building(draft: Draft) -> dict[str, Any]:
    """What the building says of every room in it (derivation D9)."""
    building = draft.building
    if building is None:
        return {}
    copied = ("road", "door_no", "estate_name", "building_no", "unit_no", "building_use", "house_structure",
              "longitude", "latitude", "grid_code")  # fmt: skip
    known: dict[str, Any] = {f"housing.{name}": getattr(building, name) for name in copied}
    known |= {"housing.room_no": draft.room_no, "housing.floor_no": draft.floor, "housing.occupant_count": 0}
    return dictionary.derive(known, on=timezone.localdate(), home_city=settings.HOME_CITY)


def _offered(draft: Draft) -> dict[str, Any]:
    """What stands in a new form before anything is typed: the commonest document, and what building or family tell."""
    if draft.kind == "resident":
        return {"id_type": "111", **household.begun(draft.lends)}
    begun = {name: draft.known.get(name) for name in ("housing.building_use", "housing.house_structure")}
    if draft.neighbour:
        begun |= {name: value for name, value in neighbours.begun(draft.neighbour).items() if value is not None}
    return drafts.raw(begun, "housing")


def identifier(text: str | None) -> UUID | None:
    """A UUID as sent by a browser, or None."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def moment(text: str | None) -> datetime | None:
    """When a form was filled in, by the tablet's clock; None where that says nothing or cannot be."""
    try:
        at = parse_datetime(text[:40]) if text else None
        at = timezone.make_aware(at) if at is not None and timezone.is_naive(at) else at
        return at if at is not None and timezone.now() - at < _OLDEST else None
    except (ValueError, OverflowError):  # a day or hour that does not exist
        return None


def integer(text: str | None) -> int | None:
    """A small whole number as sent by a browser, or None."""
    try:
        number = int(text) if text and len(text) < 6 else None
    except ValueError:
        return None
    return number
