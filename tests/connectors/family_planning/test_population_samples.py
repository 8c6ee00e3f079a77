"""What a worker entered against the record that goes out, and what comes back against whose move it is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from connectors.family_planning.connector import FamilyPlanning
from connectors.family_planning.mapping import PROFILE, RESIDENT
from connectors.family_planning.replies import judge
from connectors.family_planning.sandbox import PopulationRegister
from gridapp.contract import Outcome, Parcel, Rejected, Submitted
from tests.connectors.family_planning.drop import opened
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples

SAMPLES = Path(__file__).parent / "samples"
NOBODY = sorted(path.stem for path in SAMPLES.glob("nobody_*.json"))
REFUSED = {
    "nothing_marital_unknown": "marital_status",
    "nothing_father_for_a_mother": "guardian_id_number",
    "nothing_without_a_name_of_the_mother": "guardian_name",
}


def parcel(one: Sample) -> Parcel:
    """With the registration number that the police have given to people from elsewhere."""
    given = {"JZDJ.DJBH": "99010120240315000007"} if one.view["resident_category"] == "LD" else {}
    return replace(one, view=one.view | given).parcel(PROFILE)


def sent(register: PopulationRegister, handed: Parcel) -> Outcome:
    async def sending() -> Outcome:
        async with FamilyPlanning(register.settings()) as connector:
            (came,) = await connector.send([handed])
            return came

    return asyncio.run(sending())


@pytest.mark.parametrize("name", NOBODY)
def test_some_people_are_not_theirs(name: str) -> None:
    assert not RESIDENT.applies.holds(sample(SAMPLES, name).view)


@pytest.mark.parametrize(("name", "field"), REFUSED.items())
def test_what_would_spoil_a_file_does_not_get_into_one(register: PopulationRegister, name: str, field: str) -> None:
    came = sent(register, parcel(sample(SAMPLES, name)))

    assert isinstance(came, Rejected)
    assert came.fields == (field,)
    assert list(register.site.up.iterdir()) == []


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_resident_goes_out_in_their_words(one: Sample) -> None:
    shown = FamilyPlanning({}).preview(parcel(one))

    assert shown.message == one.sent("xml")
    texts = {part.tag: part.text for part in etree.fromstring(one.sent("xml").encode()).iterfind("REC/*")}
    assert {line.name: line.value for line in shown.lines}.items() <= texts.items()


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_what_is_shown_is_what_lies_in_the_file(one: Sample, register: PopulationRegister) -> None:
    register.faults.set("half")  # nobody changes anything meanwhile
    assert isinstance(sent(register, parcel(one)), Submitted)

    (path,) = register.site.up.glob("*.zip")

    assert records(opened(register, path)) == records(one.sent("xml").encode())


def records(content: bytes) -> list[dict[str, str | None]]:
    return [{part.tag: part.text for part in rec} for rec in etree.fromstring(content)]


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_what_comes_back_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    assert judge(told["row"]) == outcome(told["outcome"])
