"""What a worker entered against what goes out, and what they answer against whose move it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.labour_security.connector import LabourSecurity
from connectors.labour_security.mapping import PROFILE
from connectors.labour_security.messages import Seal, written
from connectors.labour_security.replies import judge, read
from connectors.transport.http import Answer
from gridapp.contract import Inexpressible, Misconfigured, Outcome, Parcel, Unavailable
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples

SAMPLES = Path(__file__).parent / "samples"
# What the residence registration gave for those it concerns; nobody enters it.
REGISTERED = {"JZDJ.DJBH": "99010120240310000007"}


def parcel(one: Sample) -> Parcel:
    given = REGISTERED if one.view["resident_category"] == "LD" else {}
    return replace(one, view=one.view | given).parcel(PROFILE)


@pytest.mark.parametrize("name", ["nothing_pensioner", "nothing_at_school"])
def test_some_people_are_not_theirs(name: str) -> None:
    one = sample(SAMPLES, name)

    assert not PROFILE.layouts[one.kind].applies.holds(one.view)


def test_what_their_column_does_not_hold_does_not_leave_the_house() -> None:
    with pytest.raises(Inexpressible) as refused:
        written(parcel(sample(SAMPLES, "nothing_short_code")))

    assert refused.value.field == "employer_uscc"


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_resident_goes_out_in_their_words(one: Sample) -> None:
    assert written(parcel(one)) == json.loads(one.sent("json"))


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_nobody_who_goes_out_is_asked_for_anything_more(one: Sample) -> None:
    assert PROFILE.layouts[one.kind].missing(parcel(one).fields) == []


def test_the_preview_is_the_message_before_it_is_encrypted() -> None:
    settings = {"app_id": "ld_test", "secret": "s-e-c-r-e-t", "sm4_key": "0" * 32, "mac_key": "m-a-c"}
    handed = parcel(sample(SAMPLES, "new_employer"))

    shown = LabourSecurity(settings).preview(handed)

    message = json.loads(shown.message)
    assert message == {"APP_ID": "ld_test", "OPER_TYPE": "2", "ENCRYPT_DATA": written(handed)}
    assert {line.name: line.value for line in shown.lines} == {
        name: str(value) for name, value in written(handed).items()
    }
    assert not [kept for kept in ("s-e-c-r-e-t", "0" * 32 + '"}', "m-a-c") if kept in shown.message]


def test_a_message_is_sealed_as_their_document_computes_it() -> None:
    seal = Seal(bytes.fromhex("0123456789abcdeffedcba9876543210"), b"key of the mac")

    message = seal.put({"AAC003": "张伟"}, "1")

    # both computed with openssl: enc -sm4-ecb, dgst -sm3 -hmac
    assert message["ENCRYPT_DATA"] == "9e49ef2448bd08c981a2e2be0cbe21071708b68be979d797d5f424c4cceac5d7"
    assert message["MAC"] == "81cd6feda2830b50eeaff30b83b582e6dd17c0042717f7f642f19f69963566f3"
    assert seal.open(message) == {"AAC003": "张伟"}


@pytest.mark.parametrize("changed", [{"MAC": "00"}, {"MAC": "no hex"}, {"OPER_TYPE": "2"}, {"ENCRYPT_DATA": "00"}])
def test_an_answer_that_was_touched_is_none(changed: dict[str, str]) -> None:
    seal = Seal(bytes(16), b"key of the mac")

    with pytest.raises(ValueError, match=r"MAC|hexadecimal"):
        seal.open(seal.put({"AAC003": "张伟"}, "1") | changed)


def judged(told: dict[str, Any], handed: Parcel) -> Outcome | dict[str, Any]:
    try:
        said = read(Answer(200, {}, orjson.dumps(told["answer"])))
    except Unavailable as error:
        return {"is": "Unavailable", "reason": error.reason, "maybe_sent": error.maybe_sent}
    except Misconfigured as error:
        return {"is": "Misconfigured", "code": error.code, "reason": error.reason}
    return judge(said, handed, now=datetime.fromisoformat(told["at"]))


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    came = judged(told, parcel(sample(SAMPLES, told["of"])))

    assert came == (told["outcome"] if isinstance(came, dict) else outcome(told["outcome"]))
