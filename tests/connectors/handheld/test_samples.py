"""What a worker entered against the line that goes out, and what they answer against whose move it is."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

import pytest

from connectors.handheld.connector import Handheld
from connectors.handheld.mapping import PROFILE
from connectors.handheld.replies import judge, read
from gridapp.contract import Misconfigured, Outcome, Parcel, Unavailable
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples
from tests.connectors.transport.raw_server import Request, Writer, serving
from tests.connectors.transport.raw_server import reply as http_reply

SAMPLES = Path(__file__).parent / "samples"


def sent(*parcels: Parcel) -> Request:
    """The one request that goes out for these parcels."""

    async def take_everything(request: Request, writer: Writer) -> None:
        writer.write(http_reply("200 OK", b"1|0|0000000000000001"))

    async def run() -> list[Request]:
        async with serving(take_everything) as seen:
            settings = {"url": seen.url, "device": "PDA7", "worker_no": "W0001", "password": "口令"}
            async with Handheld(settings) as connector:
                await connector.send(parcels)
            return seen.requests

    (request,) = asyncio.run(run())
    return request


def packet(request: Request) -> list[str]:
    name, _, text = request.body.partition(b"=")
    assert name == b"packet"
    return unquote_to_bytes(text).decode("gbk").split("\r\n")


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_record_goes_out_as_their_line(one: Sample) -> None:
    lines = packet(sent(one.parcel(PROFILE)))

    assert lines[1:] == [one.sent("txt").rstrip("\n")]


def test_the_first_line_says_who_sends() -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai"))
    digest = hashlib.md5(f"口令{today:%Y%m%d}".encode("gbk"), usedforsecurity=False).hexdigest()

    request = sent(sample(SAMPLES, "floating_tenant").parcel(PROFILE))

    assert packet(request)[0] == f"PDA7|W0001|{digest}"
    assert "content-type: application/x-www-form-urlencoded; charset=gbk" in request.head.lower()


def judged(answer: str, parcel: Parcel) -> Outcome | dict[str, Any]:
    try:
        return judge(read(answer.encode("gbk")), [parcel])[0]
    except Unavailable as error:
        return {"is": "Unavailable", "reason": error.reason, "maybe_sent": error.maybe_sent}
    except Misconfigured as error:
        return {"is": "Misconfigured", "code": error.code, "reason": error.reason}


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    came = judged(told["answer"], sample(SAMPLES, told["of"]).parcel(PROFILE))

    assert came == (told["outcome"] if isinstance(came, dict) else outcome(told["outcome"]))
