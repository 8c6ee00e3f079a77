"""What an entry does to a housing unit: 新增, 变更, 更正, 注销."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from gridapp import sealing
from gridapp.dictionary import occupied

from . import buildings, locks
from .acts import Act, Done, Stored
from .changes import laid_over, mine
from .checks import HOUSING, judged, judged_changes
from .documents import stored, typed
from .forms import Action, Kind
from .models import Building, Record, Residency
from .refusals import Refused, refusal, refuse
from .search_tokens import of_housing

_STATUS = "housing.housing_status"
_CODE = "housing.housing_code"
_GRID = "housing.grid_code"
_DIVISION = "housing.division_code"
_DEMOLISHED = "4"
_NOT_STORED = (_GRID, _DIVISION, _CODE, buildings.CODE)
_PLACE = (buildings.CODE, *(f"housing.{part}" for part in buildings.PARTS))


def create(act: Act) -> Done:
    """Registers a housing unit in a building of the grid. Raises Refused."""
    values = judged(_placed(act.form.fields, act.form.grid_code), on=act.on, required=HOUSING)
    if values[_STATUS] == _DEMOLISHED:
        refuse(_STATUS, "closed_at_once")
    building = buildings.chosen(values, act.form.grid_code)
    own = {name: value for name, value in values.items() if name not in _NOT_STORED}
    known = stored({**own, **_parts(building), **_unless(own, buildings.inherited(building))})
    _free(building, known["housing.room_no"], values.get(_CODE))
    housing = Record(id=uuid4(), kind=Kind.HOUSING, grid_code=act.form.grid_code, verified_at=act.at)
    housing.building, housing.housing_code = building, values.get(_CODE)
    _fill(housing, known, act.at)
    founded = (building,) if buildings.is_new(building) else ()
    return Done(housing, {}, known, stored(values), new=(*founded, housing))


def change(act: Act) -> Done:
    """Lays the form's fields over what is known of a unit. Raises Refused, OutOfScope."""
    housing = mine(act, Kind.HOUSING)
    if housing.closed_at is not None and act.form.action != Action.CORRECT:
        refuse("record", "housing_closed")
    before = housing.document()
    _placed(act.form.fields, housing.grid_code)
    changes = laid_over(act, housing, {**before, _GRID: housing.grid_code}, HOUSING)
    after = {name: value for name, value in {**before, **changes}.items() if value is not None}
    building, code = _building(act, housing, before, changes), changes.get(_CODE) or housing.housing_code
    if building is not None:
        inherited = stored(buildings.inherited(building)) if building.pk != housing.building_id else {}
        after |= stored(_parts(building)) | _unless(changes, inherited)
        moved = (building.pk, after["housing.room_no"], code) != (
            housing.building_id,
            housing.room_no,
            housing.housing_code,
        )
        if moved:
            _free(building, after["housing.room_no"], code, but=housing)
    after = {name: value for name, value in after.items() if name not in _NOT_STORED}
    _live(housing, after)
    if (after, building, code) == (before, housing.building, housing.housing_code):
        return Done(housing, before, before, changes)
    if building is not None and buildings.is_new(building):
        building.save(force_insert=True)
    housing.building, housing.housing_code = building, code
    _renew(housing, after, act.at)
    return Done(housing, before, after, changes)


_COLUMNS = [
    "version", "sealed", "tokens", "closed_at", "building", "floor_no", "room_no", "housing_code", "updated_at",
]  # fmt: skip


def close(act: Act) -> Done:
    """Closes a unit that was demolished; refused while anybody lives there. Raises Refused, OutOfScope."""
    housing = mine(act, Kind.HOUSING)
    if housing.closed_at is not None:
        refuse("record", "housing_closed")
    fields = {**act.form.fields}
    fields.setdefault(_STATUS, _DEMOLISHED)
    refusals = [refusal(name, "not_now") for name in fields if name != _STATUS]
    if fields[_STATUS] != _DEMOLISHED:
        refusals.append(refusal(_STATUS, "not_now"))
    if refusals:
        raise Refused(refusals)
    before = housing.document()
    # What is let is let no more: a demolished flat cannot stay a rental one.
    ended = {_STATUS: _DEMOLISHED, **({"housing.is_rental": False} if before.get("housing.is_rental") else {})}
    changes = stored(judged_changes(before, ended, on=act.on))
    after = {**before, **changes}
    _live(housing, after)
    _renew(housing, after, act.at)
    return Done(housing, before, after, changes)


def _placed(fields: Mapping[str, Any], grid_code: str) -> dict[str, Any]:
    """The form's fields with the grid, so that the dictionary can hold codes and grid against each other."""
    if fields.get(_GRID) not in (None, "", grid_code):
        refuse(_GRID, "housing_elsewhere")
    return {**fields, _GRID: grid_code}


def _parts(building: Building) -> dict[str, Any]:
    """The levels of the address as the building has them: `12` typed is its `12号`."""
    inherited = buildings.inherited(building)
    return {name: value for name, value in inherited.items() if name in _PLACE}


def _unless(said: Stored, inherited: Stored) -> dict[str, Any]:
    """What a building says of use, structure and place, unless the flat's own entry said so."""
    return {name: value for name, value in inherited.items() if said.get(name) is None}


def _building(act: Act, housing: Record, before: Stored, changes: Stored) -> Building | None:
    """The building after the change: another one only by a correction, since a flat does not walk."""
    said = {name: changes[name] for name in _PLACE if changes.get(name) and changes[name] != before.get(name)}
    if not said or said == {buildings.CODE: housing.building_id}:
        return housing.building
    values = changes if buildings.CODE in said else {**before, **changes}
    building = buildings.chosen(typed(dict(values)), housing.grid_code)
    if building.pk != housing.building_id and act.form.action != Action.CORRECT:
        refuse(buildings.CODE, "use_correct")
    return building


def _free(building: Building, room_no: str, code: str | None, but: Record | None = None) -> None:
    """One record per room and per housing code."""
    if code:
        if not code.startswith(building.code) and not code.startswith("T") and not buildings.is_ours(building.code):
            refuse(_CODE, "code_elsewhere")
        locks.hold_code(code)
    taken = Record.objects.exclude(pk=but.pk) if but else Record.objects.all()
    existing = taken.filter(building_id=building.code, room_no=room_no).first()
    if existing is not None:
        refuse("housing.room_no", "room_taken", existing=existing.housing_code or existing.id)
    if code and taken.filter(housing_code=code).exists():
        refuse(_CODE, "code_taken")


def _live(housing: Record, after: Stored) -> None:
    """Nobody may live in a vacant or demolished flat."""
    if after.get(_STATUS) in ("2", _DEMOLISHED):
        living = Residency.objects.filter(housing=housing, is_open=True).count()
        if refused := occupied(after[_STATUS], living):
            raise Refused([refused])


def _renew(housing: Record, document: Stored, at: datetime) -> None:
    housing.version += 1
    _fill(housing, document, at)
    housing.save(update_fields=_COLUMNS)


def _fill(housing: Record, document: Stored, at: datetime) -> None:
    """The columns that follow from the document; the caller saves."""
    housing.sealed = sealing.seal_json(document, bound_to=housing.bound_to)
    housing.tokens = of_housing(document)
    housing.floor_no = document.get("housing.floor_no")
    housing.room_no = document["housing.room_no"]
    if document.get(_STATUS) != _DEMOLISHED:
        housing.closed_at = None
    elif housing.closed_at is None:
        housing.closed_at = at
