"""Who belongs to one household: the people of one flat under one household number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from gridapp import sealing

from .acts import Stored
from .books import ONE_BY_ONE, Books
from .identity import canonical
from .models import Household

_HEAD = "02"
_OF_HEAD = {
    "household.head_name": "name",
    "household.head_id_number": "id_number",
    "household.head_phone": "phone",
}


@dataclass(frozen=True, slots=True)
class Joined:
    """The household somebody belongs to, its values, and whether it is a new one (not saved yet)."""

    household: Household
    values: Stored
    is_new: bool


def join(housing_id: UUID, member: Stored, books: Books = ONE_BY_ONE) -> Joined | None:
    """The household a person belongs to at a flat: the one with their household number, else the only one there.

    `member`: the person's whole document. A new household where none fits; None where nothing is known of it. What the
    person's entry says of the household becomes its own.
    """
    said = _said(member)
    relation = member.get("residency.relation_to_head")
    if not said and not relation:
        return None
    known = [(one, _document(one)) for one in books.households(housing_id)]
    number = said.get("household.household_no")
    if number:
        fitting = [pair for pair in known if pair[1].get("household.household_no") in (number, None)]
        fitting.sort(key=lambda pair: pair[1].get("household.household_no") is None)
    else:
        fitting = known if len(known) == 1 and relation != _HEAD else []
    if not fitting:
        return _made(housing_id, said)
    household, document = fitting[0]
    values = {**document, **said}
    write(household, values, books)
    return Joined(household, values, is_new=False)


def join_now(housing_id: UUID, member: Stored) -> Household | None:
    """The same, saved at once."""
    joined = join(housing_id, member)
    if joined and joined.is_new:
        joined.household.save(force_insert=True)
    return joined.household if joined else None


def write(household: Household, document: Stored, books: Books = ONE_BY_ONE) -> bool:
    """Keeps what is now known of the household; True if something is new."""
    if document == _document(household):
        return False
    household.sealed = sealing.seal_json(document, bound_to=household.bound_to)
    books.keep(household)
    return True


def with_head(document: Stored, member: Stored) -> dict[str, Any]:
    """The household's values with name, document and phone of its head, where `member` is the head (derivation D10)."""
    if member.get("residency.relation_to_head") != _HEAD:
        return dict(document)
    filled = {ours: member[theirs] for ours, theirs in _OF_HEAD.items() if member.get(theirs)}
    if canonical(member.get("id_type", "")) != "111":
        filled.pop("household.head_id_number", None)  # the field takes a citizen's number only
    return {**document, **filled}


def _said(member: Stored) -> dict[str, Any]:
    return with_head({name: value for name, value in member.items() if name.startswith("household.")}, member)


def _made(housing_id: UUID, document: Stored) -> Joined:
    household = Household(id=uuid4(), housing_id=housing_id)
    household.sealed = sealing.seal_json(document, bound_to=household.bound_to)
    return Joined(household, document, is_new=True)


def _document(household: Household) -> dict[str, Any]:
    opened: dict[str, Any] = sealing.unseal_json(household.sealed, bound_to=household.bound_to)
    return opened
