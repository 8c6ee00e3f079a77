"""Where a person lives: finding the home, opening, ending and choosing among residencies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Model
from django.utils import timezone

from gridapp import sealing
from gridapp.org import scope

from .acts import Act, Stored
from .books import ONE_BY_ONE
from .households import join
from .models import Household, Objection, Record, Residency
from .refusals import refuse

ENDED = ("residency.end_date", "residency.end_reason")


def chosen(act: Act, rows: Iterable[Record]) -> Record:
    """The housing unit the form names, among the locked rows. Raises Refused on `housing`."""
    if act.form.housing is None:
        refuse("housing", "missing")
    housing = next((row for row in rows if row.kind == Record.Kind.HOUSING), None)
    if housing is None or not scope.allows(act.by, housing.grid_code):
        refuse("housing", "no_such_housing")
    if housing.grid_code != act.form.grid_code:
        refuse("housing", "housing_elsewhere")
    if housing.closed_at is not None:
        refuse("housing", "housing_closed")
    return housing


def of(person: Record) -> list[Residency]:
    """All residencies of a person with their households and the grids of the housing: the one that counts first."""
    found = Residency.objects.filter(resident=person).select_related("household", "housing")
    found = found.defer("housing__sealed", "housing__tokens")
    return list(found.order_by("-is_open", "-is_primary", "-created_at"))


def main(residencies: Sequence[Residency]) -> Residency | None:
    """The open main home, None where nobody says where the person lives."""
    return next((one for one in residencies if one.is_open and one.is_primary), None)


def document(residency: Residency | None) -> dict[str, Any]:
    """The residency's own values and its household's, as stored."""
    if residency is None:
        return {}
    known: dict[str, Any] = sealing.unseal_json(residency.sealed, bound_to=residency.bound_to)
    if residency.household is not None:
        known |= sealing.unseal_json(residency.household.sealed, bound_to=residency.household.bound_to)
    return known


def part(values: Stored, entity: str) -> dict[str, Any]:
    """The values of one entity: `residency`, `household`, or "" for the person's own."""
    if not entity:
        return {name: value for name, value in values.items() if "." not in name}
    return {name: value for name, value in values.items() if name.startswith(f"{entity}.")}


@dataclass(frozen=True, slots=True)
class Started:
    """A residency that begins. `document`: its values with the household's; `new`: its rows, not saved yet."""

    residency: Residency
    document: dict[str, Any]
    new: tuple[Model, ...]
    housemates: tuple[UUID, ...]


def start(act: Act, person: Record, housing: Record, member: Stored, *, is_primary: bool = True) -> Started:
    """A new open residency. `member`: the person's whole document."""
    joined = join(housing.id, member, act.books)
    residency = Residency(
        id=uuid4(),
        resident=person,
        housing=housing,
        household=joined.household if joined else None,
        is_primary=is_primary,
        is_contested=not is_primary,
        verified_at=act.at,
    )
    own = {"residency.source": "grid", **part(member, "residency")}
    seal(residency, own)
    if joined is None:
        return Started(residency, own, (residency,), ())
    known = {**own, **joined.values}
    if joined.is_new:
        return Started(residency, known, (joined.household, residency), ())
    return Started(residency, known, (residency,), act.books.housemates(joined.household, person))


def end(residency: Residency, said: Stored) -> None:
    """Closes one residency with residency.end_date and residency.end_reason."""
    own: dict[str, Any] = sealing.unseal_json(residency.sealed, bound_to=residency.bound_to)
    seal(residency, {**own, **{name: said[name] for name in ENDED if name in said}})
    _nothing_to_decide(residency)
    residency.is_open = False
    residency.is_contested = False
    residency.save(update_fields=["sealed", "is_open", "is_contested"])


def promote(residency: Residency) -> None:
    """Makes one open residency the main home; whoever was main is closed before."""
    _nothing_to_decide(residency)
    residency.is_primary = True
    residency.is_contested = False
    residency.save(update_fields=["is_primary", "is_contested"])


def demote(residency: Residency) -> None:
    """Leaves an open residency as a second home that nobody disputes."""
    residency.is_primary = False
    residency.is_contested = False
    residency.save(update_fields=["is_primary", "is_contested"])


def _nothing_to_decide(residency: Residency) -> None:
    """A claimed home that is closed, or has become the main one: nobody has to decide about it any more."""
    if residency.is_contested:
        claims = Objection.objects.filter(residency=residency, decided_at=None)
        claims.update(status=Objection.Status.OVER, decided_at=timezone.now())


def seal(residency: Residency, values: Stored) -> None:
    """Sets the column; the caller saves."""
    residency.sealed = sealing.seal_json(values, bound_to=residency.bound_to)


def housemates(household: Household | None, person: Record) -> tuple[UUID, ...]:
    """The other people who live in the household now: their views carry its values too."""
    if household is None:
        return ()
    return ONE_BY_ONE.housemates(household, person)
