"""新增 of a resident: a new person, somebody who comes back, or somebody whose main home is in another grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from gridapp import sealing
from gridapp.org import scope

from . import homes, objections, tombstones
from .acts import Act, Done, Stored
from .changes import write
from .checks import RESIDENCY, RESIDENT, judged, none_of
from .documents import stored
from .identity import blind_identities
from .models import Record
from .refusals import Refused, refuse
from .search_tokens import of_resident

_LATER = (*homes.ENDED, "death_date")
_DOCUMENT = ("id_type", "id_number")


def create(act: Act) -> Done:
    """Registers a person at a housing unit. Raises Refused."""
    values = stored(_judged(act))
    identities = blind_identities(values["id_type"], values.get("id_number"))
    for identity in sorted(identities):
        act.books.hold(identity)
    rows = act.books.records(housing=act.form.housing, identities=identities)
    housing = homes.chosen(act, rows)
    person = next((row for row in rows if row.kind == Record.Kind.RESIDENT), None)
    if person is None:
        return _new_person(act, housing, values, next(iter(identities), None))
    return _known_person(act, housing, values, person)


def _judged(act: Act) -> dict[str, Any]:
    fields = act.form.fields
    if refusals := none_of(fields, _LATER, "use_close"):
        raise Refused(refusals)
    raw = {
        **fields,
        "id_type": fields.get("id_type") or "111",
        "name": fields.get("name") or foreign_name(fields),
    }
    return judged(raw, on=act.on, required=(*RESIDENT, *RESIDENCY))


def foreign_name(fields: Mapping[str, Any]) -> str | None:
    """The name of somebody without a Chinese one, as their document gives it: in capitals."""
    parts = (fields.get("foreign_surname"), fields.get("foreign_given_name"))
    return " ".join(part.upper() for part in parts if isinstance(part, str) and part) or None


def _new_person(act: Act, housing: Record, values: Stored, identity: bytes | None) -> Done:
    own = homes.part(values, "")
    person = Record(
        id=uuid4(),
        kind=Record.Kind.RESIDENT,
        grid_code=housing.grid_code,
        identity=identity,
        tokens=of_resident(own),
        verified_at=act.at,
    )
    person.sealed = sealing.seal_json(own, bound_to=person.bound_to)
    home = homes.start(act, person, housing, values)
    others = (housing.id, *home.housemates)
    return Done(person, {}, {**own, **home.document}, values, others, (person, *home.new))


def _known_person(act: Act, housing: Record, values: Stored, person: Record) -> Done:
    own = person.document()
    if own.get("death_date"):
        refuse("id_number", "died")
    residencies = homes.of(person)
    open_ones = [one for one in residencies if one.is_open]
    if any(one.housing_id == housing.id for one in open_ones):
        refuse("housing", "lives_here")
    if any(scope.allows(act.by, one.housing.grid_code) for one in open_ones):
        refuse("id_number", "lives_elsewhere")
    before = {**own, **homes.document(residencies[0] if residencies else None)}
    said = {name: value for name, value in homes.part(values, "").items() if name not in _DOCUMENT}
    if open_ones:
        stands = open_ones[0].housing_id
        return _contested(act, housing, values, person, own=own, said=said, before=before, stands=stands)
    if tombstones.is_under_way(person.pk):
        refuse("id_number", "being_deleted")
    person.grid_code, person.closed_at = housing.grid_code, None
    own |= said
    _renew(act, person, own)
    home = homes.start(act, person, housing, {**own, **values})
    others = (housing.id, *home.housemates)
    return Done(person, before, {**own, **home.document}, values, others, home.new)


def _contested(
    act: Act,
    housing: Record,
    values: Stored,
    person: Record,
    *,
    own: Stored,
    said: Stored,
    before: Stored,
    stands: UUID,
) -> Done:
    """B8: the main home is in another grid. The claim is kept for a supervisor; what that grid entered stands."""
    filled = {**said, **own}
    _renew(act, person, filled)
    home = homes.start(act, person, housing, {**filled, **values}, is_primary=False)
    claim = objections.claim(person, stands, home.residency, grid_code=housing.grid_code, by=act.by)
    return Done(person, before, {**before, **filled}, values, (housing.id,), (*home.new, claim))


def _renew(act: Act, person: Record, own: Stored) -> None:
    person.verified_at = max(filter(None, (person.verified_at, act.at)))
    write(person, own)
