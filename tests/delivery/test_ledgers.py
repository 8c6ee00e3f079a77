"""Rows of ledgers become entries and deliveries in the background: part by part, once, whatever is killed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from gridapp.delivery import keeping
from gridapp.delivery import ledgers as carrying
from gridapp.delivery.models import Delivery, Rank
from gridapp.delivery.submit import planned
from gridapp.delivery.tasks import carry_ledgers
from gridapp.org.models import User
from gridapp.registry import ledgers, ledgers_entering
from gridapp.registry.entries import Entered, enter
from gridapp.registry.models import Entry, Ledger, LedgerPart, LedgerRow, Record
from tests import factories
from tests.delivery.conftest import Scripted
from tests.registry.ledger_books import book, person

LONG = 60.0
pytestmark = pytest.mark.usefixtures("scripted")


@pytest.fixture
def people(db: None) -> factories.Cast:
    return factories.cast()


@pytest.fixture
def supervisor(people: factories.Cast) -> User:
    return people.supervisor


@pytest.fixture
def home_code(people: factories.Cast) -> str:
    home = factories.flat(people.worker)
    code = f"{home.building_id}000301"
    Record.objects.filter(pk=home.pk).update(housing_code=code)
    return code


def begun(by: User, *rows: Sequence[Any]) -> Ledger:
    ledger = ledgers.begin(book(*rows), by=by, name="台账.xlsx")
    assert ledgers.start(ledger)
    return ledger


def fresh(ledger: Ledger) -> Ledger:
    ledger.refresh_from_db()
    return ledger


def counts(ledger: Ledger) -> tuple[int, int, int, int, int]:
    fresh(ledger)
    return ledger.done, ledger.entered, ledger.same, ledger.aside, ledger.wrong


def other_phone(row: list[str]) -> list[str]:
    return [*row[:3], "13912340009", *row[4:]]


def test_rows_become_entries_and_deliveries_behind_what_is_entered_at_doors(
    supervisor: User, home_code: str, scripted: type[Scripted]
) -> None:
    rows = [person(home_code) for _ in range(45)]
    ledger = begun(supervisor, *rows, rows[0], other_phone(rows[1]), person(home_code, phone="12"))

    carrying.go_on(LONG)

    assert counts(ledger) == (48, 45, 1, 1, 1)
    assert ledger.stage == Ledger.Stage.DONE
    assert ledger.finished_at is not None
    sent = Delivery.objects.filter(target=scripted.target)
    assert sent.count() == 45
    assert set(sent.values_list("rank", flat=True)) == {Rank.BACKLOG}
    assert not LedgerPart.objects.exists()
    assert not carrying.due()


def test_nothing_begins_before_somebody_says_so(supervisor: User, home_code: str) -> None:
    ledger = ledgers.begin(book(person(home_code)), by=supervisor, name="x")

    assert not carrying.due()
    assert carrying.go_on(LONG) == 0
    assert fresh(ledger).done == 0


def test_whatever_is_killed_goes_on_where_it_was_and_nobody_is_doubled(
    supervisor: User, home_code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = begun(supervisor, *[person(home_code) for _ in range(ledgers.SLICE * 2 + 10)])
    calls = []

    def killed(*args: Any, **options: Any) -> None:
        calls.append(1)
        planned(*args, **options)
        if len(calls) == 2:
            raise KeyboardInterrupt  # everything of the part is written, nothing is committed

    monkeypatch.setattr(carrying, "planned", killed)

    with pytest.raises(KeyboardInterrupt):
        carrying.go_on(LONG)
    half = fresh(ledger).done, Entry.objects.filter(record__kind="resident").count(), LedgerPart.objects.count()
    carrying.go_on(LONG)

    assert half == (ledgers.SLICE, ledgers.SLICE, 2)
    assert counts(ledger) == (ledger.rows, ledger.rows, 0, 0, 0)
    assert Entry.objects.filter(record__kind="resident").count() == Delivery.objects.count() == ledger.rows


def test_a_part_that_is_there_twice_is_entered_once(supervisor: User, home_code: str) -> None:
    ledger = begun(supervisor, person(home_code))
    part = LedgerPart.objects.get()
    carrying.go_on(LONG)
    LedgerPart.objects.create(ledger=ledger, number=part.number, sealed=bytes(part.sealed))
    Ledger.objects.filter(pk=ledger.pk).update(stage=Ledger.Stage.RUNNING)

    carrying.go_on(LONG)

    assert Entry.objects.filter(record__kind="resident").count() == 1


def test_a_ledger_that_was_given_up_is_left_alone(supervisor: User, home_code: str) -> None:
    ledger = begun(supervisor, person(home_code))
    ledgers.drop(ledger)

    assert carrying.go_on(LONG) == 0
    assert not Entry.objects.filter(record__kind="resident").exists()


def test_a_row_that_breaks_is_one_row(
    supervisor: User, home_code: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [person(home_code, name=name) for name in ("测试甲", "测试乙", "测试丙")]

    def breaks(form: Any, *, by: User, **options: Any) -> Any:
        if form.fields["name"] == "测试乙":
            raise KeyError("a value of 测试乙")
        return enter(form, by=by, **options)

    monkeypatch.setattr(ledgers_entering, "enter", breaks)
    ledger = begun(supervisor, *rows)

    with caplog.at_level(logging.ERROR, "gridapp.delivery"):
        carrying.go_on(LONG)

    assert counts(ledger) == (3, 2, 0, 0, 1)
    assert ledgers.content(LedgerRow.objects.get())["refusals"][0]["code"] == "broken"
    assert "测试乙" not in caplog.text


def test_a_row_whose_plan_breaks_is_one_row(supervisor: User, home_code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(entered: Sequence[Entered], **options: Any) -> None:
        if any(one.record.document()["name"] == "测试乙" for one in entered):
            raise ValueError
        planned(entered, **options)

    monkeypatch.setattr(carrying, "planned", breaks)
    ledger = begun(supervisor, *[person(home_code, name=name) for name in ("测试甲", "测试乙", "测试丙")])

    carrying.go_on(LONG)

    assert counts(ledger) == (3, 2, 0, 0, 1)
    assert Entry.objects.filter(record__kind="resident").count() == Delivery.objects.count() == 2


@pytest.fixture
def differing(supervisor: User, home_code: str) -> Callable[[int], Ledger]:
    """`differing(3)`: a ledger that is done, three of whose people have another phone in the record."""

    def make(number: int) -> Ledger:
        rows = [person(home_code) for _ in range(number)]
        begun(supervisor, *rows)
        carrying.go_on(LONG)
        ledger = begun(supervisor, *map(other_phone, rows))
        carrying.go_on(LONG)
        return fresh(ledger)

    return make


def phones() -> list[str]:
    return [record.document()["phone"] for record in Record.objects.filter(kind="resident")]


def test_what_differs_is_taken_over_as_a_correction(supervisor: User, differing: Callable[[int], Ledger]) -> None:
    ledger = differing(1)
    row = LedgerRow.objects.get()

    assert ledger.undecided == 1
    assert carrying.decide(row, "taken", by=supervisor) == ()

    assert phones() == ["13912340009"]
    assert Entry.objects.latest("number").action == Entry.Action.CORRECT
    assert (fresh(ledger).taken, ledger.undecided, LedgerRow.objects.count()) == (1, 0, 0)
    assert carrying.decide(row, "taken", by=supervisor) == ()  # somebody was faster
    assert fresh(ledger).taken == 1


def test_what_differs_may_be_left_as_it_is(supervisor: User, differing: Callable[[int], Ledger]) -> None:
    ledger = differing(1)
    before = phones()

    carrying.decide(LedgerRow.objects.get(), "kept", by=supervisor)

    assert phones() == before
    assert (fresh(ledger).kept, LedgerRow.objects.count()) == (1, 0)


def test_what_cannot_be_taken_over_says_why_and_waits(supervisor: User, differing: Callable[[int], Ledger]) -> None:
    differing(1)
    row = LedgerRow.objects.get()
    assert row.record is not None
    body = factories.act(row.record, "correct", phone="13912340001")
    factories.submit(supervisor, body)

    refused = carrying.decide(row, "taken", by=supervisor)

    assert [one.code for one in refused] == ["changed_meanwhile"]
    assert phones() == ["13912340001"]
    assert LedgerRow.objects.exists()


def test_many_are_decided_at_once_by_a_task(
    supervisor: User, differing: Callable[[int], Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = differing(3)
    monkeypatch.setattr(carry_ledgers, "apply_async", lambda *args, **options: None)  # no broker here

    assert carrying.decide_all(ledger, "taken", by=supervisor) == 3
    assert carrying.due()
    carry_ledgers(LONG)

    assert phones() == ["13912340009"] * 3
    assert fresh(ledger).taken == 3
    assert not carrying.due()


def test_who_lives_elsewhere_moves_when_the_ledger_is_believed(
    people: factories.Cast, supervisor: User, home_code: str
) -> None:
    known = factories.resident(people.worker)
    document = known.document()
    told = {name: document[name] for name in ("name", "id_number", "phone")}
    begun(supervisor, person(home_code, **told, since="2024-05-01"))
    carrying.go_on(LONG)

    assert carrying.decide(LedgerRow.objects.get(), "taken", by=supervisor) == ()

    home = known.residencies.get(is_open=True)
    assert home.housing.housing_code == home_code
    assert Entry.objects.latest("number").action == Entry.Action.MOVE


def test_who_is_another_person_after_all_is_entered(people: factories.Cast, supervisor: User, home_code: str) -> None:
    known = factories.resident(people.worker, name="测试某").document()
    begun(supervisor, person(home_code, name="测试某", phone=known["phone"]))
    carrying.go_on(LONG)

    assert carrying.decide(LedgerRow.objects.get(), "taken", by=supervisor) == ()

    assert [one.document()["name"] for one in Record.objects.filter(kind="resident")] == ["测试某"] * 2


def test_what_is_left_of_a_ledger_goes_after_a_month(supervisor: User, home_code: str) -> None:
    ledger = begun(supervisor, person(home_code, phone="12"))
    carrying.go_on(LONG)
    forgotten = ledgers.begin(book(person(home_code)), by=supervisor, name="x")

    keeping.tidy()
    kept = LedgerRow.objects.count(), LedgerPart.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_ledger SET finished_at = finished_at - interval '31 days', "
                       "made_at = made_at - interval '31 days'")  # fmt: skip
    keeping.tidy()

    assert kept == (1, 1)
    assert (LedgerRow.objects.count(), LedgerPart.objects.count()) == (0, 0)
    assert {fresh(ledger).stage, fresh(forgotten).stage} == {"done", "columns"}
