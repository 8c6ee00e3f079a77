"""The connector and the lease office over the wire: filing, change, cancellation, limits."""

from __future__ import annotations

import pytest

from connectors.lease_filing.connector import LeaseFiling
from connectors.lease_filing.sandbox import LeaseOffice
from gridapp.contract import (
    AlreadyThere,
    Conflict,
    Delivered,
    Misconfigured,
    NotApplicable,
    NotYet,
    Outcome,
    Rejected,
    Submitted,
    Unavailable,
    Unknown,
)
from tests.connectors.lease_filing.calls import (
    HOUSE,
    PAGE,
    SIGNATURE,
    at,
    decided,
    lease,
    postpone,
    send,
    ticket_of,
    track,
)


def numbered(outcome: Outcome | None) -> str:
    assert isinstance(outcome, Delivered), outcome
    return outcome.reference


# --- Filing --------------------------------------------------------------------------------------------------------


def test_a_filing_has_a_number_at_once_and_another_when_the_window_has_passed_it(office: LeaseOffice) -> None:
    ticket = ticket_of(office, lease())
    assert office.store.table("filings") == {}

    (came,) = track(office, ticket)

    assert isinstance(came, Delivered)
    assert came.gives == {"ZLBA.filingNo": came.reference}
    filing = office.store.table("filings")[HOUSE]
    assert (filing["status"], filing["filing"]["rent"]) == ("有效", "3500.00")
    assert filing["filing"]["lessee"]["name"] == "测试租客"


def test_nothing_is_decided_before_its_time(office: LeaseOffice) -> None:
    ticket = ticket_of(office, lease())
    postpone(office)

    assert track(office, ticket) == [None]


def test_the_same_request_has_the_same_number_before_and_after_the_decision(office: LeaseOffice) -> None:
    first, again = send(office, lease(), lease())
    assert isinstance(first, Submitted)
    decision = track(office, first.ticket)

    (later,) = send(office, lease())

    assert first == again == later
    assert track(office, first.ticket) == decision
    assert office.store.sizes() == {"cases": 1, "filings": 1}


def test_a_contract_that_somebody_has_filed_before_is_there_already(office: LeaseOffice) -> None:
    number = numbered(decided(office, lease()))

    (came,) = send(office, lease(key=2, housing__owner_phone="13912349999"))

    assert came == AlreadyThere(number, {"ZLBA.filingNo": number}, "existed")


def test_another_contract_of_the_house_is_for_the_supervisor(office: LeaseOffice) -> None:
    decided(office, lease())

    (came,) = send(office, lease(key=2, tenancy__lease_start="2024-03-15"))

    assert came == Conflict("CF01", "该房屋存在有效备案")


def test_a_filing_they_have_lost_is_filed_again(office: LeaseOffice) -> None:
    office.faults.set("lose", times=1)

    assert decided(office, lease()) == NotYet("没有这件备案", code="4040")


# --- Changes and ends ----------------------------------------------------------------------------------------------


def test_a_change_keeps_the_number_and_the_old_content_until_it_is_decided(office: LeaseOffice) -> None:
    number = numbered(decided(office, lease()))
    ticket = ticket_of(office, lease("new_rent", key=2, reference=number))
    before = office.store.table("filings")[HOUSE]["filing"]["rent"]

    (came,) = track(office, ticket)

    assert (before, office.store.table("filings")[HOUSE]["filing"]["rent"]) == ("3500.00", "3800.00")
    assert came == Delivered(number, {"ZLBA.filingNo": number})


def test_a_change_that_is_refused_leaves_the_filing_as_it_was(office: LeaseOffice) -> None:
    number = numbered(decided(office, lease()))

    came = decided(office, lease("new_rent", key=2, reference=number, tenancy__monthly_rent="90000"))

    assert isinstance(came, Rejected)
    assert office.store.table("filings")[HOUSE]["filing"]["rent"] == "3500.00"


def test_a_change_of_what_they_do_not_have_is_filed_anew(office: LeaseOffice) -> None:
    came = decided(office, lease("new_rent"))

    assert numbered(came) != lease("new_rent").reference
    assert [line["action"] for line in office.ledger.lines()] == ["change", "file", "ask"]


def test_a_lease_that_is_over_is_cancelled_and_the_house_can_be_filed_anew(office: LeaseOffice) -> None:
    number = numbered(decided(office, lease()))

    (over,) = send(office, lease("lease_over", key=2, reference=number))
    status = office.store.table("filings")[HOUSE]["status"]
    anew = numbered(decided(office, lease(key=3)))

    assert over == Delivered(number)
    assert status == "已注销"
    assert anew != number


def test_a_lease_that_ends_while_they_look_is_cancelled_all_the_same(office: LeaseOffice) -> None:
    ticket = ticket_of(office, lease())
    postpone(office)

    (over,) = send(office, lease("lease_over", key=2, reference=""))

    assert over == Delivered(ticket)
    assert office.store.table("cases")[HOUSE]["status"] == "已撤回"
    assert office.store.table("filings") == {}


def test_nothing_is_cancelled_that_was_never_filed(office: LeaseOffice) -> None:
    unknown, never = send(office, lease("lease_over"), lease("lease_over", key=2, reference=""))

    assert unknown == NotApplicable("4040", "没有这件备案")
    assert never == NotApplicable("", "没有备案，无需注销")


# --- Limits and locks ----------------------------------------------------------------------------------------------


def test_more_than_the_days_number_waits_for_tomorrow(office: LeaseOffice) -> None:
    office.gate.filed = 2000

    with pytest.raises(Unavailable) as full:
        send(office, lease())

    assert not full.value.maybe_sent
    assert 0 < (full.value.retry_after or 0) <= 24 * 3600


def test_five_a_second_is_what_they_bear(office: LeaseOffice) -> None:
    houses = [f"{HOUSE[:-3]}{number:03d}" for number in range(14)]

    outcomes = send(office, *[lease(key=place, housing__housing_code=code) for place, code in enumerate(houses)])

    assert [type(one) for one in outcomes] == [Submitted] * 14


@pytest.mark.parametrize("name", ["app_id", "secret"])
def test_wrong_credentials_are_for_the_operator(office: LeaseOffice, name: str) -> None:
    with pytest.raises(Misconfigured):
        send(office, lease(), **{name: "wrong"})

    assert office.store.sizes() == {}


def test_outside_its_hours_nothing_was_taken(office: LeaseOffice) -> None:
    office.faults.set("window_closed")

    with pytest.raises(Unavailable) as closed:
        send(office, lease())

    assert not closed.value.maybe_sent


def test_a_lost_answer_with_a_file_leaves_one_case(office: LeaseOffice) -> None:
    async def sending(connector: LeaseFiling) -> list[Outcome]:
        await connector.check()
        first = await connector.send([lease(key=9, housing__housing_code=f"{HOUSE[:-3]}999")])
        office.faults.set("answer_lost", times=1)
        return [*first, *await connector.send([lease(scans={SIGNATURE: PAGE}), lease(scans={SIGNATURE: PAGE})])]

    _, lost, again = at(office, sending)

    assert isinstance(lost, Unknown)
    assert isinstance(again, Submitted)
    assert len(office.store.table("cases")) == 2
