"""What a worker entered against the event that goes out, and results against whose move it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.transport.guomi import hmac_sm3
from connectors.work_safety import events
from connectors.work_safety.connector import WorkSafety
from connectors.work_safety.mapping import PROFILE
from connectors.work_safety.replies import Untrusted, judge, read
from gridapp.contract import Attachment, Inexpressible, Parcel
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples

SAMPLES = Path(__file__).parent / "samples"
KEY = b"key of the district"
PHOTO = Attachment("image/jpeg", b"\xff\xd8\xff\xe0 a staircase")


def parcel(name: str, **changed: Any) -> Parcel:
    return sample(SAMPLES, name, **changed).parcel(PROFILE)


def with_photo(handed: Parcel) -> Parcel:
    return replace(handed, attachments={"attachment.hazard_photo": PHOTO})


def test_a_flat_without_danger_that_is_let_as_a_whole_is_not_theirs() -> None:
    one = sample(SAMPLES, "nothing_let_as_a_whole")

    assert not PROFILE.layouts[one.kind].applies.holds(one.view)


def test_a_description_they_would_send_back_does_not_leave_the_house() -> None:
    with pytest.raises(Inexpressible) as refused:
        events.event(parcel("nothing_short_description"))

    assert refused.value.field == "housing.hidden_danger_note"


def test_without_its_code_a_flat_is_no_place() -> None:
    with pytest.raises(Inexpressible) as refused:
        events.event(parcel("let_no_more", housing__housing_code=None))

    assert refused.value.field == "housing.housing_code"


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_flat_goes_out_in_their_words(one: Sample) -> None:
    letter = events.letter(one.parcel(PROFILE), KEY)

    assert json.loads(letter.body) == json.loads(one.sent("json"))
    assert letter.key == one.view["housing.housing_code"]
    assert letter.headers == {"hmac-sm3": hmac_sm3(KEY, letter.body).hex()}
    assert letter.id == "00000000-0000-0000-0000-000000000000"


def test_the_photo_goes_along_with_a_report_and_nothing_else() -> None:
    report = json.loads(events.letter(with_photo(parcel("fire_danger_alone")), KEY).body)
    update = json.loads(events.letter(with_photo(parcel("no_danger_any_more")), KEY).body)

    assert report["hazardPhoto"] == {"mediaType": "image/jpeg", "content": "/9j/4CBhIHN0YWlyY2FzZQ=="}
    assert "hazardPhoto" not in update


def test_the_photo_is_asked_of_nobody_at_the_door() -> None:
    one = sample(SAMPLES, "shared_rental")

    assert "attachment.hazard_photo" not in PROFILE.layouts[one.kind].asked(one.view)
    assert "attachment.hazard_photo" not in PROFILE.layouts[one.kind].missing(one.view)


def test_the_preview_is_the_event_with_a_word_on_the_photo() -> None:
    handed = with_photo(parcel("shared_rental"))

    shown = WorkSafety({"hmac_key": "key of the district"}).preview(handed)

    message = json.loads(shown.message)
    assert message.pop("hazardPhoto") == {"mediaType": "image/jpeg", "content": "…（Base64，原文件16字节）"}
    assert message == events.event(handed)
    lines = {line.name: line.value for line in shown.lines}
    assert (lines["eventType"], lines["hazards[].type"]) == ("HAZARD_REPORT", "MD01、XF01、QT99")
    assert "key of the district" not in shown.message


def test_a_ticket_says_which_event_and_when() -> None:
    now = datetime(2024, 3, 15, 1, 5, tzinfo=UTC)

    ticket = events.ticket(parcel("shared_rental"), now=now)

    assert events.told_at(ticket) == ("00000000-0000-0000-0000-000000000000", now)
    assert events.told_at("e" * 32) == ("e" * 32, None)
    assert events.told_at("e/²") == ("e", None)


def signed(answer: Any, key: bytes = KEY) -> tuple[bytes, dict[str, str]]:
    body = orjson.dumps(answer)
    return body, {"hmac-sm3": hmac_sm3(key, body).hex()}


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_a_result_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    result = read(*signed(told["answer"]), KEY)

    if told["outcome"] is None:
        assert result is None
    else:
        assert result is not None
        assert judge(result) == outcome(told["outcome"])


@pytest.mark.parametrize("headers", [{}, {"hmac-sm3": 7}, {"hmac-sm3": "no hex"}, {"hmac-sm3": "00" * 32}])
def test_a_result_that_is_not_signed_is_not_read(headers: dict[str, Any]) -> None:
    body, _ = signed({"eventId": "e", "code": "AQ-0000"})

    with pytest.raises(Untrusted):
        read(body, headers, KEY)


def test_a_result_is_read_byte_for_byte() -> None:
    body, headers = signed({"eventId": "e", "code": "AQ-0000"})

    with pytest.raises(Untrusted):
        read(body + b" ", headers, KEY)
    with pytest.raises(Untrusted):
        read(body, headers, b"another key")
