"""The connector, the ETL and the report over real tables and services: what only shows between them."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.data_sharing.sandbox import SharingPlatform
from gridapp.contract import (
    AlreadyThere,
    Conflict,
    Delivered,
    Differs,
    Misconfigured,
    NotYet,
    Rejected,
    Submitted,
    Unknown,
)
from tests.conftest import Until
from tests.connectors.data_sharing.asking import ask, decided, send, sent, ticket
from tests.connectors.data_sharing.delta_rows import CATALOGUE, FLAT, NUMBER, record


def test_a_person_and_a_flat_are_in_the_base_once_the_report_says_so(platform: SharingPlatform, until: Until) -> None:
    for number, name in ((1, "floating_tenant"), (2, "shared_rental")):
        assert sent(platform, until, record(number, name)) == Delivered()

    (person,) = platform.store.table("persons").values()
    (flat,) = platform.store.table("housing").values()
    assert (person["ZJHM"], person["XB"], person["CSRQ"], person["MZ"]) == (NUMBER, "1", "1992-02-29", "01")
    assert (flat["FWBM"], flat["SFCZ"], flat["JD"]) == (FLAT, "1", "114.05000000")


def test_people_and_flats_travel_together(platform: SharingPlatform, until: Until) -> None:
    said = send(
        platform, record(1), record(2, "shared_rental"), record(3, "owner_occupied", housing__housing_code="9" * 25)
    )

    tickets = [one.ticket for one in said if isinstance(one, Submitted)]
    assert until(lambda: ask(platform, "track", tickets) == [Delivered()] * 3)
    assert platform.store.sizes() == {"persons": 1, "housing": 2}


def test_nothing_is_decided_while_no_etl_comes(platform: SharingPlatform, until: Until) -> None:
    platform.faults.set("window_closed")
    given = ticket(platform, record())

    assert ask(platform, "track", [given]) == [None]

    platform.faults.clear()
    assert decided(platform, until, given) == Delivered()


def test_what_was_fetched_is_not_delivered_before_the_report_of_the_next_morning(
    platform: SharingPlatform, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "own_time", True)
    monkeypatch.setattr(platform, "hurry", 86400.0 / 5)  # a day is five seconds
    given = ticket(platform, record())
    until(lambda: platform.store.table("persons"))

    assert ask(platform, "track", [given]) == [None]

    assert decided(platform, until, given) == Delivered()


def test_a_change_takes_the_place_and_an_end_takes_it_out(platform: SharingPlatform, until: Until) -> None:
    sent(platform, until, record(1))
    assert sent(platform, until, record(2, "new_address")) == Delivered()
    (person,) = platform.store.table("persons").values()
    assert person["FWBM"] == "9901010010010000012000302"

    assert sent(platform, until, record(3, "moved_out")) == Delivered()

    assert platform.store.table("persons") == {}


def test_a_row_put_there_twice_is_our_own(platform: SharingPlatform, until: Until) -> None:
    assert sent(platform, until, record()) == Delivered()

    given = ticket(platform, record())

    assert until(lambda: ask(platform, "track", [given]) == [AlreadyThere()])
    assert len(platform.store.table("persons")) == 1


def test_the_same_number_with_another_content_is_nobodys_yes(platform: SharingPlatform, until: Until) -> None:
    assert sent(platform, until, record(1)) == Delivered()

    given = ticket(platform, record(1, "rare_name"))

    assert until(lambda: isinstance(ask(platform, "track", [given])[0], Unknown))
    (found,) = ask(platform, "read_back", [record(1, "rare_name")])
    assert found == Differs(fields=("name",))


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [({"ethnicity": "77"}, "DQ-02", "ethnicity"), ({"ethnicity": None}, "DQ-01", "ethnicity")],
)
def test_a_problem_row_goes_back_with_its_field(
    platform: SharingPlatform, until: Until, changed: dict[str, Any], code: str, field: str
) -> None:
    came = sent(platform, until, record(1, **changed))

    assert isinstance(came, Rejected)
    assert (came.code, came.fields) == (code, (field,))
    assert sent(platform, until, record(2)) == Delivered()


def test_another_name_at_the_police_is_a_dispute(platform: SharingPlatform, until: Until) -> None:
    platform.store.put("population", NUMBER, {"XM": "张玮"})

    came = sent(platform, until, record())

    assert came == Conflict("DQ-04", "与人口基础库比对不一致:姓名")


def test_an_entry_that_is_not_approved_stops_the_lane_and_goes_on_by_itself_once_it_is(
    platform: SharingPlatform, until: Until
) -> None:
    platform.store.put("unapproved", CATALOGUE, {})
    given = ticket(platform, record())
    came = decided(platform, until, given)
    assert isinstance(came, NotYet)
    assert came.code == "DQ-05"

    with pytest.raises(Misconfigured, match="DQ-05"):
        send(platform, record())
    platform.store.clear()

    assert until(lambda: ask(platform, "track", [given]) == [Delivered()])


def test_what_the_table_does_not_take_goes_back_and_the_others_stay(platform: SharingPlatform) -> None:
    platform.faults.set("window_closed")
    crowd = [record(number) for number in range(1, 1001)]
    crowd[500] = record(501, housing__address="址" * 301)

    said = send(platform, *crowd)

    assert said[500] == Rejected("23514", "不符合前置表的取值规定", ("housing.address",))
    assert [type(one) for one in said].count(Submitted) == 999


def test_what_they_have_lost_before_the_report_is_put_there_again(platform: SharingPlatform) -> None:
    (came,) = ask(platform, "track", [f"{77:032x}.{'0' * 64}"])

    assert isinstance(came, NotYet)


@pytest.mark.parametrize("fault", ["return_short", "return_foreign"])
def test_a_report_that_does_not_fit_leaves_all_of_it_uncertain(
    platform: SharingPlatform, until: Until, fault: str
) -> None:
    tickets = [ticket(platform, record(1)), ticket(platform, record(2, "shared_rental"))]
    until(lambda: None not in ask(platform, "track", tickets))
    platform.faults.set(fault)

    assert [type(one) for one in ask(platform, "track", tickets)] == [Unknown, Unknown]
    assert [type(one) for one in ask(platform, "read_back", [record(1)])] == [Unknown]

    platform.faults.clear()
    assert ask(platform, "read_back", [record(1), record(2, "shared_rental")]) == [Delivered()] * 2


def test_lines_in_another_order_are_found_by_their_number(platform: SharingPlatform, until: Until) -> None:
    platform.faults.script(FLAT, "DQ-02")
    people = [record(1, housing__housing_code="9901010010010000012000305"), record(2, "shared_rental")]
    tickets = [ticket(platform, one) for one in people]
    platform.faults.set("return_shuffled")

    until(lambda: None not in ask(platform, "track", tickets))

    assert [type(one) for one in ask(platform, "track", tickets)] == [Delivered, Rejected]


def test_a_yes_that_kept_nothing_is_found_and_repaired_under_the_same_number(
    platform: SharingPlatform, until: Until
) -> None:
    platform.faults.set("lose", times=1)
    assert sent(platform, until, record()) == Delivered()
    (lost,) = ask(platform, "read_back", [record()])
    assert isinstance(lost, NotYet)

    assert sent(platform, until, record()) == Delivered()

    assert until(lambda: ask(platform, "read_back", [record()]) == [Delivered()])


def test_what_somebody_changed_over_there_is_named(platform: SharingPlatform, until: Until) -> None:
    sent(platform, until, record())
    (name,) = platform.store.table("persons")
    platform.store.put("persons", name, {**platform.store.table("persons")[name], "JZDZ": "别处1号"})

    assert ask(platform, "read_back", [record()]) == [Differs(fields=("housing.address",))]


def test_what_may_have_arrived_is_looked_for(platform: SharingPlatform) -> None:
    platform.faults.set("window_closed")
    given = ticket(platform, record(1))

    there, absent = ask(platform, "read_back", [record(1), record(2)])

    assert there == Submitted(given)
    assert isinstance(absent, NotYet)


def test_half_a_batch_that_vanished_is_put_there_again(platform: SharingPlatform, until: Until) -> None:
    platform.faults.set("window_closed")
    said = send(platform, *[record(number, housing__housing_code=f"{FLAT[:-3]}{number:03d}") for number in range(1, 5)])
    tickets = [one.ticket for one in said if isinstance(one, Submitted)]
    platform.faults.set("half", times=1)
    platform.faults.clear("window_closed")

    ended = until(lambda: None not in (found := ask(platform, "track", tickets)) and found)

    assert [type(one) for one in ended] == [Delivered, Delivered, NotYet, NotYet]
