"""What a worker entered about a lease against what goes out, and what they answer against whose move it is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from connectors.lease_filing.connector import LeaseFiling
from connectors.lease_filing.mapping import PROFILE
from connectors.lease_filing.replies import judge, judge_ticket, read
from connectors.transport.http import Answer
from gridapp.contract import Action, Attachment, Line, Misconfigured, NotYet, Outcome, Parcel, Rejected, Unavailable
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples
from tests.connectors.transport.raw_server import Request, always, serving
from tests.connectors.transport.raw_server import reply as http_reply
from tests.files import exif, jpeg, pdf

SAMPLES = Path(__file__).parent / "samples"
SETTINGS = {"app_id": "zlba-990101", "secret": "the district's secret"}
BUSY = http_reply("200 OK", '{"code": "5000", "message": "系统繁忙", "data": null}'.encode())
PATHS = {Action.CREATE: "filings", Action.CHANGE: "filings/{no}/change", Action.CLOSE: "filings/{no}/cancel"}
SCANS = {
    "attachment.lease_signature": Attachment("application/pdf", pdf()),
    "attachment.ownership_proof": Attachment("image/jpeg", jpeg(exif(6)) + b"\r\n--\r\n\0\xff" * 100),
}


def sent(parcel: Parcel) -> tuple[list[Request], Outcome]:
    """The requests that go out for a parcel, and its outcome at a counter that is busy."""

    async def run() -> tuple[list[Request], Outcome]:
        async with serving(always(BUSY)) as seen:
            async with LeaseFiling({**SETTINGS, "url": seen.url}) as connector:
                (came,) = await connector.send([parcel])
            return seen.requests, came

    return asyncio.run(run())


def with_scans(parcel: Parcel, scans: dict[str, Attachment] = SCANS) -> Parcel:
    digests = {name: f"{len(one.content):064x}" for name, one in scans.items()}
    return replace(parcel, fields={**parcel.fields, **digests}, attachments=scans)


def header(request: Request, name: str) -> str:
    return next(line.partition(": ")[2] for line in request.head.splitlines() if line.startswith(f"{name}:"))


def parts(request: Request) -> dict[str, Message]:
    """The parts of a form by their names, taken apart by the standard library."""
    head = f"Content-Type: {header(request, 'Content-Type')}\r\n\r\n".encode()
    whole = BytesParser().parsebytes(head + request.body)
    found = [part for part in whole.walk() if not part.is_multipart()]
    return {str(part.get_param("name", header="Content-Disposition")): part for part in found}


@pytest.mark.parametrize("name", ["nothing_no_contract", "nothing_not_let"])
def test_what_is_no_lease_concerns_nobody_there(name: str) -> None:
    flat = sample(SAMPLES, name)

    assert not PROFILE.layouts[flat.kind].applies.holds(flat.view)


def test_nothing_goes_out_with_a_value_that_they_have_no_code_for() -> None:
    requests, came = sent(sample(SAMPLES, "whole_flat", tenancy__lessee_id_type="990").parcel(PROFILE))

    assert requests == []
    assert isinstance(came, Rejected)
    assert came.fields == ("tenancy.lessee_id_type",)


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_lease_goes_out_in_their_words(one: Sample) -> None:
    assert one.action != Action.CREATE or PROFILE.layouts[one.kind].applies.holds(one.view)

    (request,), came = sent(one.parcel(PROFILE))

    assert json.loads(request.body) == json.loads(one.sent("json"))
    assert request.head.startswith(f"POST /in/{PATHS[one.action].format(no=one.reference)} ")
    assert header(request, "Content-Type") == "application/json"
    assert isinstance(came, NotYet)


def test_files_that_were_asked_for_go_as_parts_of_a_form_byte_for_byte() -> None:
    (request,), _ = sent(with_scans(sample(SAMPLES, "whole_flat").parcel(PROFILE)))

    found = parts(request)
    assert list(found) == ["filing", "leaseSignature", "ownershipProof"]
    assert json.loads(found["filing"].get_payload(decode=True)) == json.loads(  # type: ignore[arg-type]
        sample(SAMPLES, "whole_flat").sent("json")
    )
    assert [part.get_content_type() for part in found.values()] == ["application/json", "application/pdf", "image/jpeg"]
    assert [part.get_filename() for part in found.values()] == [None, "leaseSignature.pdf", "ownershipProof.jpg"]
    for scan in SCANS.values():
        assert b"\r\n\r\n" + scan.content + b"\r\n--" in request.body


@pytest.mark.parametrize("scans", [{}, SCANS])
def test_the_signature_covers_method_path_time_and_the_whole_body(scans: dict[str, Attachment]) -> None:
    (request,), _ = sent(with_scans(sample(SAMPLES, "new_rent").parcel(PROFILE), scans))

    digest = hashes.Hash(hashes.SM3())
    digest.update(request.body)
    path = "/filings/BA99010120240316000001/change"
    times = (header(request, "X-Timestamp"), header(request, "X-Nonce"))
    mac = HMAC(b"the district's secret", hashes.SM3())
    mac.update("\n".join(("POST", path, *times, digest.finalize().hex())).encode())
    assert header(request, "X-Signature") == mac.finalize().hex()
    assert header(request, "X-App-Id") == "zlba-990101"
    assert b"the district's secret" not in request.head.encode() + request.body


def preview_of(parcel: Parcel) -> tuple[dict[str, str], Any]:
    preview = LeaseFiling({**SETTINGS, "url": "http://127.0.0.1/"}).preview(parcel)
    return {line.name: line.value for line in preview.lines}, json.loads(preview.message)


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_the_preview_is_what_goes_out(one: Sample) -> None:
    lines, message = preview_of(one.parcel(PROFILE))

    assert message == json.loads(one.sent("json"))
    assert ("lessor.name" in lines) == (one.action is not Action.CLOSE)


def test_the_preview_tells_of_files_by_their_digest() -> None:
    parcel = with_scans(sample(SAMPLES, "whole_flat").parcel(PROFILE))

    preview = LeaseFiling({**SETTINGS, "url": "http://127.0.0.1/"}).preview(parcel)

    assert preview.lines[-2:] == (
        Line("leaseSignature", parcel.fields["attachment.lease_signature"]),
        Line("ownershipProof", parcel.fields["attachment.ownership_proof"]),
    )
    assert "leaseSignature" not in preview.message


def answered(told: Any) -> Answer:
    return Answer(200, {}, json.dumps(told).encode())


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    assert judge(read(answered(told["answer"]))) == outcome(told["outcome"])


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_about_a_ticket_may_mean_something_else(name: str) -> None:
    told = reply(SAMPLES, name)
    expected = told.get("of_a_ticket", told["outcome"])

    assert judge_ticket(read(answered(told["answer"]))) == (outcome(expected) if expected else None)


@pytest.mark.parametrize("told", [[], "ok", {}, {"code": 0}, {"code": None, "data": {"acceptNo": "SL1"}}, {"ok": True}])
def test_what_is_not_their_envelope_leaves_a_doubt(told: Any) -> None:
    with pytest.raises(Unavailable) as raised:
        read(answered(told))

    assert raised.value.maybe_sent


def test_a_page_is_for_the_operator() -> None:
    with pytest.raises(Misconfigured):
        read(Answer(200, {"Content-Type": "text/html"}, b"<html>"))
