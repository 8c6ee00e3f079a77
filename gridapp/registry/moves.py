"""迁移 of a resident: the old home ends and the new one begins in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gridapp.org import scope

from . import homes, households, locks
from .acts import Act, Done, Stored
from .changes import write
from .checks import RESIDENCY, RESIDENT, judged_changes, none_of
from .documents import stored
from .forms import Kind
from .models import Record, Residency
from .rebase import rebased
from .refusals import OutOfScope, Refused, refusal, refuse

_INSIDE_THE_CITY = "1"  # table residency_end_reason
_OF_THE_DOCUMENT = ("id_type", "id_number")


def move(act: Act) -> Done:
    """Lets a person live at another housing unit of the user's grids. Raises Refused, OutOfScope."""
    rows = locks.records(act.form.record, housing=act.form.housing)
    person = next((row for row in rows if row.pk == act.form.record and row.kind == Kind.RESIDENT), None)
    if person is None or not scope.allows(act.by, person.grid_code):
        raise OutOfScope
    housing = homes.chosen(act, rows)
    residencies = homes.of(person)
    old = homes.main(residencies)
    if old is None:
        refuse("record", "not_living")
    if old.housing_id == housing.pk:
        refuse("housing", "same_home")
    own = person.document()
    before = {**own, **homes.document(old)}
    member = _member(act, person, own, before)
    _leave(old, homes.part(before, "residency"), member)
    new = _arrive(act, person, housing, residencies, member)
    person.grid_code = housing.grid_code
    person.verified_at = max(filter(None, (person.verified_at, act.at)))
    own = homes.part(member, "")
    write(person, own)
    others = (old.housing_id, housing.id, *homes.housemates(old.household, person), *new.housemates)
    return Done(person, before, {**own, **new.document}, member, others, new.new)


def _member(act: Act, person: Record, own: Stored, before: Stored) -> dict[str, Any]:
    """The person's document with the new residency's values: nothing of the old one is taken over."""
    fields = act.form.fields
    refusals = none_of(fields, (*homes.ENDED, "death_date"), "use_close")
    refusals += none_of(fields, _OF_THE_DOCUMENT, "not_now")
    refusals += [refusal(name, "missing") for name in RESIDENCY if fields.get(name) in (None, "")]
    if refusals:
        raise Refused(refusals)
    values = judged_changes(own, fields, on=act.on, required=RESIDENT)
    known = stored(values)
    of_the_person = {name: known.get(name) for name in values if "." not in name}
    of_the_home = {name: value for name, value in known.items() if "." in name}
    changes = {**of_the_home, **rebased(person, own, of_the_person, act.form.base_version)}
    if str(changes["residency.start_date"]) < str(before.get("residency.start_date", "")):
        refuse("residency.start_date", "before_the_old")
    return {name: value for name, value in {**own, **changes}.items() if value is not None}


def _leave(old: Residency, residency: Stored, member: Stored) -> None:
    day = member["residency.start_date"]
    homes.end(old, {**residency, "residency.end_date": day, "residency.end_reason": _INSIDE_THE_CITY})


def _arrive(
    act: Act, person: Record, housing: Record, residencies: Sequence[Residency], member: Stored
) -> homes.Started:
    """The new main home: a second home that becomes the first, or a new residency."""
    second = next((one for one in residencies if one.is_open and one.housing_id == housing.pk), None)
    if second is None:
        return homes.start(act, person, housing, member)
    homes.seal(second, homes.part(member, "residency"))
    second.household = second.household or households.join_now(housing.pk, member)
    second.verified_at = act.at
    second.save(update_fields=["sealed", "household", "verified_at"])
    homes.promote(second)
    return homes.Started(second, homes.document(second), (), homes.housemates(second.household, person))
