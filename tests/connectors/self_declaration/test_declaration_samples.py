"""What a worker entered against the declaration that goes out, and what the platform says against whose move it is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import orjson
import pytest

from connectors.self_declaration.connector import SelfDeclaration
from connectors.self_declaration.declaration import SEALED, unsealed
from connectors.self_declaration.mapping import PROFILE
from gridapp.contract import Manual, Misconfigured, Outcome, Parcel, Rejected, Unavailable
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples
from tests.connectors.self_declaration.platform_of import AGREED, SAMPLES, opened
from tests.connectors.transport.raw_server import Request, Writer, always, serving
from tests.connectors.transport.raw_server import reply as http_reply

FIELD_KEY = bytes.fromhex(AGREED["field_key"])
TICKET = "SB202403150000000007"
Said = Outcome | dict[str, Any] | None


def sent(*parcels: Parcel) -> tuple[list[Request], list[Outcome]]:
    """The requests that go out for parcels, and what comes of them where nothing is answered."""

    async def run() -> tuple[list[Request], list[Outcome]]:
        async with serving(always(http_reply("200 OK", b'{"code": 0, "data": []}'))) as seen, opened(seen.url) as one:
            outcomes = list(await one.send(parcels))
            return seen.requests, outcomes

    return asyncio.run(run())


@pytest.mark.parametrize("name", ["nothing_owner_at_home", "nothing_local_tenant"])
def test_some_people_are_not_theirs(name: str) -> None:
    one = sample(SAMPLES, name)

    assert not PROFILE.layouts[one.kind].applies.holds(one.view)


@pytest.mark.parametrize(
    ("name", "field", "whose"),
    [("nothing_long_name", "name", Manual), ("nothing_landline", "housing.owner_phone", Rejected)],
)
def test_what_they_cannot_express_does_not_go_out(name: str, field: str, whose: type[Manual | Rejected]) -> None:
    requests, (came,) = sent(sample(SAMPLES, name).parcel(PROFILE))

    assert requests == []
    assert isinstance(came, whose)
    assert came.fields == (field,)


def test_a_move_out_without_its_day_does_not_go_out() -> None:
    requests, (came,) = sent(sample(SAMPLES, "moved_out", residency__end_date=None).parcel(PROFILE))

    assert requests == []
    assert came == Rejected("inexpressible", "搬离须有此项", ("residency.end_date",))


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_resident_goes_out_in_their_words(one: Sample) -> None:
    (request,), _ = sent(one.parcel(PROFILE))

    (record,) = json.loads(request.body)
    assert request.head.startswith("POST /in/declare ")
    assert unsealed(record, FIELD_KEY) == json.loads(one.sent("json"))


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_preview_says_what_goes_out_before_it_is_encrypted(one: Sample) -> None:
    shown = SelfDeclaration(AGREED).preview(one.parcel(PROFILE))

    record = json.loads(one.sent("json"))
    assert json.loads(shown.message) == record
    assert {line.name: line.value for line in shown.lines} == {name: str(value) for name, value in record.items()}
    assert not any(secret in shown.message for secret in AGREED.values())


def test_numbers_of_people_do_not_travel_in_clear() -> None:
    one = sample(SAMPLES, "floating_tenant")

    (request,), _ = sent(one.parcel(PROFILE))

    assert frozenset({"idNo", "lessorIdNo", "mobile"}) == SEALED
    for name in ("id_number", "housing.owner_id_number", "phone"):
        assert one.view[name].encode() not in request.body


def test_the_same_number_looks_different_each_time() -> None:
    parcel = sample(SAMPLES, "floating_tenant").parcel(PROFILE)

    (first,), _ = sent(parcel)
    (again,), _ = sent(parcel)

    assert json.loads(first.body)[0]["idNo"] != json.loads(again.body)[0]["idNo"]


def said(told: dict[str, Any]) -> Said:
    """What the connector makes of one answer, question or call of the samples."""
    body = orjson.dumps(told.get("answer", told.get("asked")))

    async def run() -> Outcome | None:
        behave = always(http_reply("200 OK", body, "Content-Type: application/json", "Retry-After: 7"))
        async with serving(behave) as seen, opened(seen.url) as one:
            if "asked" in told:
                return (await one.track([TICKET]))[0]
            return (await one.send([sample(SAMPLES, "floating_tenant").parcel(PROFILE)]))[0]

    try:
        return asyncio.run(run())
    except Misconfigured as error:
        return {"is": "Misconfigured", "code": error.code, "reason": error.reason}
    except Unavailable as error:
        told_again = {} if error.retry_after is None else {"retry_after": error.retry_after}
        return {"is": "Unavailable", "reason": error.reason, "maybe_sent": error.maybe_sent, **told_again}


ANSWERS = [name for name in reply_names(SAMPLES) if not name.startswith("called_")]
CALLS = [name for name in reply_names(SAMPLES) if name.startswith("called_")]


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    came = said(told)

    assert came == (told["outcome"] if isinstance(came, dict) or came is None else outcome(told["outcome"]))


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_somebodys_move_or_says_nothing(name: str) -> None:
    told = reply(SAMPLES, name)
    body, connector = orjson.dumps(told["called"]), SelfDeclaration(AGREED)

    if told["outcome"] == "ValueError":
        with pytest.raises(ValueError, match="no declaration"):
            connector.notices(body)
    else:
        (notice,) = connector.notices(body)
        assert notice.ticket == TICKET
        assert notice.outcome == (outcome(told["outcome"]) if told["outcome"] else None)


def test_a_ticket_that_leads_elsewhere_is_not_asked_for() -> None:
    async def run() -> tuple[list[Request], Outcome | None]:
        async with serving(always(http_reply("200 OK", b'{"code": 0, "data": []}'))) as seen, opened(seen.url) as one:
            (came,) = await one.track(["../../admin"])
            return seen.requests, came

    requests, came = asyncio.run(run())

    assert requests == []
    assert type(came).__name__ == "Unknown"


def test_many_tickets_are_asked_fifty_at_once_and_what_is_late_waits() -> None:
    """The second question fails: what the first has answered stands, the rest is asked the next time."""
    tickets = [f"SB{count:018}" for count in range(120)]
    answers = iter([True, False])

    async def behave(request: Request, writer: Writer) -> None:
        asked = request.head.split()[1].rpartition("/")[2].split(",")
        cases = [{"requestId": "", "code": 0, "data": {"declareNo": one, "status": "PASSED"}} for one in asked]
        good = next(answers)
        writer.write(http_reply("200 OK" if good else "500 Error", orjson.dumps({"code": 0, "data": cases})))

    async def run() -> tuple[list[Request], list[Outcome | None]]:
        async with serving(behave) as seen, opened(seen.url) as one:
            came = list(await one.track(tickets))
            return seen.requests, came

    requests, came = asyncio.run(run())

    assert len(requests) == 2
    assert [type(one).__name__ for one in came] == ["Delivered"] * 50 + ["NoneType"] * 70
