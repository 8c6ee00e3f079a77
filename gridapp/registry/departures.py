"""注销 of a resident: somebody left, died, or was never there. The person stays on record, the residency ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.timezone import localdate

from gridapp.org import scope

from . import homes, locks
from .acts import Act, Done, Stored
from .changes import write
from .checks import judged_changes
from .documents import stored
from .forms import Kind
from .models import Record, Residency
from .refusals import OutOfScope, Refused, refusal, refuse

_DEATH = "3"  # table residency_end_reason
_SAID = frozenset({*homes.ENDED, "death_date"})


def close(act: Act) -> Done:
    """Ends the residency that the form means; a death ends all of them. Raises Refused, OutOfScope."""
    person, residencies = reached(act)
    residency = meant(act, residencies)
    own = person.document()
    before = {**own, **homes.document(residencies[0])}
    said = _said(act, own, residency)
    died = said["residency.end_reason"] == _DEATH
    for one in residencies:
        if one.is_open and (died or one.pk == residency.pk):
            homes.end(one, said)
    remaining = [one for one in residencies if one.is_open]
    if died:
        own["death_date"] = said["death_date"]
    _settle(act, person, remaining, own)
    shown = (remaining or homes.of(person))[0]
    ended = {one.housing_id for one in residencies} - {one.housing_id for one in remaining}
    return Done(person, before, {**own, **homes.document(shown)}, said, tuple(ended))


def reached(act: Act) -> tuple[Record, list[Residency]]:
    """The locked person and their residencies: of the user's grids, or living at a housing unit there."""
    rows = locks.records(act.form.record)
    if not rows or rows[0].kind != Kind.RESIDENT:
        raise OutOfScope
    residencies = homes.of(rows[0])
    here = any(one.is_open and scope.allows(act.by, one.housing.grid_code) for one in residencies)
    if not here and not scope.allows(act.by, rows[0].grid_code):
        raise OutOfScope
    if rows[0].closed_at is not None or not residencies:
        refuse("record", "not_living")
    return rows[0], residencies


def meant(act: Act, residencies: Sequence[Residency]) -> Residency:
    """The open residency that an act is about: at the form's housing, else the main home, inside the user's grids."""
    mine = [one for one in residencies if one.is_open and scope.allows(act.by, one.housing.grid_code)]
    wanted = act.form.housing
    if wanted is not None:
        mine = [one for one in mine if wanted in (one.housing_id, one.housing.housing_code)]
    if not mine:
        refuse("housing" if wanted is not None else "record", "not_living")
    return mine[0]


def _said(act: Act, own: Stored, residency: Residency) -> dict[str, Any]:
    """The end date (the day of the entry where none is given), the reason, and the date of death."""
    fields = dict(act.form.fields)
    refusals = [refusal(name, "not_now") for name in fields if name not in _SAID]
    if fields.get("death_date") and not fields.get("residency.end_reason"):
        fields["residency.end_reason"] = _DEATH
    if fields.get("residency.end_reason") in (None, ""):
        refusals.append(refusal("residency.end_reason", "missing"))
    elif fields.get("death_date") and fields["residency.end_reason"] != _DEATH:
        refusals.append(refusal("residency.end_reason", "death_without_reason"))
    if refusals:
        raise Refused(refusals)
    died = fields["residency.end_reason"] == _DEATH
    day = fields.get("residency.end_date") or (died and fields.get("death_date")) or localdate(act.at)
    fields["residency.end_date"] = day
    if died:
        fields["death_date"] = fields.get("death_date") or day
    known = {**own, **homes.part(homes.document(residency), "residency")}
    return stored(judged_changes(known, fields, on=act.on))


def _settle(act: Act, person: Record, remaining: Sequence[Residency], own: Stored) -> None:
    """Whoever has a home left has their main one there and belongs to its grid; the others' record is closed."""
    if not remaining:
        person.closed_at = act.at
    elif homes.main(remaining) is None:
        homes.promote(remaining[0])
        person.grid_code = remaining[0].housing.grid_code
    write(person, own)
