"""What the counter and the window find wrong, and the page that they ask for: between connector and lease office."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.lease_filing.sandbox import LeaseOffice
from gridapp.contract import (
    Attachment,
    Delivered,
    Outcome,
    Rejected,
)
from tests.connectors.lease_filing.calls import (
    HOUSE,
    PAGE,
    SIGNATURE,
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


def test_the_page_that_the_window_wants_is_added_and_the_case_goes_on_under_its_number(office: LeaseOffice) -> None:
    dear: Any = {"tenancy__monthly_rent": "25000"}
    ticket = ticket_of(office, lease(**dear))
    refused = track(office, ticket)

    again = ticket_of(office, lease(key=2, scans={SIGNATURE: PAGE}, **dear))
    (came,) = track(office, again)

    assert refused == [Rejected("BZ01", "补正:缺少出租人签字页", (SIGNATURE,))]
    assert again == ticket
    assert numbered(came)
    with_page = lease(scans={SIGNATURE: PAGE})
    assert office.store.table("filings")[HOUSE]["files"] == {"leaseSignature": with_page.fields[SIGNATURE]}


def test_an_answer_of_before_the_supplement_is_not_taken_for_the_new_one(office: LeaseOffice) -> None:
    office.faults.script(HOUSE, "BZ01", times=1)
    ticket = ticket_of(office, lease())
    track(office, ticket)

    again = ticket_of(office, lease(key=2, scans={SIGNATURE: PAGE}))
    postpone(office)

    assert (again, track(office, ticket)) == (ticket, [None])


def test_what_was_returned_and_is_mended_gets_a_number_of_its_own(office: LeaseOffice) -> None:
    ticket = ticket_of(office, lease(housing__floor_area="8.00"))
    refused = track(office, ticket)

    mended = ticket_of(office, lease(key=2))

    assert refused == [Rejected("TH02", "退回:人均面积低于本市标准", ("housing.floor_area", "housing.occupant_count"))]
    assert mended != ticket
    assert numbered(track(office, mended)[0])
    assert track(office, ticket) == refused


@pytest.mark.parametrize(
    ("changed", "code", "fields"),
    [
        ({"tenancy__lease_end": "2044-03-02"}, "BZ02", ("tenancy.lease_start", "tenancy.lease_end")),
        ({"housing__occupant_count": 20}, "TH02", ("housing.floor_area", "housing.occupant_count")),
        ({"tenancy__monthly_rent": "20000"}, "BZ01", (SIGNATURE,)),
    ],
)
def test_what_the_window_finds_names_the_fields(
    office: LeaseOffice, changed: dict[str, Any], code: str, fields: tuple[str, ...]
) -> None:
    came = decided(office, lease(**changed))

    assert isinstance(came, Rejected)
    assert (came.code, came.fields) == (code, fields)
    assert office.store.table("filings") == {}


@pytest.mark.parametrize("changed", [{"tenancy__lease_end": "2044-03-01"}, {"tenancy__monthly_rent": "19999.99"}])
def test_what_is_just_within_the_rules_passes(office: LeaseOffice, changed: dict[str, Any]) -> None:
    assert numbered(decided(office, lease(**changed)))


def test_a_seized_house_is_nothing_that_a_field_can_put_right(office: LeaseOffice) -> None:
    office.store.put("seized", HOUSE, {})

    assert decided(office, lease()) == Rejected("TH03", "退回:房屋被查封", ())


@pytest.mark.parametrize(
    ("scan", "code"),
    [
        (Attachment("application/pdf", b"%PDF-" + b" " * (5 * 1024 * 1024)), "4013"),
        (Attachment("application/pdf", b"GIF89a"), "4015"),
    ],
)
def test_a_file_that_they_do_not_take_is_named(office: LeaseOffice, scan: Attachment, code: str) -> None:
    (came,) = send(office, lease(scans={SIGNATURE: scan}))

    assert isinstance(came, Rejected)
    assert (came.code, came.fields) == (code, (SIGNATURE,))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"housing__lessee_phone": "call me"}, "housing.lessee_phone"),
        ({"tenancy__lessor_name": "名" * 51}, "tenancy.lessor_name"),
        ({"tenancy__lease_end": "2024-03-01"}, "tenancy.lease_end"),
        ({"housing__occupant_count": None}, "housing.occupant_count"),
    ],
)
def test_what_the_counter_does_not_take_names_the_field(
    office: LeaseOffice, changed: dict[str, Any], field: str
) -> None:
    (came,) = send(office, lease(**changed))

    assert isinstance(came, Rejected)
    assert (came.code, came.fields) == ("4001", (field,))
    assert office.store.sizes() == {}
