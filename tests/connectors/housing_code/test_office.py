"""The connector and the office over the wire: what only shows between the two."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from connectors.housing_code.connector import HousingCode
from connectors.housing_code.mapping import PROFILE
from connectors.housing_code.sandbox import HousingCodeOffice
from gridapp.contract import (
    Action,
    AlreadyThere,
    Delivered,
    Misconfigured,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Submitted,
    Unknown,
)
from tests.connectors.samples import sample

SAMPLES = Path(__file__).parent / "samples"
BUILDING = "9901010010010000012"


@pytest.fixture(scope="module")
def running() -> Iterator[HousingCodeOffice]:
    office = HousingCodeOffice()
    office.start()
    yield office
    office.stop()


@pytest.fixture
def office(running: HousingCodeOffice) -> HousingCodeOffice:
    running.reset()
    return running


def flat(number: int = 301, name: str = "new_flat", **changed: object) -> Parcel:
    return sample(SAMPLES, name, housing__room_no=str(number), **changed).parcel(PROFILE, key=f"{number:032x}")


def send(office: HousingCodeOffice, *parcels: Parcel, settings: dict[str, str] | None = None) -> list[Outcome]:
    async def sending() -> list[Outcome]:
        async with HousingCode(settings or office.settings()) as connector:
            return list(await connector.send(parcels))

    return asyncio.run(sending())


def track(office: HousingCodeOffice, *tickets: str) -> list[Outcome | None]:
    async def tracking() -> list[Outcome | None]:
        async with HousingCode(office.settings()) as connector:
            return list(await connector.track(tickets))

    return asyncio.run(tracking())


def test_a_known_building_gives_the_code_at_once(office: HousingCodeOffice) -> None:
    (came,) = send(office, flat(301))

    assert isinstance(came, Delivered)
    assert came.gives["housing.housing_code"] == came.reference == f"{BUILDING}000301"
    assert came.gives["housing.building_code"] == BUILDING
    assert office.store.get("codes", came.reference or "") is not None


def test_two_flats_of_one_number_in_two_units_have_two_codes(office: HousingCodeOffice) -> None:
    first, second = send(office, flat(301), flat(301, housing__unit_no="3"))

    assert isinstance(first, Delivered)
    assert isinstance(second, Delivered)
    assert first.reference != second.reference


def test_the_same_address_again_gives_the_code_it_has(office: HousingCodeOffice) -> None:
    (first,) = send(office, flat(301))

    (again,) = send(office, flat(301))

    assert isinstance(first, Delivered)
    assert again == AlreadyThere(first.reference, first.gives, "E101")


def test_an_unknown_building_is_coded_when_the_clerk_has_looked_at_the_map(office: HousingCodeOffice) -> None:
    (came,) = send(office, flat(301, "new_building"))
    assert isinstance(came, Submitted)

    (decided,) = track(office, came.ticket)

    assert isinstance(decided, Delivered)
    assert decided.gives["housing.building_code"] == decided.reference[:19] != BUILDING


def test_a_ticket_is_not_decided_before_its_time(office: HousingCodeOffice) -> None:
    (came,) = send(office, flat(301, "new_building"))
    assert isinstance(came, Submitted)
    with office.store.together():
        application = office.store.get("applications", came.ticket) or {}
        office.store.put("applications", came.ticket, {**application, "due": application["due"] + 3600})

    assert track(office, came.ticket) == [None]


def test_the_same_application_again_has_the_same_ticket(office: HousingCodeOffice) -> None:
    first, again = send(office, flat(301, "new_building"), flat(301, "new_building"))

    assert first == again
    assert len(office.store.table("applications")) == 1


def test_an_application_they_have_lost_is_made_again(office: HousingCodeOffice) -> None:
    assert track(office, "SL99999999") == [NotYet("受理号不存在", code="0004")]


def test_a_busy_office_is_asked_again_for_the_ticket(office: HousingCodeOffice) -> None:
    office.faults.set("window_closed")

    assert track(office, "SL00000001") == [None]


def test_a_change_keeps_the_code_and_moves_the_address(office: HousingCodeOffice) -> None:
    (first,) = send(office, flat(301))
    assert isinstance(first, Delivered)
    moved = sample(SAMPLES, "larger_than_thought", housing__room_no="305")

    (came,) = send(office, moved.parcel(PROFILE))
    (old_address,) = send(office, flat(301))

    assert isinstance(came, Delivered)
    assert came.reference == moved.reference
    assert (office.store.get("codes", moved.reference) or {})["FH"] == "305"
    assert isinstance(old_address, Delivered)


def test_a_cancelled_code_is_kept_as_cancelled(office: HousingCodeOffice) -> None:
    send(office, flat(301))
    torn_down = sample(SAMPLES, "torn_down")

    first, again = send(office, torn_down.parcel(PROFILE), torn_down.parcel(PROFILE))

    assert isinstance(first, Delivered)
    assert first == again
    assert (office.store.get("codes", torn_down.reference) or {})["ZT"] == "9"


@pytest.mark.parametrize(
    ("changed", "code", "fields"),
    [
        ({"housing__room_no": "3/1"}, "E103", ("housing.room_no",)),
        ({"housing__longitude": "14.05"}, "E104", ("housing.grid_code", "housing.longitude", "housing.latitude")),
        ({"housing__floor_no": 61}, "E201", ("housing.floor_no",)),
        ({"housing__road": "路" * 51}, "Client", ("housing.road",)),
    ],
)
def test_the_office_refuses_by_its_own_rules(
    office: HousingCodeOffice, changed: dict[str, object], code: str, fields: tuple[str, ...]
) -> None:
    (came,) = send(office, sample(SAMPLES, "new_flat", **changed).parcel(PROFILE))

    assert isinstance(came, Rejected)
    assert (came.code, came.fields) == (code, fields)
    assert office.store.table("codes") == {}


def test_nothing_is_added_to_a_demolished_building(office: HousingCodeOffice) -> None:
    office.store.put("demolished", BUILDING, {})

    (came,) = send(office, flat(301))

    assert isinstance(came, Rejected)
    assert came.code == "E301"


def test_what_was_answered_stays_certain_when_the_next_answer_is_lost(office: HousingCodeOffice) -> None:
    async def sending() -> list[Outcome]:
        async with HousingCode(office.settings()) as connector:
            before = await connector.send([flat(301)])
            office.faults.set("answer_lost", times=1)
            return [*before, *await connector.send([flat(302), flat(303)])]

    first, lost, last = asyncio.run(sending())

    assert isinstance(first, Delivered)
    assert isinstance(lost, Unknown)
    assert isinstance(last, Delivered)


def test_ten_a_second_is_what_they_bear(office: HousingCodeOffice) -> None:
    outcomes = send(office, *[flat(number) for number in range(301, 314)])

    assert [type(one) for one in outcomes] == [Delivered] * 13


@pytest.mark.parametrize("name", ["app_id", "password"])
def test_wrong_credentials_are_told_from_everything_else(office: HousingCodeOffice, name: str) -> None:
    with pytest.raises(Misconfigured, match="Authentication"):
        send(office, flat(301), settings={**office.settings(), name: "wrong"})


def test_a_record_without_a_number_of_theirs_is_applied_for_whatever_happened_here(office: HousingCodeOffice) -> None:
    changed = sample(SAMPLES, "larger_than_thought").parcel(PROFILE)
    unknown_there = Parcel(changed.key, changed.kind, Action.CHANGE, changed.fields, changed.worker, changed.made_at)

    (came,) = send(office, unknown_there)

    assert isinstance(came, Delivered)
    assert [line["action"] for line in office.ledger.lines()] == ["SQFWBM"]


ENTITY = '<!DOCTYPE SQ [<!ENTITY a "b">]>'


def posted(office: HousingCodeOffice, asked: str, *, doctype: str = "", more: str = "") -> tuple[int, str]:
    """What they answer to an application in somebody else's words: status and text."""
    account = office.settings()
    login = f"<appId>{account['app_id']}</appId><password>{account['password']}</password>"
    ours = 'xmlns="http://tempuri.org/"'
    body = (
        f'{doctype}<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><Security {ours}>{login}'
        f"</Security></e:Header><e:Body>{more}<SQFWBM {ours}><xml>{escape(asked)}</xml></SQFWBM></e:Body></e:Envelope>"
    )
    headers = {"SOAPAction": '"http://tempuri.org/SQFWBM"', "Content-Type": "text/xml"}
    call = urllib.request.Request(account["url"], body.encode(), headers)  # noqa: S310 - the office of this test
    try:
        with urllib.request.urlopen(call, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


@pytest.mark.parametrize(
    ("asked", "doctype", "more"),
    [
        (f"{ENTITY}<SQ><LSH>&a;</LSH></SQ>", "", ""),
        (f"{ENTITY}<SQ/>", "", ""),
        ('<!DOCTYPE SQ [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]><SQ/>', "", ""),
        ("<SQ/>", ENTITY, ""),
        ("<SQ/>", ENTITY, "&a;"),
        ("<SQ><?go on?></SQ>", "", ""),
        ("<SQ><LSH>1</LSH></SQ>", "", "<!-- -->"),
        ("no xml", "", ""),
        ("", "", ""),
    ],
)
def test_what_is_no_message_of_theirs_is_a_fault_of_the_sender(
    office: HousingCodeOffice, asked: str, doctype: str, more: str
) -> None:
    status, told = posted(office, asked, doctype=doctype, more=more)

    assert (status, "soap:Client<" in told) == (500, True)
    assert office.ledger.lines() == []
