"""What the lease office holds of a house, as far as it can be asked."""

from __future__ import annotations

import pytest

from connectors.lease_filing.connector import LeaseFiling
from connectors.lease_filing.sandbox import LeaseOffice
from gridapp.contract import (
    AlreadyThere,
    Attachment,
    Delivered,
    Differs,
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
    held,
    lease,
    postpone,
    send,
    ticket_of,
)
from tests.files import jpeg


def test_nothing_held_is_said_so(office: LeaseOffice) -> None:
    assert held(office, lease(), lease("lease_over")) == [NotYet("没有这件备案"), AlreadyThere()]


def test_what_lies_on_the_table_is_held_under_its_number(office: LeaseOffice) -> None:
    ticket = ticket_of(office, lease())
    postpone(office)

    assert held(office, lease(), lease("lease_over", reference="")) == [Submitted(ticket), Differs("")]


def test_a_filing_is_compared_field_by_field(office: LeaseOffice) -> None:
    filed = decided(office, lease())
    assert isinstance(filed, Delivered)

    same, other = held(office, lease(), lease(tenancy__monthly_rent="3600", housing__lessee_phone="13912345555"))

    assert same == filed
    assert other == Differs(filed.reference, ("housing.lessee_phone", "tenancy.monthly_rent"))


def test_a_file_is_compared_by_its_digest_and_only_where_we_have_one(office: LeaseOffice) -> None:
    filed = decided(office, lease(scans={SIGNATURE: PAGE}))
    assert isinstance(filed, Delivered)
    another = Attachment("image/jpeg", jpeg())

    found = held(office, lease(scans={SIGNATURE: PAGE}), lease(), lease(scans={SIGNATURE: another}))

    assert found == [filed, filed, Differs(filed.reference, (SIGNATURE,))]


def test_a_case_that_came_back_counts_for_the_entry_it_was_about(office: LeaseOffice) -> None:
    office.faults.script(HOUSE, "BZ01", times=1)
    decided(office, lease(key=1))

    of_this, of_a_newer, closing = held(office, lease(key=1), lease(key=2), lease("lease_over", reference=""))

    assert of_this == Rejected("BZ01", "补正:缺少出租人签字页", (SIGNATURE,))
    assert of_a_newer == NotYet("对方没有有效的备案")
    assert closing == AlreadyThere()


def test_a_change_that_came_back_leaves_the_old_content_there(office: LeaseOffice) -> None:
    filed = decided(office, lease(key=1))
    assert isinstance(filed, Delivered)
    changed = lease("new_rent", key=2, reference=filed.reference, tenancy__monthly_rent="90000")
    decided(office, changed)

    of_the_change, of_the_old, of_a_newer = held(office, changed, lease(key=1), lease("new_rent", key=3))

    assert isinstance(of_the_change, Rejected)
    assert of_the_old == filed
    assert of_a_newer == Differs(filed.reference, ("tenancy.monthly_rent",))


def test_what_should_be_cancelled_or_should_not_be_differs(office: LeaseOffice) -> None:
    filed = decided(office, lease())
    assert isinstance(filed, Delivered)
    over = lease("lease_over", reference=filed.reference)
    still_there = held(office, over)
    send(office, over)

    assert still_there == [Differs(filed.reference)]
    assert held(office, over, lease()) == [AlreadyThere(filed.reference), NotYet("对方没有有效的备案")]


def test_what_could_not_be_asked_in_time_or_written_is_not_known(office: LeaseOffice) -> None:
    async def asking(connector: LeaseFiling) -> list[Outcome]:
        office.faults.set("error_5xx")
        with pytest.raises(Unavailable):
            await connector.read_back([lease()])
        office.faults.clear()
        unsayable = await connector.read_back([lease(tenancy__lessee_id_type="990")])
        connector._begin_within = -1.0
        return [*unsayable, *await connector.read_back([lease(), lease()])]

    assert at(office, asking) == [
        Unknown("这份档案现在无法按对方格式写出"),
        NotYet("没有这件备案"),
        Unknown("尚未查询"),
    ]


def test_an_office_that_says_something_else_is_not_understood(office: LeaseOffice) -> None:
    office.faults.set("error_in_200")

    assert held(office, lease()) == [Unknown("对方没有说明:5000 系统繁忙")]
