"""From a request to a draft: which record, home or building the form is about, within what the user may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from gridapp import dictionary, registry
from gridapp.desk import draft as drafts
from gridapp.desk import household
from gridapp.desk.draft import Action, Draft
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry.models import Building, Record, Residency

_LONGEST = 64


def record_or_404(record_id: UUID, by: User) -> Record:
    """A record of the user's areas; any other answers 404, like one that does not exist."""
    record = registry.find(record_id, by=by)
    if record is None:
        raise Http404
    return record


def new(request: HttpRequest, user: User, kind: str) -> Draft:
    """A form for a record that does not exist yet, as opened or as posted."""
    sent = request.POST if request.method == "POST" else request.GET
    draft = _carried(sent, kind, Action.CREATE)
    draft.housing = _housing(sent, user) if kind == "resident" else None
    draft.building = _building(sent, user) if kind == "housing" else None
    draft.wanted_for = _wanted_for(sent.get("for", "")) if kind == "housing" else ""
    draft.floor, draft.room_no = integer(sent.get("floor")), sent.get("room_no", "").strip()[:_LONGEST]
    if draft.housing:
        draft.known = registry.views.view(draft.housing, on=timezone.localdate())
        _beside(draft, identifier(sent.get("after")), user)
    elif draft.building:
        draft.known = _of_building(draft)
    draft.values = drafts.typed(sent, kind) if request.method == "POST" else _offered(draft)
    draft.taken = tuple(one for one in household.TAKEN if one in sent.getlist("take"))
    draft.shared = household.shared(draft.lends, draft.taken, draft.values)
    return draft


def about(request: HttpRequest, user: User, record: Record, kind: str, action: Action) -> Draft:
    """A form about a record: to change or correct it, to move or to leave."""
    sent = request.POST if request.method == "POST" else request.GET
    draft = _carried(sent, kind, action)
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


def _carried(sent: QueryDict, kind: str, action: Action) -> Draft:
    """What the form carries of itself: its entry id, the version it started from, the doubts already confirmed."""
    return Draft(
        kind,
        action,
        identifier(sent.get("entry_id")) or uuid4(),
        base_version=integer(sent.get("base_version")),
        confirmed=tuple(one[:128] for one in sent.getlist("confirmed")[:50]),
    )


def _housing(sent: QueryDict, user: User) -> Record | None:
    housing_id = identifier(sent.get("housing"))
    found = registry.find(housing_id, by=user) if housing_id else None
    return found if found and found.kind == Record.Kind.HOUSING else None


def _beside(draft: Draft, person_id: UUID | None, user: User) -> None:
    """The next person of a flat begins in the household of the one entered before, if the user may open that one."""
    person = registry.find(person_id, by=user) if person_id else None
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
    return drafts.raw(
        {name: draft.known.get(name) for name in ("housing.building_use", "housing.house_structure")}, "housing"
    )


def identifier(text: str | None) -> UUID | None:
    """A UUID as sent by a browser, or None."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def integer(text: str | None) -> int | None:
    """A small whole number as sent by a browser, or None."""
    try:
        number = int(text) if text and len(text) < 6 else None
    except ValueError:
        return None
    return number
