"""What the next person of a household may take over from somebody entered before: offered, and one tap each.

Nothing of a person is taken over by itself: whether a phone, a registered address or a guardian is the same is asked
(handbook, derivations D10 and D11). Values that are masked on every page stay on the server.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.conf import settings

from gridapp import dictionary
from gridapp.registry import homes
from gridapp.registry.models import Record, Residency

TAKEN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "hukou": (
        ("hukou_division", "hukou_division"),
        ("hukou_address", "hukou_address"),
        ("hukou_type", "hukou_type"),
    ),
    "phone": (("phone", "phone"),),
    "guardian": (
        ("guardian_name", "name"),
        ("guardian_phone", "phone"),
        ("guardian_id_number", "id_number"),
        ("phone", "phone"),
    ),
}
"""What is tapped -> (field of the new person, field of whom it is taken from). A child's phone is its guardian's."""

ASKED_AT = {"hukou": "hukou_division", "phone": "phone", "guardian": "guardian_name"}
"""Beside which field each is offered."""

BEGUN = ("residency.residency_kind", "residency.start_date", "inflow_date")
"""Stands in the form of the next person before anything is typed: they moved in together, or one of them says so."""

_ADULT = 18


def lender(person: Record, residency: Residency, *, on: date) -> dict[str, Any]:
    """What is known of whom the next person takes over from: the person entered before, or the head if that is a child.

    Canonical name -> value as stored; with `age` where it is known.
    """
    known = _of(person, residency, on)
    if known.get("age", _ADULT) >= _ADULT or residency.household_id is None:
        return known
    others = Residency.objects.filter(household=residency.household_id, is_open=True).exclude(resident=person)
    family = [
        _of(one.resident, one, on) for one in others.select_related("resident", "household").order_by("created_at")
    ]
    grown = [one for one in family if one.get("age", 0) >= _ADULT]
    grown.sort(key=lambda one: one.get("residency.relation_to_head") != "02")
    return grown[0] if grown else known


def begun(known: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the form begins with."""
    return {name: str(known[name]) for name in BEGUN if known.get(name)}


def offered(known: Mapping[str, Any]) -> list[str]:
    """What can be taken over at all: a child is nobody's guardian, and what is not known cannot be lent."""
    grown = known.get("age", 0) >= _ADULT
    return [
        one
        for one, pairs in TAKEN.items()
        if (grown or one == "hukou") and all(known.get(theirs) for _ours, theirs in pairs if theirs != "hukou_type")
    ]


def shared(known: Mapping[str, Any], taken: Collection[str], typed: Mapping[str, Any]) -> dict[str, Any]:
    """The values taken over: the household's number always, the others as tapped.

    A registered address belongs to its division: where another one is typed, the old address is not taken over.
    """
    found = {"household.household_no": known.get("household.household_no")}
    moved = typed.get("hukou_division") or known.get("hukou_division")
    for one in offered(known):
        if one in taken and (one != "hukou" or moved == known.get("hukou_division")):
            found |= {ours: known.get(theirs) for ours, theirs in TAKEN[one]}
    return {name: value for name, value in found.items() if value}


def settled(lent: Collection[str]) -> frozenset[str]:
    """The fields that need not be asked, for they are taken over; where that is tapped stays in sight."""
    return frozenset(lent) - {*ASKED_AT.values(), "household.household_no"}


def _of(person: Record, residency: Residency, on: date) -> dict[str, Any]:
    known = {**person.document(), **homes.document(residency)}
    age = dictionary.derive(
        {name: known[name] for name in ("id_type", "id_number") if name in known}, on=on, home_city=settings.HOME_CITY
    )
    return {**known, "age": age["age"]} if "age" in age else known
