"""What a worker entered against the card a clerk copies from, and what the page says against whose move that is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.workstation.connector import Workstation
from connectors.workstation.mapping import PROFILE
from connectors.workstation.page import BOOKS
from connectors.workstation.replies import CaptchaAsked, SessionLost, meet, refusal
from connectors.workstation.sandbox import WorkStation
from gridapp.contract import Inexpressible, Kind, Manual, Outcome, Parcel, Unavailable, Unknown
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples

SAMPLES = Path(__file__).parent / "samples"
TARGETS = Path(__file__).parents[2] / "domain" / "targets.json"
DOCUMENTED = next(one for one in json.loads(TARGETS.read_text(encoding="utf-8")) if one["key"] == "GZZ")


def by_clerk(*parcels: Parcel, settings: dict[str, str] | None = None) -> list[Outcome]:
    async def run() -> list[Outcome]:
        async with Workstation(settings or {}) as connector:
            await connector.check()
            return list(await connector.send(parcels))

    return asyncio.run(run())


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_card_has_the_lines_of_their_form_in_its_order(one: Sample) -> None:
    card = Workstation({}).preview(one.parcel(PROFILE))

    assert "".join(f"{line.name}：{line.value}\n" for line in card.lines) == one.sent("txt")
    assert card.message == ""


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_the_lines_of_a_card_stand_in_the_order_of_the_page(one: Sample) -> None:
    labels = [line.name for line in Workstation({}).preview(one.parcel(PROFILE)).lines]

    assert labels == [field.label for field in BOOKS[one.kind].fields if field.label in labels]


def test_what_they_have_no_word_for_is_on_no_card() -> None:
    parcel = sample(SAMPLES, "nothing_marriage_unsaid").parcel(PROFILE)

    with pytest.raises(Inexpressible) as caught:
        Workstation({}).preview(parcel)

    assert caught.value.field == "marital_status"


@pytest.mark.parametrize("agent", ["", "no", "0", "否"])
def test_without_an_agent_every_record_waits_for_a_clerk(agent: str) -> None:
    station = WorkStation()
    settings = {**station.settings(), "agent": agent}
    parcel = sample(SAMPLES, "tenant_of_six_months").parcel(PROFILE)

    assert by_clerk(parcel, settings=settings) == [Manual("by_hand", "请按代填单录入")]
    assert by_clerk() == []


def test_without_an_agent_nobody_can_look() -> None:
    async def run() -> list[Outcome]:
        async with Workstation({}) as connector:
            return list(await connector.read_back([sample(SAMPLES, "shop").parcel(PROFILE)]))

    assert [type(one) for one in asyncio.run(run())] == [Unknown]


# --- The manual ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_the_manual_has_the_lines_of_the_mapping(kind: Kind) -> None:
    assert [field.label for field in BOOKS[kind].fields] == [row.name for row in PROFILE.layouts[kind].rows]


def test_the_lists_that_their_documentation_prints_are_those_of_the_manual() -> None:
    printed = {row["name"]: row["note"] for row in DOCUMENTED["fields"] + DOCUMENTED["hfields"] if "/" in row["note"]}
    fields = {field.label: field for book in BOOKS.values() for field in book.fields}

    assert {label: set(fields[label].choices or ()) for label in printed} == {
        label: set(note.split("/")) for label, note in printed.items()
    }


# --- What the page says --------------------------------------------------------------------------------------------


def judged(said: str, kind: Kind) -> Outcome | dict[str, Any]:
    try:
        meet(said, sending=True)
    except (SessionLost, CaptchaAsked) as error:
        return {"is": type(error).__name__}
    except Unavailable as error:
        return {"is": "Unavailable", "reason": error.reason, "maybe_sent": error.maybe_sent}
    return refusal(said, kind, "JM7")


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_a_sentence_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    came = judged(told["says"], Kind(told["kind"]))

    assert came == (told["outcome"] if isinstance(came, dict) else outcome(told["outcome"]))
