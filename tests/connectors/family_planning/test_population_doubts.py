"""What we do not know, who may see what, and how often: the connector in front of the register."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.family_planning.connector import THEIR_CLOCK, FamilyPlanning
from connectors.family_planning.mapping import PROFILE
from connectors.family_planning.sandbox import PopulationRegister
from gridapp.contract import Delivered, Misconfigured, NotYet, Submitted, Unavailable, Unknown
from tests.connectors.family_planning.office import Office, kinds, woman

# --- Doubts ----------------------------------------------------------------------------------------------------------


def test_after_a_lost_answer_the_same_batch_has_the_same_file(office: Office) -> None:
    office.register.faults.set("answer_lost", times=1)
    with pytest.raises(Unavailable) as raised:
        office.send(woman(1), woman(2))
    assert raised.value.maybe_sent
    files = office.files()

    assert kinds(office.decided(woman(1), woman(2))) == ["Delivered", "Delivered"]

    assert office.files() == files
    assert len(office.register.ledger) == 2


def test_what_may_have_arrived_is_looked_for_in_the_files(office: Office) -> None:
    (first,) = office.decided(woman(1))
    assert isinstance(first, Delivered)
    made_long_ago = datetime(2024, 3, 15, tzinfo=UTC)

    asked = [
        woman(1, reference=first.reference),
        woman(2),
        woman(3, reference="QY0000000000000099"),
        woman(4, reference="QY0000000000000099", made_at=made_long_ago),
    ]

    there, absent, changed, forgotten = office.read_back(*asked)
    assert there == first
    assert isinstance(absent, NotYet)
    assert isinstance(changed, NotYet)
    assert isinstance(forgotten, Unknown)  # its file is long gone, and they have given it a number


def test_of_a_file_without_an_answer_nothing_is_known_yet(office: Office) -> None:
    slow = PopulationRegister(own_time=True)
    slow.start()
    try:
        office.settings = slow.settings()
        (sent,) = office.send(woman())
        assert isinstance(sent, Submitted)

        assert office.track(sent.ticket) == [None]
        assert office.read_back(woman()) == [sent]
        assert len(sent.ticket) <= 128
    finally:
        slow.stop()


# --- What holds for all of it -----------------------------------------------------------------------------------------


def test_nothing_of_a_person_gets_into_a_log_or_an_error(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked = woman(changed={"guardian_relation": "52"})
    texts = [
        str(value) for name, value in asked.fields.items() if name.endswith(("name", "number", "phone", "address"))
    ]
    said = [str(one) for one in office.decided(asked)]
    for fault in ("reset", "disk_full", "answer_lost", "wrong_credentials"):
        office.register.faults.set(fault, times=1)
        with pytest.raises((Unavailable, Misconfigured)) as raised:
            office.send(replace(asked, key=f"{len(said):032x}"))
        said.append(repr(raised.value))

    assert len(texts) >= 5
    assert [text for text in texts if text in caplog.text or any(text in one for one in said)] == []


def test_the_lane_keeps_their_pace_their_hours_and_their_freeze() -> None:
    can, window = FamilyPlanning.capabilities, PROFILE.window
    at = datetime(2024, 3, 29, 12, tzinfo=THEIR_CLOCK)

    assert can.per_second is not None and round(1 / can.per_second) == 13 * 3600 // 4
    assert (can.batch, can.per_day) == (5000, 20_000)
    assert window.is_open(at)
    assert not window.is_open(at.replace(hour=6)) and not window.is_open(at.replace(hour=21))
    assert not window.is_open(at.replace(month=4, day=1))
    assert window.next_opening(at.replace(day=31, hour=22)) == datetime(2024, 4, 2, 7, tzinfo=THEIR_CLOCK)


def test_the_preview_is_the_file_before_it_is_packed(office: Office) -> None:
    shown = FamilyPlanning(office.settings).preview(woman())

    assert '<QYRK JLS="1">' in shown.message and office.settings["file_key"] not in shown.message
    assert shown.lines[0].value == woman().key
