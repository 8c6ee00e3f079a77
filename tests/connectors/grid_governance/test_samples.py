"""What a worker entered against what goes out, and what they answer against whose move it is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.grid_governance.mapping import PROFILE
from connectors.grid_governance.replies import Taken, read, refused, taken
from connectors.transport.http import Answer
from gridapp.contract import Misconfigured, Outcome, Parcel, Unavailable
from tests.connectors.grid_governance.open import opened
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples
from tests.connectors.transport.raw_server import Request, Writer, serving
from tests.connectors.transport.raw_server import reply as http_reply

SAMPLES = Path(__file__).parent / "samples"
PATHS = {
    "floating_tenant": "person/save",
    "local_owner": "person/save",
    "moved_out": "person/cancel",
    "new_phone": "person/save",
    "owner_occupied": "house/save",
    "shared_rental": "house/save",
}


def sent(parcel: Parcel) -> Request:
    """The one request that goes out for a parcel."""

    async def take_everything(request: Request, writer: Writer) -> None:
        writer.write(http_reply("200 OK", b'{"errcode": 0, "data": []}'))

    async def run() -> list[Request]:
        async with serving(take_everything) as seen, opened(url=seen.url) as connector:
            await connector.send([parcel])
            return seen.requests

    (request,) = asyncio.run(run())
    return request


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_record_goes_out_in_their_words(one: Sample) -> None:
    request = sent(one.parcel(PROFILE))

    (record,) = next(iter(json.loads(request.body).values()))
    assert record == json.loads(one.sent("json"))
    assert request.head.startswith(f"POST /in/{PATHS[one.name]} ")


def judged(told: dict[str, Any], parcel: Parcel) -> Outcome | dict[str, Any]:
    try:
        verdict = read(Answer(200, {}, orjson.dumps(told["answer"])), parcel.kind)
    except Unavailable as error:
        return {"is": "Unavailable", "reason": error.reason, "maybe_sent": error.maybe_sent}
    except Misconfigured as error:
        return {"is": "Misconfigured", "code": error.code, "reason": error.reason}
    return taken(verdict, [parcel])[0] if isinstance(verdict, Taken) else refused(verdict, parcel.kind)


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    came = judged(told, sample(SAMPLES, told["of"]).parcel(PROFILE))

    assert came == (told["outcome"] if isinstance(came, dict) else outcome(told["outcome"]))
