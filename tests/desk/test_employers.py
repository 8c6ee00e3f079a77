"""Employers that are known already: those of the house stand there, those of the grid are found by a few letters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.delivery.submit import submit
from gridapp.desk.questions import Pick
from gridapp.org.models import User
from gridapp.registry import EntryForm
from gridapp.registry.models import Entry, Record, Residency
from tests.desk.cast import GRID, RESIDENT

pytestmark = pytest.mark.django_db

FOUND, NEW = "/entries/employers/", "/entries/new/resident/"
CODE, NAME = "9199010100000001AQ", "测试电子厂"


@pytest.fixture
def works(worker: User, flat: Record) -> Callable[..., Record]:
    """`works(code, name)`: somebody of room 301 who works there."""

    def entered(code: str = CODE, name: str = NAME, number: str = "990101199202290010") -> Record:
        fields = RESIDENT | {"employer_uscc": code, "employer_name": name, "id_number": number}
        form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, fields, housing=flat.id)
        return submit(form, by=worker).record

    return entered


def found(desk: Client, flat: Record, text: str) -> list[tuple[str, str]]:
    answer = desk.post(FOUND, {"housing": str(flat.id), "employer_uscc": text})
    assert answer.status_code == 200
    return list(answer.context["found"])


def picks(desk: Client, flat: Record, name: str) -> list[Pick]:
    page = desk.get(NEW, {"housing": str(flat.id)}).context["page"]
    question = next(one for group in page.groups for one in group.questions if one.name == name)
    return [*question.picks, *question.more_picks]


@pytest.mark.parametrize("text", ["测", "电子", "csdz", "dianzi", "9199", "9199010100000001aq", " 测试 "])
def test_an_employer_of_the_grid_is_found_by_a_part_of_it(
    desk: Client, flat: Record, works: Callable[..., Record], text: str
) -> None:
    works()

    assert found(desk, flat, text) == [(CODE, NAME)]


@pytest.mark.parametrize("text", ["", " ", "c", "9", "别家", "92", "x" * 10_000])
def test_nothing_is_found_for_nothing(desk: Client, flat: Record, works: Callable[..., Record], text: str) -> None:
    works()

    assert found(desk, flat, text) == []


def test_employers_of_another_grid_are_not_told(flat: Record, works: Callable[..., Record], other_worker: User) -> None:
    works()
    elsewhere = Client()
    elsewhere.force_login(other_worker)

    assert found(elsewhere, flat, "电子") == []


def test_one_tap_writes_code_and_name(desk: Client, flat: Record, works: Callable[..., Record]) -> None:
    works()

    said = desk.post(FOUND, {"housing": str(flat.id), "employer_uscc": "电子"}).content.decode()

    assert f'data-for="employer_uscc" data-fill="{CODE}" data-also="employer_name={NAME}"' in said


def test_who_was_entered_on_this_visit_is_taken_over_from_and_said_so(
    desk: Client, flat: Record, works: Callable[..., Record]
) -> None:
    works()

    assert [(one.fill, one.why) for one in picks(desk, flat, "residency.start_date")][1:] == [
        ("2024-03-10", "沿用上一条")
    ]
    assert next((one.fill, one.why) for one in picks(desk, flat, "employer_uscc")) == (CODE, "沿用上一条")


def test_a_visit_of_another_day_is_not_the_last_entry(desk: Client, flat: Record, works: Callable[..., Record]) -> None:
    works()
    Residency.objects.update(created_at=timezone.now() - timedelta(days=1))

    assert [one.fill for one in picks(desk, flat, "residency.start_date")] == ["today"]
    assert next((one.fill, one.why) for one in picks(desk, flat, "employer_uscc")) == (CODE, "")


def test_the_numbers_of_the_districts_own_firms_begin_alike(desk: Client, flat: Record) -> None:
    assert [(one.fill, one.begins) for one in picks(desk, flat, "employer_uscc")] == [
        ("91990101", True),
        ("92990101", True),
    ]


def test_a_relatives_number_may_begin_with_the_familys_registered_place(
    desk: Client, flat: Record, form_of: Callable[..., dict[str, Any]]
) -> None:
    after = str(desk.post(NEW, form_of(another="yes"))["Location"])

    page = desk.get(after).context["page"]
    number = next(one for group in page.groups for one in group.questions if one.name == "id_number")

    assert [(one.fill, one.begins) for one in number.picks] == [("440305", True)]
    assert number.value == ""
