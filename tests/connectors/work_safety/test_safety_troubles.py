"""What goes wrong between the connector and the department: dead letters, results that never come, wrong keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from connectors.work_safety import connector, events
from connectors.work_safety.connector import OVERDUE, WorkSafety
from connectors.work_safety.sandbox import WorkSafetyOffice
from gridapp.contract import Delivered, Misconfigured, NotYet, Outcome
from tests.conftest import Until
from tests.connectors.work_safety.flats import decided, flat, house, opened, report, tickets_of


def test_a_dead_letter_is_told_again(office: WorkSafetyOffice) -> None:
    office.faults.set("dead_letter", times=1)

    (came,) = report(office, flat(1))

    assert came == NotYet("消费失败,已进入死信队列", code="AQ-5000")
    assert isinstance(report(office, flat(1))[0], Delivered)


def test_the_last_word_on_an_event_counts(office: WorkSafetyOffice, until: Until) -> None:
    office.faults.set("dead_letter", times=1)
    tickets = tickets_of(opened(office, lambda connector: connector.send([flat(1)])))
    until(lambda: office.store.table("dead_letters"))
    opened(office, lambda connector: connector.send([flat(1)]))
    until(lambda: office.store.table("places"))

    # Both are in the queue soon, the older one first.
    assert until(lambda: isinstance(opened(office, lambda connector: connector.track(tickets))[0], Delivered))


def test_a_result_that_never_comes_is_missed_after_hours_and_asked_for_by_telling_it_again(
    office: WorkSafetyOffice, until: Until
) -> None:
    office.faults.set("callback_never")
    told = opened(office, lambda connector: connector.send([flat(1)]))
    until(lambda: office.store.table("places"))
    office.faults.clear()
    long_ago = events.ticket(flat(1), now=datetime.now(UTC) - OVERDUE - timedelta(seconds=1))

    waiting = opened(office, lambda connector: connector.track(tickets_of(told)))
    missed = opened(office, lambda connector: connector.track([long_ago]))

    assert waiting == [None]
    assert missed == [NotYet("对方逾期没有返回结果，重新上报", retry_after=0.0, code="overdue")]
    assert isinstance(report(office, flat(1))[0], Delivered)
    assert len(office.store.table("places")) == 1


def test_a_forged_result_is_not_believed(office: WorkSafetyOffice) -> None:
    office.faults.set("callback_forged")

    (came,) = report(office, flat(1))

    assert isinstance(came, Delivered)
    assert came.reference == office.store.table("places")[house(1)]["placeId"]


def test_a_wrong_key_stops_the_lane_after_a_while(office: WorkSafetyOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "DISTRUST", 0.2)

    async def act(mine: WorkSafety) -> None:
        tickets = tickets_of(await mine.send([flat(1)]))
        with pytest.raises(Misconfigured, match="hmac"):
            await decided(mine, tickets)
        with pytest.raises(Misconfigured, match="hmac"):
            await mine.send([flat(2)])

    opened(office, act, hmac_key="the key of last year")

    assert office.store.table("places") == {}
    assert len(office.store.table("dead_letters")) == 1


def test_a_forged_result_alone_stops_nobody(office: WorkSafetyOffice, until: Until) -> None:
    """Somebody who knows an event's id can write nonsense about it, until the department has spoken."""
    office.faults.set("callback_forged")
    office.faults.set("callback_never", times=1)

    async def act(mine: WorkSafety) -> Sequence[Outcome | None]:
        tickets = tickets_of(await mine.send([flat(1)]))
        await asyncio.to_thread(until, lambda: office.store.table("places"))
        for _ in range(5):
            assert await mine.track(tickets) == [None]
        office.faults.clear()
        await mine.send([flat(1)])
        return await decided(mine, tickets)

    assert isinstance(opened(office, act)[0], Delivered)
