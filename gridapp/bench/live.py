"""What a page asks while somebody types: the check of a form, who is on file like that, and the search before it.

By the real views in this process, as in standing.py; each question of somebody else, compressed as for a browser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count, cycle
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gridapp import dictionary
from gridapp.dictionary.documents import check_digit
from gridapp.org.models import User
from gridapp.registry import alike
from gridapp.registry.models import Building

from . import load
from .copies import STRANGERS, one_s_own
from .filling import Filled
from .standing import Person, Took, measure, people, posted, searches, signed_in

BUDGET = 50
"""Milliseconds that a worker's next letter may have to wait."""

Form = Mapping[str, Any]
_strangers = count(STRANGERS)


def asked(filled: Filled, *, calls: int) -> Iterator[Took]:
    """Everything that is asked between two letters, of a worker of a grid and of who oversees all of it."""
    known = people(filled, calls)
    above = signed_in(User.objects.get(username="chief"))
    for role, client in (("worker", None), ("chief", above)):
        for what, form in FORMS.items():
            turn = cycle(known)

            def check(turn: Any = turn, form: Any = form, client: Client | None = client) -> None:
                one = next(turn)
                _checked(client or one.client, "resident", form(one))

            yield measure(f"check by a {role}: {what}", check, calls=calls, budget=BUDGET)
    turn = cycle(known)
    yield measure("check by a worker: a flat", partial(_flat, turn), calls=calls, budget=BUDGET)
    yield from _alike(known, calls)
    yield from searches(known, calls)


def _checked(client: Client, kind: str, form: Form) -> None:
    posted(client, reverse("desk:check", args=[kind]), form)


def _begun(one: Person, **fields: Any) -> Form:
    """What stands in the form of a new resident of their home."""
    return {"entry_id": str(uuid4()), "housing": one.housing, "id_type": "111", **fields}


def _stranger(one: Person) -> Form:
    return _begun(one, id_number=one_s_own(next(_strangers))["id_number"])


def _on_file(one: Person) -> Form:
    return _begun(one, id_number=one.document["id_number"])


def _name_alone(one: Person) -> Form:
    return _begun(one, name=one.document["name"])


def _surname(one: Person) -> Form:
    return _begun(one, id_number=_born_like(one), name=one.document["name"][:1])


def _namesake(one: Person) -> Form:
    """Of the same name and birth date, so that the worker is asked."""
    return _begun(one, id_number=_born_like(one), name=one.document["name"])


def _whole(one: Person) -> Form:
    entry = next(load.people(1, [one.housing]))
    residency = {f"residency.{name}": value for name, value in entry["residency"].items()}
    return _begun(one, **entry["fields"] | one_s_own(next(_strangers)) | residency)


def _next_of_the_household(one: Person) -> Form:
    return dict(_whole(one)) | {"after": str(one.record.id), "residency.relation_to_head": "", "take": "hukou"}


FORMS: Mapping[str, Callable[[Person], Form]] = {
    "a number": _stranger,
    "a number on file": _on_file,
    "a name": _name_alone,
    "a number and a surname": _surname,
    "a namesake of the same age": _namesake,
    "a whole form": _whole,
    "the next of a household": _next_of_the_household,
}
"""What stands in the form of a new resident by now."""


def _born_like(one: Person) -> str:
    """A number that nobody has, of somebody born on the same day."""
    first17 = f"{one.document['id_number'][:14]}999"
    return first17 + check_digit(first17)


def _flat(turn: Any) -> None:
    one = next(turn)
    building = Building.objects.filter(grid_code=one.record.grid_code).values_list("code", flat=True)[0]
    place = {"entry_id": str(uuid4()), "building": building, "floor": "3", "room_no": "3A"}
    fields = {
        "house_form": "1",
        "housing_status": "1",
        "owner_type": "1",
        "is_rental": "true",
        "owner_name": "测试房主",
    }
    _checked(one.client, "housing", place | {f"housing.{name}": value for name, value in fields.items()})


def _alike(known: list[Person], calls: int) -> Iterator[Took]:
    """Without the page around it: who is on file with this number, and who else may be meant."""
    for role in ("worker", "chief"):
        turn = cycle(known)

        def compare(turn: Any = turn, role: str = role) -> None:
            one = next(turn)
            by = User.objects.get(username=role) if role == "chief" else _worker_of(one)
            typed = {"id_type": "111", "id_number": _born_like(one), "name": one.document["name"]}
            view = dictionary.derive(typed, on=timezone.localdate(), home_city="")
            if alike.same_document(view, by=by) or not alike.perhaps(view, by=by, entry_id=uuid4()):
                raise ValueError("a namesake is not found")

        yield measure(f"alike by a {role}: a namesake of the same age", compare, calls=calls, budget=BUDGET)


def _worker_of(one: Person) -> User:
    return User.objects.get(areas=one.record.grid_code)
