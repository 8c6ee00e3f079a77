"""People of a ledger who arrive together become what they would have become one by one: same checks, same rows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, islice
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridapp import sealing
from gridapp.delivery import ledgers as carrying
from gridapp.delivery.models import Delivery, Rank
from gridapp.delivery.submit import planned
from gridapp.org.models import User
from gridapp.registry import ledgers, ledgers_entering
from gridapp.registry.ledgers_entering import Became, Came
from gridapp.registry.ledgers_places import Places
from gridapp.registry.ledgers_values import row_of
from gridapp.registry.models import Entry, Ledger, LedgerPart, Record, Residency
from tests import factories
from tests.delivery.conftest import Scripted
from tests.registry.ledger_books import book

pytestmark = pytest.mark.usefixtures("scripted")
TITLES = (
    "name", "id_type", "id_number", "phone", "ethnicity", "residency.residency_kind", "residency.start_date",
    "housing.housing_code", "household.household_no", "residency.relation_to_head", "occupation",
)  # fmt: skip


@pytest.fixture
def people(db: None) -> factories.Cast:
    return factories.cast()


@pytest.fixture
def codes(people: factories.Cast) -> list[str]:
    """Housing codes: of two empty flats, and of one where a household lives already."""
    homes = [factories.flat(people.worker) for _ in range(3)]
    for number, home in enumerate(homes, start=1):
        Record.objects.filter(pk=home.pk).update(housing_code=f"{home.building_id}00030{number}")
    factories.resident(people.worker, homes[2], residency__relation_to_head="02", household__household_no="H9")
    return [f"{home.building_id}00030{number}" for number, home in enumerate(homes, start=1)]


def person(name: str, code: str, **changed: str) -> list[str]:
    known = {
        "name": name, "id_type": "111", "id_number": factories.id_number(), "phone": factories.phone(),
        "ethnicity": "01", "kind": "2", "since": "2024-03-10", "home": code, "household": "", "relation": "",
        "occupation": "焊工",
    }  # fmt: skip
    return list((known | changed).values())


@pytest.fixture
def rows(people: factories.Cast, codes: list[str]) -> list[list[str]]:
    """A page of a ledger as it is: families, people who are known here and elsewhere, twice, and mistyped."""
    elsewhere = factories.resident(people.other_worker, name="某外").document()
    here = factories.resident(people.worker, name="某内").document()
    twice, first, second, old = person("某子", codes[0]), *codes
    return [
        person("某甲", first, household="H1", relation="02"),
        person("某乙", first, household="H1", relation="10"),
        person("某丙", first, household="H2", relation="02"),
        person("某丁", second, relation="02"),
        person("某戊", second, relation="20"),
        person("某己", old, household="H9", relation="10"),
        person("某庚", old),
        twice,
        twice,
        [*twice[:3], "13912340009", *twice[4:]],
        person("某辛", first, phone="12"),
        person("某壬", "9901010010010000001999999"),
        person(here["name"], second, id_number=here["id_number"], phone=here["phone"]),
        person(elsewhere["name"], second, id_number=elsewhere["id_number"], phone=elsewhere["phone"]),
        person("某癸", second, household="H3", relation="02"),
        person("某丑", second, id_type="990", id_number=""),
        person("某寅", first, relation="20", household="H1"),
        person("某卯", second, since="2099-01-01"),
    ]


def taken_in(by: User, rows: list[list[str]]) -> Ledger:
    ledger = ledgers.begin(book(*rows, titles=TITLES), by=by, name="台账.xlsx")
    assert ledgers.lacking(ledger) == []
    return ledger


def each_alone(ledger: Ledger, by: User) -> list[Came]:
    """Row by row through the one door, each planned by itself."""
    places, found = Places(by), []
    for number, cells in _lines(ledger):
        one = ledgers_entering._take(ledger, row_of(number, cells, ledger.fields, ledger.defaults), places, by)
        planned([one.entered] if one.entered else [], rank=Rank.BACKLOG)
        found.append(one)
    return found


def together(ledger: Ledger, by: User) -> list[Came]:
    return carrying._entered(ledger, _lines(ledger), Places(by), by)


def _lines(ledger: Ledger) -> list[Any]:
    return [
        line for part in LedgerPart.objects.filter(ledger=ledger).order_by("number") for line in ledgers.opened(part)
    ]


def told(came: list[Came]) -> list[Any]:
    """What became of each row, and everything that was written, by what it says and not by ids made by chance."""
    names = {record.pk: str(record.document().get("name", record.room_no)) for record in Record.objects.all()}
    lines: list[Any] = [(str(one.became), one.differs, [refusal.code for refusal in one.refusals]) for one in came]
    lines += sorted(_record(record, names) for record in Record.objects.select_related("building"))
    lines += sorted(_home(one, names) for one in Residency.objects.select_related("household"))
    lines += [_entry(entry, names) for entry in Entry.objects.order_by("number")]
    lines += sorted(
        (
            names[row.record_id],
            row.status,
            row.rank,
            row.wanted_version,
            bytes(row.wanted_digest or b""),
            row.reason_code,
        )
        for row in Delivery.objects.all()
    )
    return lines


def _record(record: Record, names: dict[Any, str]) -> Any:
    columns = (record.grid_code, record.version, bytes(record.identity or b""), sorted(record.tokens))
    return names[record.pk], str(record.document()), *columns, str(record.verified_at), str(record.closed_at)


def _home(one: Residency, names: dict[Any, str]) -> Any:
    own = sealing.unseal_json(one.sealed, bound_to=one.bound_to)
    household = one.household
    shared = sealing.unseal_json(household.sealed, bound_to=household.bound_to) if household else None
    mates = sorted(names[mate.resident_id] for mate in household.members.all()) if household else []
    marks = (one.is_primary, one.is_open, one.is_contested, str(one.verified_at))
    return names[one.resident_id], names[one.housing_id], str(sorted(own.items())), str(shared), mates, *marks


def _entry(entry: Entry, names: dict[Any, str]) -> Any:
    content = sealing.unseal_json(entry.sealed, bound_to=entry.bound_to)
    return names[entry.record_id], entry.id, entry.action, entry.version, entry.grid_code, entry.by_id, content


def test_together_is_the_same_as_one_by_one(
    people: factories.Cast, rows: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, now = taken_in(people.supervisor, rows), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    outcomes = []

    for way in (each_alone, together):
        with transaction.atomic():
            outcomes.append(told(way(ledger, people.supervisor)))
            transaction.set_rollback(True)

    assert outcomes[0] == outcomes[1]
    became = [line[0] for line in outcomes[1][: len(rows)]]
    assert became == ["entered"] * 8 + [
        "same",
        "aside",
        "wrong",
        "wrong",
        "aside",
        "aside",
        "entered",
        "wrong",
        "entered",
        "wrong",
    ]


def test_who_arrives_twice_with_a_mistyped_number_is_asked_about(people: factories.Cast, codes: list[str]) -> None:
    row = person("某甲", codes[0])
    mistyped = [*row[:2], factories.id_number(), *row[3:]]
    ledger = taken_in(people.supervisor, [row, mistyped])

    with transaction.atomic():
        came = together(ledger, people.supervisor)

    assert [one.became for one in came] == [Became.ENTERED, Became.ASIDE]
    assert came[1].record == came[0].record


def test_somebody_by_themselves_among_the_others_finds_them_written(
    people: factories.Cast, codes: list[str], scripted: type[Scripted]
) -> None:
    known = factories.resident(people.other_worker, name="某外").document()
    claimed = person(known["name"], codes[0], id_number=known["id_number"], phone=known["phone"], household="H1")
    rows = [
        person("某甲", codes[0], household="H1", relation="02"),
        claimed,
        person("某乙", codes[0], household="H1"),
    ]
    stranger = factories.UserFactory.create(role="supervisor", areas=[factories.GRID])
    ledger = taken_in(stranger, rows)

    with transaction.atomic():
        came = together(ledger, stranger)

    assert [one.became for one in came] == [Became.ENTERED] * 3
    homes = Residency.objects.filter(
        resident__in=[one.record for one in came if one.record], housing__housing_code=codes[0]
    )
    assert homes.values("household").distinct().count() == 1
    assert sorted(homes.values_list("is_contested", flat=True)) == [False, False, True]


@pytest.fixture
def statements(people: factories.Cast, codes: list[str], settings: Any) -> Callable[[int], int]:
    """Statements of a part with so many new people."""
    settings.MAPPING_KEPT, names = 60, (f"某{chr(0x4E00 + number)}" for number in count())

    def asked_for(number: int) -> int:
        ledger = taken_in(people.supervisor, [person(name, codes[0]) for name in islice(names, number)])
        places = Places(people.supervisor)
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            carrying._entered(ledger, _lines(ledger), places, people.supervisor)
        return len(asked)

    return asked_for


def test_a_part_asks_the_same_number_of_questions_however_many_arrive(statements: Callable[[int], int]) -> None:
    statements(1)  # what is kept in memory is

    assert statements(2) == statements(20) <= 25
