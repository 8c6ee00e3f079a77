"""What a worker entered against the row that goes out, and what comes back against whose move it is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.school_places.connector import SchoolPlaces
from connectors.school_places.mapping import PROFILE, RESIDENT
from connectors.school_places.replies import judge
from connectors.school_places.sandbox import SchoolCensus
from gridapp.contract import Outcome, Parcel, Rejected, Submitted
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples
from tests.connectors.school_places.packet import opened

SAMPLES = Path(__file__).parent / "samples"
NOBODY = sorted(path.stem for path in SAMPLES.glob("nobody_*.json"))
REFUSED = {
    "nothing_formula": "housing.address",
    "nothing_formula_in_full_width": "guardian_name",
    "nothing_landline": "guardian_phone",
    "nothing_guardian_unknown": "guardian_name",
}


def parcel(one: Sample) -> Parcel:
    """With the numbers that other departments have given: a lease filing, a registration."""
    given = {"ZLBA.filingNo": "BA00000007"} if one.view["housing.is_rental"] else {}
    given |= {"JZDJ.DJBH": "99010120240315000007"} if one.view["housing.is_rental"] else {}
    return replace(one, view=one.view | given).parcel(PROFILE)


def sent(census: SchoolCensus, handed: Parcel) -> Outcome:
    async def sending() -> Outcome:
        async with SchoolPlaces(census.settings()) as connector:
            (came,) = await connector.send([handed])
            return came

    return asyncio.run(sending())


@pytest.mark.parametrize("name", NOBODY)
def test_some_children_are_not_counted(name: str) -> None:
    assert not RESIDENT.applies.holds(sample(SAMPLES, name).view)


@pytest.mark.parametrize(("name", "field"), REFUSED.items())
def test_what_would_spoil_a_file_does_not_get_into_one(census: SchoolCensus, name: str, field: str) -> None:
    came = sent(census, parcel(sample(SAMPLES, name)))

    assert isinstance(came, Rejected)
    assert came.fields == (field,)
    assert list(census.site.up.iterdir()) == []


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_child_goes_out_in_their_words(one: Sample, census: SchoolCensus) -> None:
    said = (SAMPLES / f"{one.name}.sent.csv").read_bytes()

    assert isinstance(sent(census, parcel(one)), Submitted)

    (path,) = census.site.up.glob("*.zip")
    assert opened(census, path) == b"\xef\xbb\xbf" + said
    assert SchoolPlaces({}).preview(parcel(one)).message.encode() == said


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_what_comes_back_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    assert judge(told["row"]["结果"], told["row"]["原因"]) == outcome(told["outcome"])
