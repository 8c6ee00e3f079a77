"""What a worker entered against the row that goes out, and what they write beside it against whose move it is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from connectors.residence_registration.connector import ResidenceRegistration
from connectors.residence_registration.mapping import PROFILE
from connectors.residence_registration.replies import judge
from connectors.residence_registration.sandbox import PoliceRegister
from gridapp.contract import Outcome, Parcel, Rejected, Submitted, Worker
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples

SAMPLES = Path(__file__).parent / "samples"
# The code of our grid at the police: from the district's grid table, nobody enters it.
GRID = {"mapped.police_grid": "990101001001"}
THEIRS = {"CLZT", "RKSJ", "QM"}


def parcel(one: Sample) -> Parcel:
    return replace(one, view=one.view | GRID).parcel(PROFILE)


def sent(police: PoliceRegister, handed: Parcel) -> tuple[list[dict[str, Any]], Outcome]:
    """The rows that a parcel leaves in UP while no ferry comes, and its outcome."""
    police.faults.set("window_closed")

    async def sending() -> Outcome:
        async with ResidenceRegistration(police.settings()) as connector:
            (came,) = await connector.send([handed])
            return came

    came = asyncio.run(sending())
    with psycopg.connect(police.database.url, row_factory=dict_row) as connection:
        return connection.execute('SELECT * FROM "T_JH_JZDJ_UP"').fetchall(), came


@pytest.mark.parametrize("name", ["nothing_local_at_home", "nothing_passport"])
def test_some_people_are_not_theirs(name: str) -> None:
    one = sample(SAMPLES, name)

    assert not PROFILE.layouts[one.kind].applies.holds(one.view)


def test_nothing_goes_out_that_would_be_cut_there(police: PoliceRegister) -> None:
    rows, came = sent(police, parcel(sample(SAMPLES, "nothing_name_too_long")))

    assert rows == []
    assert isinstance(came, Rejected)
    assert came.fields == ("name",)


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_resident_goes_out_in_their_words(one: Sample, police: PoliceRegister) -> None:
    (row,), came = sent(police, parcel(one))

    assert {name: value for name, value in row.items() if name not in THEIRS} == json.loads(one.sent("json"))
    assert row["CLZT"] == "0"
    assert came == Submitted("0" * 32)


def test_the_row_names_the_document_of_the_worker_where_it_is_known(police: PoliceRegister) -> None:
    one = replace(sample(SAMPLES, "floating_tenant"), worker=Worker("W0107", "测试网格员", "990101199202290029"))

    (row,), _ = sent(police, parcel(one))

    assert row["CJR"] == "990101199202290029"


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_what_stands_beside_a_row_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    assert judge(told["up"], told["down"]) == (outcome(told["outcome"]) if told["outcome"] else None)
