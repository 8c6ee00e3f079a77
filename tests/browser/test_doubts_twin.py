"""What is wondered at, once, before it is saved: the tablet without signal asks what the server would ask."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import Settings

from gridapp import dictionary
from gridapp.desk import divisions, divisions_kept
from gridapp.dictionary import Doubt, kinship, shipped
from tests.browser import rule_cases, twin

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOUND = """([rules, forms, kind, today]) => forms.map((form) =>
    gridapp.doubts.found(rules, kind, form, null, today).map(({ name, code, words }) => [name, code, words]))"""


Case = tuple[dict[str, str], dict[str, str] | None, list[str]]


def right(kind: str, on: date, chance: Random) -> dict[str, Any]:
    """A form with nothing wrong in it, mostly: what is wrong is said first, and nobody wonders then."""
    form = rule_cases.plausible(kind, on, chance)
    for _ in range(4):
        wrong = {one.field for one in dictionary.validate(form, on=on, practice=True).refusals}
        form = {name: raw for name, raw in form.items() if name not in wrong}
    return form


def wondered(form: dict[str, Any], on: date) -> list[Doubt]:
    checked = dictionary.validate(form, on=on, practice=True)
    return [one for one in checked.doubts if one.code not in shipped.BY_DIVISION and not checked.refusals]


def test_the_tablet_wonders_at_what_the_server_wonders_at(tablet: Page, targets: None, settings: Settings) -> None:
    twin.alone(tablet, settings).add_script_tag(path=twin.STATIC / "doubts.js")
    on, seen = timezone.localdate(), Counter[str]()
    for kind in ("resident", "housing"):
        chance = Random(f"doubts {kind}")
        forms = [right(kind, on, chance) for _ in range(300)]
        answers = tablet.evaluate(FOUND, [twin.shipped(), forms, kind, on.isoformat()])
        for form, answer in zip(forms, answers, strict=True):
            expected = [[one.field, one.code, f"{one.reason()}，{one.remedy()}"] for one in wondered(form, on)]
            assert sorted(answer) == sorted(expected), form
            seen.update(code for _name, code, _words in answer)
    assert len(seen) > 6, seen


def test_where_something_is_wrong_that_is_said_first(tablet: Page, targets: None, settings: Settings) -> None:
    twin.alone(tablet, settings).add_script_tag(path=twin.STATIC / "doubts.js")
    forms = [{"name": "甲", "phone": "123"}, {"name": "甲", "phone": "13912345678"}]

    answers = tablet.evaluate(FOUND, [twin.shipped(), forms, "resident", timezone.localdate().isoformat()])

    assert [len(one) for one in answers] == [0, 1]


def test_the_tablet_guesses_the_relation_that_the_server_guesses(
    tablet: Page, targets: None, settings: Settings
) -> None:
    twin.alone(tablet, settings)
    tablet.evaluate("() => { gridapp.store = {}; }")
    tablet.add_script_tag(path=twin.STATIC / "kinship.js")
    on, chance = date(2026, 11, 22), Random("kin")
    cases: list[Case] = [
        (someone(chance), chance.choice((None, someone(chance))), chance.choice(([], ["02", "10"]))) for _ in range(500)
    ]

    answers = tablet.evaluate(
        """([rules, cases, today]) => cases.map(([person, head, taken]) =>
            gridapp.kinship.likely(rules, person, head ?? undefined, taken, today))""",
        [twin.shipped(), cases, on.isoformat()],
    )

    for (person, head, taken), answer in zip(cases, answers, strict=True):
        assert answer == kinship.likely(known(person), known(head) if head else None, taken=taken, on=on)
    assert len({tuple(answer) for answer in answers}) > 6


def someone(chance: Random) -> dict[str, str]:
    birth = f"{chance.randrange(1930, 2026)}-{chance.randrange(1, 13):02}-15" if chance.random() < 0.9 else ""
    return {"birth": birth, "sex": chance.choice(("1", "2", ""))}


def known(person: dict[str, str]) -> kinship.Known:
    return date.fromisoformat(person["birth"]) if person["birth"] else None, person["sex"] or None


def test_the_tablet_finds_the_divisions_that_the_server_finds(tablet: Page, settings: Settings) -> None:
    """In its own province: what the server finds elsewhere is not compared."""
    tablet.goto("about:blank")
    tablet.add_script_tag(path=twin.STATIC / "divisions.js")
    settings.PRACTICE = False
    table = divisions_kept.table("44", practice=False)
    texts = [
        "nanshan",
        "gdszns",
        "南山",
        "广东深圳",
        "4403",
        "baoan",
        "宝安县",
        "440321",
        "tianhe",
        "zhongshanshi",
        "x",
        "",
    ]

    answers = tablet.evaluate(
        "([table, texts]) => texts.map((text) => gridapp.divisions.find(table, text).map((one) => one.code))",
        [table, texts],
    )

    for text, answer in zip(texts, answers, strict=True):
        known = [one.code for one in divisions.search(text) if one.code.startswith("44")]
        assert set(known) <= set(answer), text
        assert bool(answer) == bool(known)
