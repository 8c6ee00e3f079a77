"""The harness in short: some hundred entries while everything breaks, deployments under load, an idle house."""

from __future__ import annotations

import pytest

from .conftest import Harness

pytestmark = pytest.mark.stack


def test_nothing_is_lost_doubled_overtaken_or_hidden_while_everything_breaks(harness: Harness) -> None:
    report = harness("chaos", "--short", "--seed", "1")

    assert {question: found for question, found in report["findings"].items() if found} == {}
    assert report["faults"]["kill a worker"] >= 15
    assert report["faults"]["stop a worker longer than its lease"] >= 3
    assert report["faults"]["restart the database at once"] == 1
    assert report["faults"]["flush the broker"] >= 3
    assert report["deaths_at_commit"] > 0
    assert report["deliveries"] > 500
    assert report["doubles_at_neither"] == 0
    assert report["uncertain"] > 0, "departments that cannot be asked leave doubts, and these are shown"


def test_workers_that_are_exchanged_under_load_leave_no_doubt_and_no_lane_behind(harness: Harness) -> None:
    report = harness("rolling", "--seconds", "10")

    assert {question: found for question, found in report["findings"].items() if found} == {}
    assert report["restarts"] >= 3
    assert report["uncertain"] == 0


def test_a_house_with_nothing_to_do_does_next_to_nothing(harness: Harness) -> None:
    report = harness("idle", "--seconds", "15")

    assert report["lanes"] == 14
    assert report["passed"], report["percent"]
