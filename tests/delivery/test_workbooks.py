"""What waits goes into a workbook once, and can be taken out of it again."""

# ruff: noqa: F401, F811 - fixtures

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind, Parcel, Sheet
from gridapp.delivery import sheets
from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.delivery.models import Sheet as Made
from gridapp.org.models import User
from tests.delivery.conftest import Scripted, elsewhere
from tests.delivery.workbooks import MakeDelivery, Workbook, clerk, export, keys_in, manual, one, statuses


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
