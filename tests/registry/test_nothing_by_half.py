"""A refusal leaves nothing behind, and nothing that is kept can be read without the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from gridapp.org.models import User
from gridapp.registry import EntryForm, OutOfScope, Refused, enter
from gridapp.registry.models import Record
from tests import factories
from tests.factories import BuildingFactory, act, flat_body, resident_body, submit

pytestmark = pytest.mark.django_db

TABLES = ("building", "record", "formerdocument", "entry", "household", "residency", "reference")


def contents() -> dict[str, list[Any]]:
    """Every row of the registry, as text."""
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM registry_{table} t ORDER BY 1")
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


REFUSED: dict[str, Callable[[Record, Record], dict[str, Any]]] = {
    "a person with a wrong number": lambda person, home: resident_body(home, id_number="990101199202290011"),
    "a person who lives here": lambda person, home: resident_body(home, id_number=person.document()["id_number"]),
    "a change of another's document": lambda person, home: act(person, "change", id_number="990101199202290037"),
    "a change to a filler phone": lambda person, home: act(person, "change", phone="13800000000", occupation="电工"),
    "a move to nowhere": lambda person, home: act(
        person, "move", housing="9901010010010000001000301", residency__residency_kind="2",
        residency__start_date="2024-05-01",
    ),
    "a move before the old home": lambda person, home: act(
        person, "move", housing=str(home.id), residency__residency_kind="2", residency__start_date="2020-05-01"
    ),
    "a departure without a reason": lambda person, home: act(person, "close"),
    "a verification with a change": lambda person, home: act(person, "verify", phone="13912349999"),
    "a flat without a form": lambda person, home: flat_body(home.building or BuildingFactory.create(), house_form=""),
    "a flat in a new building without a place": lambda person, home: flat_body(
        home.building or BuildingFactory.create(), building_code="", road="新开路", door_no="8号", building_use="01"
    ),
    "a flat of the same number": lambda person, home: flat_body(
        home.building or BuildingFactory.create(), room_no=home.room_no
    ),
    "an end of a flat that is lived in": lambda person, home: act(home, "close"),
    "a record that is not there": lambda person, home: act(person, "change", phone="13912349999")
    | {"record": "00000000-0000-4000-8000-000000000000"},
}  # fmt: skip


@pytest.mark.parametrize("name", [*REFUSED])
def test_a_refusal_leaves_nothing_even_in_a_transaction_that_goes_on(worker: User, home: Record, name: str) -> None:
    person = factories.resident(worker, home, relation_to_head="02")
    body = REFUSED[name](person, home)
    before = contents()

    with transaction.atomic(), pytest.raises((Refused, OutOfScope)):
        enter(EntryForm.parse(body), by=worker)

    assert contents() == before


def test_nothing_of_a_person_can_be_read_in_the_database(worker: User, other_worker: User, far_home: Record) -> None:
    building = BuildingFactory.create()
    owner = {"owner_name": "欧阳房东", "owner_phone": "13812340001", "owner_id_number": "99010119380815004X"}
    home = submit(worker, flat_body(building, **owner, owner_id_type="111")).record
    clear = {
        "id_number": "990101199202290010", "name": "司马秘密", "phone": "13812340002", "hukou_address": "秘密大道128号",
        "guardian_name": "诸葛监护", "guardian_phone": "13812340003", "household_no": "H0012345",
        "relation_to_head": "02",
    }  # fmt: skip
    person = factories.resident(worker, home, **clear)
    submit(worker, act(person, "change", phone="13812340004"))
    submit(worker, act(person, "correct", id_number="990101199202290037"))
    factories.resident(other_worker, far_home, id_number="990101199202290037", name="司马别名")
    submit(worker, act(person, "close", residency__end_reason="2"))

    kept = "\n".join(row for rows in contents().values() for row in rows)

    secrets = {*owner.values(), *clear.values(), "13812340004", "990101199202290037", "司马别名"} - {"02"}
    assert [secret for secret in secrets if secret in kept or secret.encode().hex() in kept] == []
