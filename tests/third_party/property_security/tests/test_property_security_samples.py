"""What a worker entered against what goes out, and what they answer against whose move it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from property_security.connector import PropertySecurity
from property_security.mapping import PROFILE
from property_security.replies import judge

from connectors.testing.samples import Sample, outcome, reply, reply_names, samples
from connectors.transport.http import Answer

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_record_goes_out_in_their_words(one: Sample) -> None:
    shown = PropertySecurity({}).preview(one.parcel(PROFILE))

    assert json.loads(shown.message) == json.loads(one.sent("json"))


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    assert judge(Answer(200, {}, json.dumps(told["answer"]).encode())) == outcome(told["outcome"])
