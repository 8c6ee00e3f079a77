"""The connector, a broker and the department behind it: what only shows between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.work_safety.connector import WorkSafety
from connectors.work_safety.sandbox import WorkSafetyOffice
from gridapp.contract import AlreadyThere, Delivered, Outcome, Rejected, Unavailable
from tests.conftest import Until
from tests.connectors.work_safety.flats import PHOTO, decided, flat, house, opened, report, tickets_of

# --- Nothing happens ---------------------------------------------------------------------------------------------


def test_no_parcels_are_no_message(office: WorkSafetyOffice) -> None:
    assert opened(office, lambda connector: connector.send([])) == []
    assert len(office.ledger) == 0


def test_what_they_would_send_back_does_not_leave_the_house(office: WorkSafetyOffice) -> None:
    (came,) = opened(office, lambda connector: connector.send([flat(name="nothing_short_description")]))

    assert isinstance(came, Rejected)
    assert came.fields == ("housing.hidden_danger_note",)
    assert len(office.ledger) == 0


def test_checking_publishes_nothing_and_takes_no_result(office: WorkSafetyOffice) -> None:
    tickets = tickets_of(opened(office, lambda connector: connector.send([flat()])))

    opened(office, lambda connector: connector.check())

    assert len(office.ledger) <= 1
    assert isinstance(opened(office, lambda connector: decided(connector, tickets))[0], Delivered)


def test_a_ticket_of_nobody_is_open_for_ever(office: WorkSafetyOffice) -> None:
    assert opened(office, lambda connector: connector.track(["0" * 32, "", "a/b"])) == [None] * 3


# --- Events and results ------------------------------------------------------------------------------------------


def test_a_flat_with_dangers_is_on_their_books_with_both_numbers(office: WorkSafetyOffice) -> None:
    (came,) = report(office, flat(301))

    place, hazard = office.store.table("places")[house(301)], office.store.table("hazards")[house(301)]
    assert came == Delivered(place["placeId"], {"AQSC.placeId": place["placeId"], "AQSC.hazardNo": hazard["hazardNo"]})
    assert (place["lng"], place["lat"]) == ("114.05510393", "22.54726820")


def test_a_batch_is_answered_each_for_itself(office: WorkSafetyOffice) -> None:
    office.faults.script(house(2), "AQ-2002")
    office.faults.script(house(3), "AQ-1002")

    came = report(office, *[flat(number) for number in range(1, 61)])

    assert [type(one).__name__ for one in came[:4]] == ["Delivered", "NotApplicable", "Rejected", "Delivered"]
    assert all(isinstance(one, Delivered) for one in came[3:])
    assert len(office.store.table("places")) == 58


def test_coordinates_as_they_were_measured_would_be_outside(office: WorkSafetyOffice) -> None:
    office.area = (114.0500, 22.5450, 114.0600, 22.5480)  # where the house stands on their map

    assert isinstance(report(office, flat())[0], Delivered)


def test_a_photo_is_sent_after_they_asked_for_it(office: WorkSafetyOffice) -> None:
    goods: dict[str, Any] = {"housing__hidden_danger_types": ["04"], "housing__hidden_danger_note": "室内存放气瓶"}
    (without,) = report(office, flat(1, **goods))
    assert without == Rejected("AQ-2001", "退回:隐患照片缺失", ("attachment.hazard_photo",))

    (with_it,) = report(office, replace(flat(1, key=2, **goods), attachments={"attachment.hazard_photo": PHOTO}))

    assert isinstance(with_it, Delivered)
    assert office.store.table("hazards")[house(1)]["photo"]["size"] == len(PHOTO.content)


def test_a_flat_that_is_let_no_more_is_closed_there(office: WorkSafetyOffice) -> None:
    (first,) = report(office, flat(1))
    assert isinstance(first, Delivered)

    (came,) = report(office, flat(1, "let_no_more", key=2))

    assert isinstance(came, Delivered)
    assert office.store.table("places")[house(1)]["status"] == "已注销"


def test_what_they_have_already_is_a_success_with_its_numbers(office: WorkSafetyOffice) -> None:
    (first,) = report(office, flat(1))
    assert isinstance(first, Delivered)

    (again,) = report(office, flat(1, key=2))

    assert again == AlreadyThere(first.reference, first.gives, code="AQ-1001")


# --- At least once -----------------------------------------------------------------------------------------------


def test_an_event_told_twice_is_done_once_and_answered_twice(office: WorkSafetyOffice) -> None:
    first = report(office, flat(1))

    assert report(office, flat(1)) == first
    assert len(office.ledger) == 2
    assert len(office.store.table("places")) == 1


def test_a_confirm_that_was_lost_is_in_doubt_and_telling_it_again_is_safe(office: WorkSafetyOffice) -> None:
    office.faults.set("answer_lost", times=1)
    with pytest.raises(Unavailable) as raised:
        opened(office, lambda connector: connector.send([flat(1)]))
    assert raised.value.maybe_sent

    assert isinstance(report(office, flat(1))[0], Delivered)
    assert len(office.store.table("places")) == 1


def test_a_result_before_the_confirm_waits_for_its_ticket(office: WorkSafetyOffice) -> None:
    office.faults.set("callback_early")

    assert isinstance(report(office, flat(1))[0], Delivered)


@pytest.mark.parametrize("fault", ["callback_twice", "callback_unknown", "return_shuffled"])
def test_results_twice_of_others_and_out_of_order_give_everybody_their_own(
    office: WorkSafetyOffice, fault: str
) -> None:
    office.faults.set(fault)
    office.faults.script(house(7), "AQ-1003")

    came = report(office, *[flat(number) for number in range(1, 21)])

    assert [isinstance(one, Rejected) for one in came] == [number == 7 for number in range(1, 21)]
    assert len({one.reference for one in came if isinstance(one, Delivered)}) == 19


def test_results_that_are_not_asked_for_are_there_for_the_next_connection(office: WorkSafetyOffice) -> None:
    tickets = tickets_of(opened(office, lambda connector: connector.send([flat(1), flat(2), flat(3)])))
    first = opened(office, lambda connector: decided(connector, tickets[2:]))

    others = opened(office, lambda connector: decided(connector, tickets[:2]))

    assert [type(one) for one in [*others, *first]] == [Delivered] * 3


def test_whoever_asks_twice_is_told_twice(office: WorkSafetyOffice) -> None:
    """An answer is acknowledged when the lane comes back, and the lane may have died instead."""
    tickets = tickets_of(opened(office, lambda connector: connector.send([flat(1)])))

    async def three_times(connector: WorkSafety) -> list[Outcome | None]:
        first = await decided(connector, tickets)
        return [*first, *await connector.track(tickets), *await connector.track(tickets)]

    once = opened(office, lambda connector: decided(connector, tickets))

    assert opened(office, three_times) == [*once] * 3


def test_results_outlive_an_outage(office: WorkSafetyOffice, until: Until) -> None:
    tickets = tickets_of(opened(office, lambda connector: connector.send([flat(1), flat(2)])))
    until(lambda: len(office.store.table("places")) == 2)
    office.stop()
    with pytest.raises(Unavailable):
        opened(office, lambda connector: connector.track(tickets))

    office.start()

    came = opened(office, lambda connector: decided(connector, tickets))
    assert [type(one) for one in came] == [Delivered] * 2
