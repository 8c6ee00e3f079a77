"""Ledgers taken in: sealed, tried, each row judged like any other entry, nobody doubled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection, transaction

from gridapp import sealing
from gridapp.org.models import User
from gridapp.registry import ledgers
from gridapp.registry.ledgers_entering import ALIKE, Became, Came, take_all
from gridapp.registry.ledgers_places import Places
from gridapp.registry.ledgers_reading import Unreadable
from gridapp.registry.models import Building, Entry, Ledger, LedgerPart, Record
from tests import factories
from tests.registry.ledger_books import book, person


@pytest.fixture
def home_code(home: Record) -> str:
    code = f"{home.building_id}000301"
    Record.objects.filter(pk=home.pk).update(housing_code=code)
    return code


def handed_in(by: User, *people: Sequence[Any], **options: Any) -> Ledger:
    return ledgers.begin(book(*people, above=["测试社区居民台账"]), by=by, name="台账.xlsx", **options)


def came(ledger: Ledger, *, by: User) -> list[Came]:
    """What becomes of all rows of a ledger, one after the other."""
    places, found = Places(by, ledger.grid_code), []
    for part in LedgerPart.objects.filter(ledger=ledger).order_by("number"):
        with transaction.atomic():
            found += take_all(ledger, ledgers.opened(part), places, by=by)
    return found


def became(found: Sequence[Came]) -> list[str]:
    return [str(one.became) for one in found]


def codes(one: Came) -> list[tuple[str, str]]:
    return [(refusal.field, refusal.code) for refusal in one.refusals]


def test_a_file_lies_sealed_until_it_is_entered(supervisor: User, home_code: str) -> None:
    row = person(home_code)

    ledger = handed_in(supervisor, *[row] * 2 * ledgers.SLICE, row)

    assert (ledger.rows, ledger.heading, ledger.kind, ledger.area_code) == (
        2 * ledgers.SLICE + 1,
        2,
        "resident",
        "990101001",
    )
    assert LedgerPart.objects.filter(ledger=ledger).count() == 3
    assert ledgers.head(ledger).name == "台账.xlsx"
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text || coalesce(string_agg(p::text, ''), '') FROM registry_ledger l "
                       "JOIN registry_ledgerpart p ON p.ledger_id = l.id GROUP BY l.*")  # fmt: skip
        (kept,) = cursor.fetchone()
    assert not any(one in kept or one.encode().hex() in kept for one in (row[1], row[2], row[3], "台账"))
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(bytes(ledger.sealed), bound_to="ledger:another")


def test_nothing_is_kept_of_a_file_without_rows(supervisor: User) -> None:
    with pytest.raises(Unreadable, match="empty"):
        handed_in(supervisor)

    assert not Ledger.objects.exists()


def test_a_row_becomes_an_entry_of_whoever_handed_it_in(supervisor: User, home: Record, home_code: str) -> None:
    ledger = handed_in(supervisor, person(home_code, name="测试丁"))

    (one,) = came(ledger, by=supervisor)

    assert one.entered is not None
    entry = Entry.objects.get(id=one.entered.entry.id)
    assert (entry.by, entry.action, entry.grid_code) == (supervisor, "create", home.grid_code)
    assert entry.record.document()["name"] == "测试丁"
    assert entry.fields()["residency.residency_kind"] == "2"


def test_who_is_known_is_not_doubled(supervisor: User, home_code: str) -> None:
    first = person(home_code)
    same, other = [*first], [*first]
    other[3] = "13912340009"

    found = came(handed_in(supervisor, first, same, other), by=supervisor)

    assert became(found) == [Became.ENTERED, Became.SAME, Became.ASIDE]
    assert found[2].differs == ("phone",)
    assert Record.objects.filter(kind="resident").count() == 1
    assert Entry.objects.filter(record=found[0].record).count() == 1


def test_who_lives_elsewhere_waits_for_a_decision(supervisor: User, home_code: str, worker: User) -> None:
    known = factories.resident(worker)
    document = known.document()
    row = person(home_code, name=document["name"], id_number=document["id_number"], phone=document["phone"])

    (one,) = came(handed_in(supervisor, row), by=supervisor)

    assert (one.became, one.differs, one.record) == (Became.ASIDE, ("housing",), known)


def test_who_may_be_somebody_else_with_a_mistyped_number_is_asked_about(
    supervisor: User, home_code: str, worker: User
) -> None:
    known = factories.resident(worker, name="测试某")
    document = known.document()
    row = person(home_code, name="测试某", phone=document["phone"])

    (one,) = came(handed_in(supervisor, row), by=supervisor)
    (same,) = came(handed_in(supervisor, [*row[:2], document["id_number"], *row[3:]]), by=supervisor)

    assert (one.became, one.differs, one.record) == (Became.ASIDE, (ALIKE,), known)
    assert ALIKE not in same.differs
    assert Record.objects.filter(kind="resident").count() == 1


def test_what_is_wrong_says_why_and_holds_nobody_up(supervisor: User, home_code: str) -> None:
    bad_number = person(home_code, id_number="990101199202290011")
    nowhere = person("9901010010010000001999999")
    no_phone = person(home_code, phone="")

    found = came(handed_in(supervisor, bad_number, nowhere, no_phone, person(home_code)), by=supervisor)

    assert became(found) == [Became.WRONG] * 3 + [Became.ENTERED]
    assert [codes(one)[0][0] for one in found[:3]] == ["id_number", "housing", "phone"]
    assert Entry.objects.filter(record__kind="resident").count() == 1


def test_a_home_of_another_area_is_not_there(worker: User, far_home: Record) -> None:
    Record.objects.filter(pk=far_home.pk).update(housing_code="9901010010020000001000301")

    (one,) = came(handed_in(worker, person("9901010010020000001000301")), by=worker)

    assert codes(one) == [("housing", "no_such_housing")]


def test_a_home_is_found_by_its_address(supervisor: User, home: Record) -> None:
    building = home.building
    assert building is not None
    titles = ("姓名", "身份证号", "电话", "民族", "居住方式", "入住日期", "门牌号", "楼栋", "单元", "房号")
    place = [building.door_no.removesuffix("号"), "3幢", "2", home.room_no]
    row = ["测试丙", factories.id_number(), factories.phone(), "汉族", "2", "2024-03-10", *place]
    ledger = ledgers.begin(book(row, titles=titles), by=supervisor, name="x")

    (one,) = came(ledger, by=supervisor)

    assert one.became == Became.ENTERED
    assert one.entered is not None
    assert one.entered.record.residencies.get().housing == home


def test_homes_come_from_ledgers_too(supervisor: User, home: Record) -> None:
    building = home.building
    assert building is not None
    titles = (
        "楼栋编码",
        "楼层",
        "房号",
        "房屋类型",
        "房屋状态",
        "业主类型",
        "是否出租",
        "出租用途",
        "出租方式",
        "房东",
    )
    new = [building.code, "5", "501", "单元房", "在用", "个人", "是", "住房", "整租", "测试房主"]
    known = [building.code, "3", home.room_no, "单元房", "在用", "个人", "是", "住房", "整租", "另一人"]
    ledger = ledgers.begin(book(new, new, known, titles=titles), by=supervisor, name="x")

    found = came(ledger, by=supervisor)

    assert ledger.kind == "housing"
    assert became(found) == [Became.ENTERED, Became.SAME, Became.ASIDE]
    assert found[2].differs == ("housing.owner_name",)
    assert Record.objects.filter(building=building).count() == 2


def test_several_buildings_that_fit_are_asked_about(supervisor: User, home: Record) -> None:
    factories.BuildingFactory.create(grid_code=home.grid_code)
    titles = ("姓名", "身份证号", "电话", "民族", "居住方式", "入住日期", "楼栋", "房号")
    row = ["测试丙", factories.id_number(), factories.phone(), "汉族", "2", "2024-03-10", "3栋", home.room_no]
    ledger = ledgers.begin(book(row, titles=titles), by=supervisor, name="x")

    (one,) = came(ledger, by=supervisor)

    assert codes(one) == [("housing.building_code", "which_building")]
    assert Building.objects.count() == 2


def test_trying_the_first_rows_leaves_nothing_behind(supervisor: User, home_code: str) -> None:
    ledger = handed_in(supervisor, person(home_code), person(home_code, phone="12"), *[person(home_code)] * 10)
    before = Record.objects.count(), Entry.objects.count()

    tried = ledgers.tried(ledger, by=supervisor)

    assert became(tried) == [Became.ENTERED, Became.WRONG, *[Became.ENTERED] * 1, *[Became.SAME] * 2]
    assert (Record.objects.count(), Entry.objects.count()) == before


def test_a_ledger_begins_when_nothing_is_lacking_and_once(supervisor: User, home_code: str) -> None:
    ledger = handed_in(supervisor, person(home_code))
    fields = [*ledger.fields]
    fields[4] = ""
    ledgers.settle_columns(ledger, kind="resident", fields=fields, defaults={})
    ledger.refresh_from_db()

    assert (ledgers.lacking(ledger), ledgers.start(ledger)) == (["ethnicity"], False)
    ledgers.settle_columns(ledger, kind="resident", fields=fields, defaults={"ethnicity": "01"})
    ledger.refresh_from_db()
    assert (ledgers.start(ledger), ledgers.start(ledger)) == (True, False)
    assert not ledgers.settle_columns(ledger, kind="resident", fields=[], defaults={})


def test_another_kind_has_its_columns_guessed_anew(supervisor: User, home_code: str) -> None:
    ledger = handed_in(supervisor, person(home_code))

    ledgers.settle_columns(ledger, kind="housing", fields=ledger.fields, defaults={})

    ledger.refresh_from_db()
    assert set(ledger.fields) == {"", "housing.housing_code"}


def test_what_is_given_up_is_forgotten(supervisor: User, home_code: str) -> None:
    ledger = handed_in(supervisor, person(home_code))

    assert (ledgers.drop(ledger), ledgers.drop(ledger)) == (True, False)
    assert not LedgerPart.objects.exists()


def test_a_ledger_is_seen_by_whose_it_is_and_by_who_oversees_the_area(
    people: factories.Cast, supervisor: User, home_code: str
) -> None:
    ledger = handed_in(supervisor, person(home_code))
    stranger = factories.UserFactory.create(role="supervisor", areas=["990101001002001"])

    seen = [ledger in ledgers.seen_by(one) for one in (supervisor, people.administrator, stranger)]

    assert seen == [True, True, False]


def test_what_is_kept_of_a_row_names_no_class_of_ours(supervisor: User, home_code: str) -> None:
    first = person(home_code)
    other = [*first[:3], "13912340009", *first[4:]]
    ledger = handed_in(supervisor, first, other, person(home_code, phone="12"))

    ledgers.keep_aside(ledger, came(ledger, by=supervisor)[1:])

    (_, aside), (_, wrong) = [(row.why, ledgers.content(row)) for row in ledger.left.order_by("number")]
    assert aside["given"]["phone"] == "13912340009"
    assert [cells["cells"][2] for _, cells in ledgers.wrong_rows(ledger, 10)] == [wrong["cells"][2]]
    assert json.dumps(aside["refusals"]) == "[]"
    assert ledgers.forget(ledger) == 1
