"""Workbooks: what waits goes into one once, what comes back settles row by row, and twice does nothing more.

A scripted connector writes its workbook as JSON, so that these tests can answer in any way; the province's real one is
tried in tests/connectors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import pytest

from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    AlreadyThere,
    ByHand,
    Capabilities,
    Delivered,
    Inexpressible,
    Kind,
    Manual,
    Outcome,
    Parcel,
    Rejected,
    Sheet,
    Unknown,
    UnreadableError,
)
from gridapp.delivery import sheets, standing
from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.delivery.models import Sheet as Made
from gridapp.delivery.sheets import Unmade
from gridapp.org.models import Area, Role, User
from tests.delivery.conftest import Scripted, elsewhere

MakeDelivery = Callable[..., Delivery]
WORDS: dict[str, Outcome] = {
    "ok": Delivered("P-1"),
    "there": AlreadyThere(),
    "bad": Rejected("3102", "联系电话为空号", ("phone",)),
    "what": Unknown("行数不符"),
}


class Workbook(Scripted):
    """A target that takes JSON workbooks of at most 500 rows, a template for each beginning of a name."""

    capabilities = Capabilities(batch=500, by_hand=ByHand.WORKBOOK)
    refuses: ClassVar[str] = ""

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [Manual("by_hand", "等待导出到导入模板") for _ in parcels]

    def sheet_group(self, parcel: Parcel) -> str:
        return str(parcel.fields["name"])[:1]

    def sheet(self, parcels: Sequence[Parcel]) -> Sheet:
        if any(parcel.fields["name"] == self.refuses for parcel in parcels):
            raise Inexpressible("name", "含GBK字符集以外的字")
        return Sheet("导入.json", json.dumps([parcel.key for parcel in parcels]).encode(), "application/json")

    def read_sheet(self, sent: bytes, came_back: bytes) -> Sequence[Outcome]:
        keys, told = json.loads(sent), json.loads(came_back)
        if not isinstance(told, dict):
            raise UnreadableError("不是这份模板的回执")
        return [WORDS[told.get(key, "ok")] for key in keys][: len(told.get("only", keys))]


@pytest.fixture
def one(scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch) -> Configured:
    class Fresh(Workbook):
        target = scripted.target

    found = Configured(scripted.target, scripted.profile, Fresh)
    monkeypatch.setattr(configured_targets, "targets", lambda: [found])
    return found


@pytest.fixture
def clerk(db: None) -> User:
    user = User.objects.create(username="clerk", role=Role.SUPERVISOR)
    user.areas.set([Area.objects.create(code="990101001", name="测试街道")])
    return user


@pytest.fixture
def manual(make_delivery: MakeDelivery) -> MakeDelivery:
    def make(**columns: Any) -> Delivery:
        return make_delivery(**{"status": "manual", "due_at": None, "reason_code": "by_hand"} | columns)

    return make


def export(one: Configured, clerk: User) -> Made:
    made = sheets.export(one, Kind.RESIDENT, by=clerk)
    assert made is not None
    return made


def keys_in(sheet: Made) -> list[str]:
    found: list[str] = json.loads(sheets.content(sheet))
    return found


def answer(sheet: Made, *words: str, **more: Any) -> bytes:
    return json.dumps(dict(zip(keys_in(sheet), words, strict=False)) | more).encode()


def statuses(rows: Sequence[Delivery]) -> list[str]:
    return list(
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("status", flat=True)
    )


def test_what_waits_is_handed_out_under_the_ticket_of_its_row(
    one: Configured, clerk: User, manual: MakeDelivery
) -> None:
    rows = [manual(generation=2, wanted_version=5), manual()]

    sheet = export(one, clerk)

    first, second = Delivery.objects.order_by("pk")
    assert (sheet.rows, sheet.grid_code, sheet.made_by) == (2, "990101001001001", clerk)
    assert [row.ticket for row in (first, second)] == [sheet.ticket(1), sheet.ticket(2)]
    assert (first.status, first.track_at, first.maybe_sent) == (Status.SUBMITTED, None, True)
    assert (first.sent_version, first.sent_generation) == (5, 2)
    assert bytes(first.sent_digest or b"") == bytes(rows[0].wanted_digest or b"")
    assert Attempt.objects.filter(outcome="exported", by=clerk, action="create").count() == 2


def test_the_file_is_kept_sealed(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    manual()

    sheet = export(one, clerk)

    assert keys_in(sheet)[0].encode() not in bytes(sheet.sealed)


def test_what_is_handed_out_is_not_handed_out_again(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    manual()
    export(one, clerk)

    assert sheets.export(one, Kind.RESIDENT, by=clerk) is None


@pytest.mark.django_db(transaction=True)
def test_a_second_clerk_passes_over_the_rows_that_a_first_is_writing(
    one: Configured, clerk: User, manual: MakeDelivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, made = [manual() for _ in range(3)], list[Made | None]()
    write = Workbook.sheet

    def meanwhile(self: Workbook, parcels: Sequence[Parcel]) -> Sheet:
        monkeypatch.setattr(one.connector, "sheet", write)
        elsewhere(lambda: made.append(sheets.export(one, Kind.RESIDENT, by=clerk)))
        return write(self, parcels)

    monkeypatch.setattr(one.connector, "sheet", meanwhile)

    assert export(one, clerk).rows == 3
    assert made == [None]
    assert statuses(rows) == ["submitted"] * 3


def test_a_workbook_has_no_more_rows_than_a_batch(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    one.target.batch = 2
    rows = [manual() for _ in range(3)]

    assert export(one, clerk).rows == 2
    assert statuses(rows) == ["submitted", "submitted", "manual"]


def test_a_workbook_has_the_rows_of_one_template(
    one: Configured, clerk: User, make_record: Callable[..., Any], scripted: type[Scripted]
) -> None:
    for name in ("赵一", "钱二", "赵三"):
        Delivery.objects.create(
            record=make_record(name=name), target=scripted.target, status="manual", wanted_version=1,
            wanted_digest=b"x" * 20,
        )  # fmt: skip

    assert [export(one, clerk).rows for _ in range(2)] == [2, 1]


def test_what_a_workbook_cannot_hold_stays_with_the_clerk(
    one: Configured, clerk: User, make_record: Callable[..., Any], scripted: type[Scripted]
) -> None:
    assert one.connector is not None
    one.connector.refuses = "测䶮"  # type: ignore[attr-defined]
    rows = [
        Delivery.objects.create(
            record=make_record(name=name), target=scripted.target, status="manual", wanted_version=1,
            wanted_digest=b"x" * 20,
        )
        for name in ("测试甲", "测䶮", "测试乙")
    ]  # fmt: skip

    assert export(one, clerk).rows == 2
    assert statuses(rows) == ["submitted", "manual", "submitted"]


def test_rows_of_other_areas_are_in_nobody_elses_workbook(one: Configured, clerk: User, manual: MakeDelivery) -> None:
    far = manual()
    far.record.grid_code = "990101002001001"
    far.record.save(update_fields=["grid_code"])

    assert sheets.export(one, Kind.RESIDENT, by=clerk) is None


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
