"""What comes back for a workbook settles it row by row, and twice does nothing more."""

# ruff: noqa: F401, F811 - fixtures

from __future__ import annotations

import json

import pytest

from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind, UnreadableError
from gridapp.delivery import sheets, standing
from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.delivery.models import Sheet as Made
from gridapp.delivery.sheets import Unmade
from gridapp.org.models import Area, Role, User
from tests.delivery.conftest import Scripted
from tests.delivery.workbooks import MakeDelivery, answer, clerk, export, keys_in, manual, one, statuses


def test_three_bad_rows_of_420_become_three_returned_and_417_delivered(
    one: Configured, clerk: User, manual: MakeDelivery
) -> None:
    rows = [manual() for _ in range(420)]
    sheet = export(one, clerk)
    bad = {keys_in(sheet)[place]: "bad" for place in (0, 199, 419)}

    counts = sheets.take_back(sheet, one, json.dumps(bad).encode(), by=clerk)

    assert counts == {"delivered": 417, "rejected": 3}
    assert Delivery.objects.filter(status=Status.DELIVERED).count() == 417
    back = Delivery.objects.filter(status=Status.RETURNED).order_by("pk")
    assert [row.pk for row in back] == [rows[place].pk for place in (0, 199, 419)]
    assert {(row.reason, *row.fields) for row in back} == {("联系电话为空号", "phone")}


def test_the_same_answer_twice_moves_nothing_more(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    rows = [manual(), manual()]
    sheet = export(one, clerk)
    came_back = answer(sheet, "ok", "bad")
    sheets.take_back(sheet, one, came_back, by=clerk)
    tries = Attempt.objects.count()

    assert sheets.take_back(sheet, one, came_back, by=clerk) == {}

    assert statuses(rows) == ["delivered", "returned"]
    assert Made.objects.get(pk=sheet.pk).counts == {"delivered": 1, "rejected": 1}
    assert Attempt.objects.count() == tries


def test_a_row_whose_answer_does_not_fit_is_doubtful_until_a_right_answer_comes(
    one: Configured, clerk: User, manual: MakeDelivery
) -> None:
    rows = [manual(), manual()]
    sheet = export(one, clerk)

    first = sheets.take_back(sheet, one, answer(sheet, "ok", "what"), by=clerk)
    assert statuses(rows) == ["delivered", "uncertain"]
    same = sheets.take_back(sheet, one, answer(sheet, "ok", "what"), by=clerk)
    last = sheets.take_back(sheet, one, answer(sheet, "ok", "there"), by=clerk)

    assert (first, same, last) == ({"delivered": 1, "unknown": 1}, {}, {"alreadythere": 1})
    assert statuses(rows) == ["delivered", "delivered"]


def test_a_row_that_changed_meanwhile_is_told_the_newer(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    row = manual()
    sheet = export(one, clerk)
    Delivery.objects.filter(pk=row.pk).update(generation=2, wanted_digest=b"n" * 20, wanted_version=2)

    sheets.take_back(sheet, one, answer(sheet), by=clerk)

    done = Delivery.objects.get(pk=row.pk)
    assert (done.status, done.held_version) == (Status.WAITING, 1)


def test_a_file_that_is_no_answer_settles_nothing(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    row = manual()
    sheet = export(one, clerk)

    with pytest.raises(UnreadableError):
        sheets.take_back(sheet, one, b"[]", by=clerk)

    assert statuses([row]) == ["submitted"]


@pytest.mark.parametrize("came_back", [b"not even JSON", b'{"only": []}'])
def test_a_connector_that_breaks_over_a_file_settles_nothing(
    one: Configured, clerk: User, manual: MakeDelivery, came_back: bytes
) -> None:
    row = manual()
    sheet = export(one, clerk)

    with pytest.raises(Unmade):
        sheets.take_back(sheet, one, came_back, by=clerk)

    assert statuses([row]) == ["submitted"]


def test_a_workbook_that_nobody_uploaded_is_taken_back(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    row = manual()
    sheet = export(one, clerk)

    assert sheets.withdraw(sheet, one, by=clerk) == 1

    back = Delivery.objects.get(pk=row.pk)
    assert (back.status, back.ticket, back.maybe_sent, back.reason_code) == (Status.MANUAL, "", False, "by_hand")
    assert Made.objects.get(pk=sheet.pk).counts == {"withdrawn": 1}
    assert export(one, clerk).rows == 1


def test_a_workbook_whose_answer_came_is_not_taken_back(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    row = manual()
    sheet = export(one, clerk)
    sheets.take_back(sheet, one, answer(sheet, "what"), by=clerk)

    assert sheets.withdraw(sheet, one, by=clerk) == 0
    assert statuses([row]) == ["uncertain"]


def test_an_answer_to_a_workbook_that_was_taken_back_settles_nothing(
    one: Configured, clerk: User, manual: MakeDelivery
) -> None:
    row = manual()
    sheet = export(one, clerk)
    came_back = answer(sheet)
    sheets.withdraw(sheet, one, by=clerk)

    assert sheets.take_back(sheet, one, came_back, by=clerk) == {}
    assert statuses([row]) == ["manual"]


def test_the_record_says_that_it_stands_in_a_workbook(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    row = manual()
    export(one, clerk)

    (line,) = standing.of(row.record)

    assert (line.status, line.status_label, line.move) == ("submitted", "已交人工", "clerk")
    assert "导入模板" in line.reason


def test_who_may_see_a_workbook(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    manual()
    sheet = export(one, clerk)
    stranger = User.objects.create(username="stranger", role=Role.SUPERVISOR)
    stranger.areas.set([Area.objects.create(code="990101002", name="别的街道")])

    assert list(sheets.seen_by(clerk)) == [sheet]
    assert list(sheets.seen_by(stranger)) == []


def test_a_target_without_workbooks_makes_none(scripted: type[Scripted], clerk: User, manual: MakeDelivery) -> None:
    manual()

    with pytest.raises(Unmade):
        sheets.export(Configured(scripted.target, scripted.profile, scripted), Kind.RESIDENT, by=clerk)
