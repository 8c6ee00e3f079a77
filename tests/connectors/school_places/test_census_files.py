"""The connector and the census over a real file server: what only shows between them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from connectors import cast
from connectors.school_places.connector import THEIR_CLOCK, SchoolPlaces
from connectors.school_places.mapping import PROFILE, RESIDENT
from connectors.school_places.sandbox import SchoolCensus
from connectors.transport.guomi import new_sm2_pair
from gridapp.contract import (
    Delivered,
    Kind,
    Misconfigured,
    NeedsFirst,
    NotApplicable,
    NotYet,
    Outcome,
    Parcel,
    Submitted,
    Unavailable,
    Worker,
)
from gridapp.contract.parcel import Action
from tests.conftest import Until

T = TypeVar("T")


def child(number: int = 1, *, key: int | None = None, **changed: Any) -> Parcel:
    """Of the kit's cast; `changed`: canonical names, __ for the dot, -> other values."""
    view = cast.child(number) | {name.replace("__", "."): value for name, value in changed.items()}
    return Parcel(
        key=f"{number if key is None else key:032x}",
        kind=Kind.RESIDENT,
        action=Action.CREATE,
        fields=RESIDENT.minimum(view),
        worker=Worker("W0107", "测试网格员"),
        made_at=datetime(2024, 3, 15, tzinfo=UTC),
    )


class Office:
    """Our side: each call a connector of its own, at a time of ours."""

    def __init__(self, census: SchoolCensus, until: Until) -> None:
        self.census = census
        self.settings = census.settings()
        self.at = datetime(2024, 3, 15, 9, tzinfo=THEIR_CLOCK)
        self.until = until

    def asked(self, question: Callable[[SchoolPlaces], Awaitable[T]]) -> T:
        async def asking() -> T:
            async with SchoolPlaces(self.settings) as connector:
                connector.now = lambda: self.at  # type: ignore[method-assign]
                return await question(connector)

        return asyncio.run(asking())

    def send(self, *parcels: Parcel) -> list[Outcome]:
        return list(self.asked(lambda connector: connector.send(parcels)))

    def decided(self, *parcels: Parcel) -> list[Outcome]:
        """What became of them once their returns are there."""
        sent = self.send(*parcels)
        tickets = [one.ticket for one in sent if isinstance(one, Submitted)]
        self.until(lambda: None not in self.track(*tickets))
        said = dict(zip(tickets, self.track(*tickets), strict=True))
        return [(said[one.ticket] or one) if isinstance(one, Submitted) else one for one in sent]

    def track(self, *tickets: str) -> Sequence[Outcome | None]:
        return self.asked(lambda connector: connector.track(tickets))

    def read_back(self, *parcels: Parcel) -> Sequence[Outcome]:
        return self.asked(lambda connector: connector.read_back(parcels))

    def files(self) -> list[str]:
        return sorted(path.name.removesuffix(".csv.zip") for path in self.census.site.up.glob("*.zip"))


@pytest.fixture
def office(census: SchoolCensus, until: Until) -> Office:
    return Office(census, until)


def kinds(outcomes: Sequence[Outcome | None]) -> list[str]:
    return [type(one).__name__ for one in outcomes]


# --- Files -----------------------------------------------------------------------------------------------------------


def test_a_week_has_a_file_for_every_sub_district(office: Office) -> None:
    in_the_west = child(2, housing__division_code="990101002007")

    came = office.decided(child(1), in_the_west, child(3))

    assert came == [Delivered()] * 3
    assert office.files() == ["XW_990101001_2024W11_001", "XW_990101002_2024W11_001"]


def test_who_comes_late_in_the_week_takes_the_next_number_and_the_next_week_begins_anew(office: Office) -> None:
    office.send(child(1))
    office.send(child(2))
    office.at = datetime(2024, 3, 18, 9, tzinfo=THEIR_CLOCK)

    office.send(child(3))

    assert office.files() == ["XW_990101001_2024W11_001", "XW_990101001_2024W11_002", "XW_990101001_2024W12_001"]


def test_after_a_lost_answer_the_same_batch_has_the_same_file_and_what_is_new_another(office: Office) -> None:
    office.census.faults.set("answer_lost", times=1)
    with pytest.raises(Unavailable) as raised:
        office.send(child(1), child(2))
    assert raised.value.maybe_sent

    assert office.decided(child(1), child(2), child(3)) == [Delivered()] * 3

    assert office.files() == ["XW_990101001_2024W11_001", "XW_990101001_2024W11_002"]
    assert len(office.census.ledger) == 3


def test_a_child_that_is_there_twice_goes_once(office: Office) -> None:
    came = office.send(child(1), child(1, key=2, guardian_phone="13912349999"))

    assert kinds(came) == ["Submitted", "NotYet"]


def test_a_corrected_row_replaces_the_old_one(office: Office) -> None:
    office.decided(child(1))

    assert office.decided(child(1, key=7, guardian_phone="13912349999")) == [Delivered()]

    (held,) = office.census.store.table("children").values()
    assert held["监护人手机"] == "13912349999"


def test_the_next_week_the_same_row_is_already_there(office: Office) -> None:
    office.decided(child(1))
    office.at = datetime(2024, 3, 18, 9, tzinfo=THEIR_CLOCK)

    assert kinds(office.decided(child(1))) == ["AlreadyThere"]


# --- Answers ---------------------------------------------------------------------------------------------------------


def test_a_child_that_is_not_of_age_there_is_not_theirs(office: Office) -> None:
    office.census.census = 2026

    (came,) = office.decided(child(1))

    assert isinstance(came, NotApplicable)


def test_a_filing_that_has_not_reached_them_is_waited_for_and_then_taken(office: Office) -> None:
    office.census.store.put("void_filings", child(1).fields["ZLBA.filingNo"], {})
    (came,) = office.decided(child(1))
    assert isinstance(came, NeedsFirst) and came.key == "ZLBA"

    office.census.store.remove("void_filings", child(1).fields["ZLBA.filingNo"])

    assert office.decided(child(1)) == [Delivered()]


def test_after_the_season_it_is_a_matter_of_waiting(office: Office) -> None:
    office.census.faults.set("window_closed")

    (came,) = office.decided(child(1))

    assert came == NotYet("非采集窗口期", retry_after=86_400.0, code="05")


@pytest.mark.parametrize("fault", ["return_short", "return_foreign", "half"])
def test_a_return_that_does_not_fit_is_nobodys_yes_and_the_batch_goes_once_more(office: Office, fault: str) -> None:
    office.census.faults.set(fault, times=1)
    assert kinds(office.decided(child(1), child(2), child(3))) == ["Unknown"] * 3

    again = office.decided(child(1), child(2), child(3))

    assert set(kinds(again)) <= {"Delivered", "AlreadyThere"}
    assert len(office.census.store.table("children")) == 3


def test_numbers_that_a_spreadsheet_has_rounded_fit_nobody(office: Office) -> None:
    (sent,) = office.send(child(1))
    assert isinstance(sent, Submitted)
    path = office.census.site.down / f"{sent.ticket.partition('/')[0]}_RET.csv"
    office.until(path.exists)
    path.write_bytes("\ufeff儿童身份证号,结果,原因\r\n9.90101E+17,00,\r\n".encode())

    assert kinds(office.track(sent.ticket)) == ["Unknown"]


def test_the_order_of_a_return_does_not_matter(office: Office) -> None:
    office.census.faults.set("return_shuffled")
    office.census.faults.script(child(1).fields["id_number"], "03")

    assert kinds(office.decided(child(1), child(2), child(3))) == ["Rejected", "Delivered", "Delivered"]


@pytest.mark.parametrize("setting", ["zip_password", "sign_key"])
def test_a_wrong_key_is_one_refused_file_and_then_the_operators(office: Office, setting: str) -> None:
    right = office.settings
    other = "another" if setting == "zip_password" else new_sm2_pair()[0]
    office.settings = {**right, setting: other}
    (refused,) = office.decided(child(1))
    assert isinstance(refused, NotYet) and refused.code == "90"

    with pytest.raises(Misconfigured, match="90"):
        office.send(child(1))


def test_with_the_right_password_it_goes_on(office: Office) -> None:
    right = office.settings
    office.settings = {**right, "zip_password": "another"}
    office.decided(child(1))

    office.settings = right

    assert office.decided(child(1)) == [Delivered()]


@pytest.mark.parametrize(("setting", "value"), [("sign_key", "f" * 64), ("zip_password", ""), ("down", "/elsewhere")])
def test_a_setting_that_cannot_be_is_the_operators_and_is_not_quoted(office: Office, setting: str, value: str) -> None:
    office.settings = {**office.settings, setting: value}

    with pytest.raises(Misconfigured) as raised:
        office.send(child(1))

    assert not value or value not in str(raised.value)
    assert list(office.census.site.up.glob("*.sig")) == []


# --- Doubts, and what holds for all of it ----------------------------------------------------------------------------


def test_what_may_have_arrived_is_looked_for_in_this_years_files(office: Office) -> None:
    office.decided(child(1))

    there, absent, other = office.read_back(child(1), child(2), child(1, key=7, guardian_phone="13912349999"))

    assert there == Delivered()
    assert isinstance(absent, NotYet)
    assert isinstance(other, NotYet)


def test_a_census_begins_anew_every_year(office: Office) -> None:
    office.decided(child(1))
    office.at = datetime(2025, 3, 3, 9, tzinfo=THEIR_CLOCK)

    assert kinds(office.read_back(child(1))) == ["NotYet"]


def test_nothing_of_a_child_gets_into_a_log_an_error_a_ticket_or_a_file_name(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asked = child(1)
    told = ("name", "number", "phone", "address", "housing_code", "DJBH")
    texts = [str(value) for name, value in asked.fields.items() if name.endswith(told)]
    said = [str(one) for one in (*office.send(asked), *office.decided(asked), *office.files())]
    for fault in ("reset", "disk_full", "answer_lost", "wrong_credentials"):
        office.census.faults.set(fault, times=1)
        with pytest.raises((Unavailable, Misconfigured)) as raised:
            office.send(child(2, key=len(said)))
        said.append(repr(raised.value))
    refused = office.send(replace(asked, fields={**asked.fields, "guardian_name": "=甲"}))
    said += [str(one) for one in refused]

    assert len(texts) >= 7
    assert [text for text in texts if text in caplog.text or any(text in one for one in said)] == []


def test_the_lane_sends_once_a_week_and_in_the_season_alone() -> None:
    can, window = SchoolPlaces.capabilities, PROFILE.window

    assert can.per_second is not None and round(1 / can.per_second) == 7 * 86_400
    assert can.batch == 20_000
    assert window.is_open(datetime(2024, 6, 15, 23, tzinfo=THEIR_CLOCK))
    assert not window.is_open(datetime(2024, 6, 16, tzinfo=THEIR_CLOCK))
    assert window.next_opening(datetime(2024, 6, 16, tzinfo=THEIR_CLOCK)) == datetime(2025, 3, 1, tzinfo=THEIR_CLOCK)
