"""What every department can do: open and shut on the same port, keep, count, take its time."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from connectors.sandbox import Store
from tests.connectors.sandbox.office import Office


def test_a_department_that_was_never_started_stops_without_a_word() -> None:
    Office().stop()


def test_starting_twice_is_starting_once(office: Office) -> None:
    port = office.port

    office.start()

    assert office.port == port
    assert office.post("a")[0] == 200


def test_a_department_that_is_down_refuses(office: Office) -> None:
    office.stop()

    with pytest.raises(OSError, match="refused"):
        office.post("a")
    assert not office.running


def test_it_comes_back_on_the_same_port_with_what_it_held(office: Office) -> None:
    office.post("a")
    address = office.settings()

    office.stop()
    office.start()
    office.post("b")

    assert office.settings() == address
    assert list(office.store.table("kept")) == ["a", "b"]


def test_a_stop_does_not_wait_for_who_hangs(office: Office) -> None:
    office.faults.set("hang")
    visitor = threading.Thread(target=_visit_and_lose_the_connection, args=(office,))
    visitor.start()

    office.stop()
    visitor.join(timeout=30)

    assert not visitor.is_alive()


def _visit_and_lose_the_connection(office: Office) -> None:
    with suppress(OSError):
        office.post("a", seconds=300)


def test_two_departments_share_nothing(office: Office) -> None:
    other = Office()
    other.start()

    office.post("a")

    assert other.port != office.port
    assert other.store.dump() == {}
    other.stop()


def test_the_ledger_counts_what_the_store_holds_once(office: Office) -> None:
    office.post("a")
    office.post("a")

    assert [line["key"] for line in office.ledger.lines()] == ["a", "a"]
    assert office.store.sizes() == {"kept": 1}


def test_a_dump_is_a_copy(office: Office) -> None:
    office.post("a")

    office.dump()["store"]["kept"].clear()

    assert office.store.get("kept", "a") == {"key": "a"}


def test_a_reset_forgets_everything_and_stays_up(office: Office) -> None:
    office.post("a")
    office.faults.set("down")

    office.reset()

    assert office.dump() == {"store": {}, "ledger": [], "faults": {"scripted": {}}}
    assert office.post("b")[0] == 200


def test_a_store_gives_back_what_it_was_given_not_what_became_of_it() -> None:
    store, record = Store(), {"phones": ["1"]}

    store.put("kept", "a", record)
    record["phones"].append("2")

    assert store.get("kept", "a") == {"phones": ["1"]}
    assert store.get("kept", "b") is None
    assert (store.remove("kept", "a"), store.remove("kept", "a")) == (True, False)


def test_in_a_test_it_answers_at_once() -> None:
    assert {Office().waits() for _ in range(10)} == {0}


def test_its_own_time_is_about_what_its_handbook_says() -> None:
    times = sorted(Office(own_time=True).waits() for _ in range(1001))

    assert 0.4 < times[500] < 0.6
    assert 1.2 < times[950] < 3
    assert times[-1] <= 4


def test_hurry_shortens_long_waits_alone() -> None:
    class Slow(Office):
        takes = (900.0, 900.0)

    assert Slow(own_time=True, hurry=1000).waits() == pytest.approx(0.9)
    assert Office(own_time=True, hurry=1000).waits() > 0.01
