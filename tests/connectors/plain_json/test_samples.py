"""What a worker entered against the body that goes out, and what a receiver answers against whose move it is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.plain_json.connector import PlainJson
from connectors.plain_json.mapping import PROFILE
from connectors.plain_json.replies import judge
from connectors.transport.http import Answer
from gridapp.contract import Misconfigured, Outcome, Parcel, Unavailable
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples
from tests.connectors.transport.raw_server import Request, always, serving
from tests.connectors.transport.raw_server import reply as http_reply

SAMPLES = Path(__file__).parent / "samples"


def sent(parcel: Parcel, **settings: str) -> Request:
    """The one request that goes out for a parcel."""

    async def run() -> list[Request]:
        async with serving(always(http_reply("200 OK", b'{"ok": true}'))) as seen:
            async with PlainJson({"url": seen.url, **settings}) as connector:
                await connector.send([parcel])
            return seen.requests

    (request,) = asyncio.run(run())
    return request


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_record_goes_out_as_one_body(one: Sample) -> None:
    request = sent(one.parcel(PROFILE))

    assert json.loads(request.body) == json.loads(one.sent("json"))


def test_a_preview_is_what_goes_out() -> None:
    parcel = sample(SAMPLES, "floating_tenant").parcel(PROFILE)

    shown = PlainJson({}).preview(parcel)

    assert json.loads(shown.message) == json.loads(sent(parcel).body)
    assert {line.name: line.value for line in shown.lines}["ethnicity"] == "01 汉族"


def test_the_key_comes_first() -> None:
    """Whoever counts what arrived looks at nothing else."""
    parcel = sample(SAMPLES, "floating_tenant", occupation="k000017").parcel(PROFILE)

    assert sent(parcel).body.startswith(b'{"key":"00000000000000000000000000000000",')
    assert sent(parcel, key_from="occupation").body.startswith(b'{"key":"k000017",')


def test_a_full_record_is_about_a_kilobyte_and_a_half() -> None:
    assert 1300 < len(sent(sample(SAMPLES, "floating_tenant").parcel(PROFILE)).body) < 1700


def test_a_token_is_shown_when_there_is_one() -> None:
    parcel = sample(SAMPLES, "floating_tenant").parcel(PROFILE)

    assert "authorization" not in sent(parcel).head.lower()
    assert "Authorization: Bearer of-the-test\r\n" in sent(parcel, token="of-the-test").head


def judged(told: dict[str, Any]) -> Outcome | dict[str, Any]:
    answer = Answer(told["status"], {}, told["answer"].encode())
    try:
        return judge(answer, status_is_enough=told.get("status_is_enough", False))
    except Unavailable as error:
        return {"is": "Unavailable", "reason": error.reason, "maybe_sent": error.maybe_sent}
    except Misconfigured as error:
        return {"is": "Misconfigured", "code": error.code, "reason": error.reason}


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    came = judged(told)

    assert came == (told["outcome"] if isinstance(came, dict) else outcome(told["outcome"]))
