"""One form as it stands in front of the worker: what it is about, what was typed, what is wrong, and saving it.

Nothing of it is kept between requests: it travels in the form itself, so an error or an expired session loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from gridapp import dictionary, registry
from gridapp.delivery.retrying import after_deadlock
from gridapp.delivery.submit import submit
from gridapp.desk import groups
from gridapp.dictionary import Refusal
from gridapp.org.models import User
from gridapp.registry import posted
from gridapp.registry.entries import Entered
from gridapp.registry.models import Building, Entry, Record

Action = Entry.Action
NO_PLACE = Refusal(
    "housing",
    "no_place",
    "还没有选住处或位置",
    "No place is chosen yet",
    "请按“换一处”选择",
    "Choose one with “Choose another”",
)


@dataclass
class Draft:
    """`kind` names the groups it asks (resident, housing, move, close). Exactly one of `record` and a place is given.

    `values`: canonical name -> raw text, or list of texts, as typed. `told`: canonical name -> what a department says
    against the value it has. `housemate`: who was entered just before, of the same household; `lends`: what is known
    of whom the new person may take values over from, `taken`: which of it was tapped (desk.household), `shared`: the
    values taken over. `wanted_for`: why a home is entered: "resident", the id of who moves there, or "" for itself.
    `neighbour`: the flat next door that the form of a new one begins like.
    `made_at`: when it was filled in, if that was not just now. `as_posted`: see EntryForm.
    """

    kind: str
    action: Action
    entry_id: UUID
    record: Record | None = None
    housing: Record | None = None
    building: Building | None = None
    floor: int | None = None
    room_no: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    base_version: int | None = None
    confirmed: tuple[str, ...] = ()
    refusals: Sequence[Refusal] = ()
    doubts: Sequence[Refusal] = ()
    same_id: Entry | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    housemate: Record | None = None
    lends: Mapping[str, Any] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    shared: Mapping[str, Any] = field(default_factory=dict)
    wanted_for: str = ""
    neighbour: Record | None = None
    made_at: datetime | None = None
    as_posted: str = ""

    @property
    def record_kind(self) -> Record.Kind:
        return Record.Kind.HOUSING if self.kind == "housing" else Record.Kind.RESIDENT

    @property
    def grid_code(self) -> str:
        place = self.housing or self.building or self.record
        return place.grid_code if place else ""

    @property
    def held(self) -> dict[str, str]:
        """Masked values on file of what is not shown in full: empty in the form means unchanged."""
        asked = groups.names(self.kind)
        return {
            name: dictionary.mask(name, value)
            for name, value in (self.known if self.record else self.shared).items()
            if name in asked and dictionary.field(name).sensitivity in {"S2", "S3"} and value
        }

    def fields(self) -> dict[str, Any]:
        """What the entry carries: everything typed, without masked values that were left as they are.

        Of a new resident also what the household is known by.
        """
        held = self.held
        typed = {name: raw for name, raw in self.values.items() if raw != "" or (self.record and name not in held)}
        typed = {**self.shared, **typed}
        if self.building is not None:
            typed |= {"housing.building_code": self.building.code, "housing.room_no": self.room_no}
            typed |= {"housing.floor_no": self.floor} if self.floor is not None else {}
        return typed

    def judged(self, *, on: date) -> tuple[dict[str, Any], list[Refusal]]:
        """What the targets would see (what is known, what was typed over it or emptied, and what follows), and what is
        refused."""
        said = self.fields()
        given = {name: value for name, value in said.items() if value != ""}
        left = {name: value for name, value in self.known.items() if said.get(name) != ""}
        checked = dictionary.validate(given, on=on, practice=settings.PRACTICE)
        view = dictionary.derive({**left, **checked.values}, on=on, home_city=settings.HOME_CITY)
        return view, [one for one in checked.refusals if self.values.get(one.field)]

    def unconfirmed(self, *, on: date) -> list[Refusal]:
        """Doubts the worker has not been asked about yet."""
        typed = {name: raw for name, raw in self.fields().items() if raw != ""}
        asked = groups.names(self.kind)
        before = {name: value for name, value in self.known.items() if name in asked}
        found = dictionary.validate({**before, **typed}, on=on, practice=settings.PRACTICE).doubts
        return [one for one in found if confirmation(one) not in self.confirmed and one.field in typed]


def confirmation(doubt: Refusal) -> str:
    """How a doubt is named in the form once it was shown."""
    return f"{doubt.field}:{doubt.code}"


def fresh(kind: str, action: Action, **about: Any) -> Draft:
    """An empty form with an entry id of its own."""
    return Draft(kind, action, uuid4(), **about)


def typed(post: QueryDict, kind: str) -> dict[str, Any]:
    """Canonical name -> what stands in the field; fields the page did not send are left out."""
    return posted.typed(post, groups.names(kind))


def raw(view: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The values of a view as the form shows them; what is masked is left out."""
    shown = {}
    for name in groups.names(kind):
        value = view.get(name)
        if value is None or dictionary.field(name).sensitivity in {"S2", "S3"}:
            continue
        shown[name] = value if isinstance(value, list) else _text(value)
    return shown


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def save(draft: Draft, *, by: User, asking: bool = True, trying: bool = False) -> Entered | None:
    """Enters it and plans its deliveries; None where something is refused or doubtful, which the draft then says.

    `asking`: whether somebody is there who can be asked about doubts. `trying`: says what saving would give, and
    writes nothing. Raises registry.OutOfScope.
    """
    if not draft.grid_code:
        draft.refusals = [NO_PLACE]
        return None
    draft.doubts = draft.unconfirmed(on=timezone.localdate())
    if (
        asking
        and draft.doubts
        and not dictionary.validate(draft.fields(), on=timezone.localdate(), practice=settings.PRACTICE).refusals
    ):
        return None
    form = registry.EntryForm(
        id=draft.entry_id,
        kind=draft.record_kind,
        action=draft.action,
        grid_code=draft.grid_code,
        fields=draft.fields(),
        record=draft.record.id if draft.record else None,
        housing=draft.housing.id if draft.housing else None,
        base_version=draft.base_version,
        made_at=draft.made_at,
        confirmed=draft.confirmed,
        as_posted=draft.as_posted,
    )
    try:
        return _tried(form, by) if trying else submit(form, by=by)
    except registry.Refused as refused:
        draft.refusals = refused.refusals
    except registry.SameIdOtherContent as same:
        draft.same_id = same.entry
    return None


@after_deadlock
def _tried(form: registry.EntryForm, by: User) -> Entered:
    """What entering it now would give; the rows are gone again when this returns. Raises what registry.enter raises."""
    with transaction.atomic():
        entered = registry.enter(form, by=by)
        transaction.set_rollback(True)
    return entered
