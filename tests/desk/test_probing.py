"""Trying numbers one after the other, entering nobody: after thirty in an hour no more is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from gridapp.org.models import Throttled, User
from gridapp.registry.models import Entry, Record
from tests.desk.tablets import Tablet
from tests.factories import id_number

Form = Callable[..., dict[str, Any]]
TRYING = {"x-tablet": "1", "x-hold": "1"}


@pytest.fixture
def few(settings: Any) -> None:
    settings.THROTTLES = settings.THROTTLES | {"exists": "3/3600/3600"}


def ask(desk: Client, form_of: Form) -> int:
    return desk.post("/entries/new/resident/", form_of(id_number=id_number()), headers=TRYING).status_code


def test_who_only_asks_is_told_no_more_and_it_is_noted_once(desk: Client, form_of: Form, few: None) -> None:
    answers = [ask(desk, form_of) for _number in range(6)]

    assert answers == [200, 200, 200, 429, 429, 429]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_note WHERE act = 'exists.throttled'")
        assert cursor.fetchone() == (1,)


def test_a_worker_who_enters_whom_they_asked_about_never_meets_it(
    worker: User, flat: Record, form_of: Form, few: None
) -> None:
    tablet = Tablet.of(worker)
    for _number in range(8):
        form = form_of(id_number=id_number())
        tried = tablet.client.post("/entries/new/resident/", form, headers=TRYING)
        sent = tablet.send("/entries/new/resident/", form)
        assert (tried.status_code, sent.status_code) == (200, 201)

    assert Entry.objects.filter(by=worker, record__kind="resident").count() == 8
    assert not Throttled.objects.filter(kind="exists", tries__gt=0).exists()


def test_forms_without_a_script_are_counted_where_they_tell_of_somebody_elsewhere(
    desk: Client, form_of: Form, resident: Record, few: None
) -> None:
    for _number in range(5):
        assert desk.post("/entries/new/resident/", form_of(id_number=id_number())).status_code == 302
    wrong = [desk.post("/entries/new/resident/", form_of(id_number="990101199202290011")) for _number in range(5)]

    assert {one.status_code for one in wrong} == {422}
    assert all("试得太多了" not in one.content.decode() for one in wrong)


def test_a_form_that_waits_too_long_says_when_to_come_back(desk: Client, form_of: Form, few: None) -> None:
    for _number in range(3):
        ask(desk, form_of)

    page = desk.post("/entries/new/resident/", form_of(id_number=id_number(), entry_id=str(uuid4())))
    told = desk.post("/entries/new/resident/", form_of(id_number=id_number()), headers=TRYING)

    assert page.status_code == 422
    assert "试得太多了" in page.content.decode()
    assert (told.json()["reason"], told.headers["Retry-After"].isdecimal()) == ("wait", True)
