"""What stands on a door leads to one home of the user's areas, and to nobody else's."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gridapp.org.models import User
from gridapp.registry import door_codes, references, search
from gridapp.registry.models import Record
from tests import factories
from tests.registry.test_likeness import plan_of


@pytest.fixture
def code(home: Record) -> str:
    """The housing code that was given to the flat."""
    given = f"{home.building_id}000301"
    references.receive(home, {references.HOUSING_CODE: given}, source="FWBM")
    return given


def found(text: str, by: User) -> list[Record]:
    return door_codes.homes(text, by=by)


def test_the_whole_code_its_end_and_the_picture_lead_to_the_home(worker: User, home: Record, code: str) -> None:
    picture = f"https://grid.example/door/?k={door_codes.picture_key(home.id)}"

    assert found(code, worker) == [home]
    assert found(f" {code[:6]} {code[6:15]}-{code[15:]} ", worker) == [home]
    assert found(f"https://codes.example/plate?code={code}&v=2", worker) == [home]
    assert found(code[-8:], worker) == [home]
    assert found(f"{code[-8:-4]} {code[-4:]}", worker) == [home]
    assert found(picture, worker) == [home]


@pytest.mark.parametrize(
    "text", ["", "0", "1234567", "123456789", "x" * 600, "\0", "?k=" + "A" * 32, "门牌", "９９０１０１００"]
)
def test_what_is_no_code_leads_nowhere(worker: User, home: Record, code: str, text: str) -> None:
    assert found(text, worker) == []


def test_a_picture_of_somebody_else_is_not_believed(worker: User, home: Record) -> None:
    key = door_codes.picture_key(home.id)

    assert found(f"?k={key[:-2]}AA", worker) == []
    assert found(f"?k={door_codes.picture_key(uuid4())}", worker) == []


def test_another_grid_leads_nowhere(other_worker: User, home: Record, code: str) -> None:
    picture = f"?k={door_codes.picture_key(home.id)}"

    assert [found(text, other_worker) for text in (code, code[-8:], picture)] == [[], [], []]


def test_two_buildings_may_share_the_end_of_a_code(worker: User, home: Record, code: str) -> None:
    second = factories.flat(worker)
    Record.objects.filter(pk=second.pk).update(housing_code=f"{code[:10]}9{code[11:]}")

    assert {one.pk for one in found(code[-8:], worker)} == {home.pk, second.pk}


def test_the_end_of_a_code_is_looked_up_in_an_index(worker: User, home: Record, code: str) -> None:
    with CaptureQueriesContext(connection) as seen:
        found(code[-8:], worker)

    assert "record_short_code" in plan_of(seen[-1]["sql"])


def test_the_search_box_takes_codes_too(worker: User, home: Record, code: str) -> None:
    Record.objects.filter(pk=home.pk).update(housing_code=f"T{code[1:]}")
    assert search.search(f"T{code[1:]}", by=worker) == [home]
    assert search.search(code[-8:], by=worker) == [home]


def test_a_printer_is_given_a_line_a_home_and_nothing_personal(worker: User, home: Record, code: str) -> None:
    person = factories.resident(worker, home)
    written = io.StringIO()

    call_command("door_codes", home.grid_code[:12], "--site", "https://grid.example/", stdout=written)

    head, *lines = csv.reader(io.StringIO(written.getvalue()))
    assert head == ["address", "room", "housing_code", "picture"]
    assert [(line[1], line[2]) for line in lines] == [(home.room_no, code)]
    assert found(lines[0][3], worker) == [home]
    assert str(person.document()["name"]) not in written.getvalue()
