"""Conditions, typed values and what follows from them: the tablet's scripts say of each what the server says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import Settings

from gridapp import dictionary
from gridapp.catalogue import asking, profiles
from gridapp.contract import Condition
from gridapp.desk import groups, rules
from gridapp.dictionary import FIELDS
from tests.browser import rule_cases
from tests.browser.twin import CITY, alone, plain, shipped

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tablet_alone(tablet: Page, targets: None, settings: Settings) -> Page:
    return alone(tablet, settings)


VECTORS = Path(__file__).resolve().parents[1] / "dictionary" / "document_vectors.json"
READ = """([rules, forms, today]) => forms.map((form) => {
    const { values, refusals } = gridapp.reading.read(rules, form, today);
    return { values, refusals: refusals.map(({ name, key, words }) => [name, key.split("/")[0]]) };
})"""


def conditions() -> Iterator[Condition]:
    """Every condition that is shipped."""
    for profile in profiles.district():
        for layout in profile.layouts.values():
            yield layout.applies
            for row in layout.content_rows:
                yield from (row.required, row.asked_when, row.stands_when)
    yield from (*asking.STATED.values(), *asking.NARROWER.values(), *asking.COMPULSORY.values())
    yield from (when for _extra, when in asking.ALONGSIDE.values())


def views(on: date, number: int) -> list[dict[str, Any]]:
    """What is known of people and homes, some of it contradicting itself: conditions are asked all the same."""
    chance, read = Random("views"), sorted(set().union(*(one.fields() for one in conditions())))
    found = []
    for _ in range(number):
        person = dictionary.validate(rule_cases.form("resident", on, chance), on=on, practice=True).values
        home = dictionary.validate(rule_cases.form("housing", on, chance), on=on, practice=True).values
        given_by_others = {name: "1" for name in read if chance.random() < 0.3}
        found.append({**given_by_others, **dictionary.derive({**home, **person}, on=on, home_city=CITY)})
    return found


def test_conditions_hold_alike_and_consult_the_same_fields(tablet_alone: Page) -> None:
    asked = list({json.dumps(one.as_json()): one for one in conditions()}.values())
    seen = views(timezone.localdate(), 500)

    answers = tablet_alone.evaluate(
        """([conditions, views]) => views.map((view) => conditions.map((one) =>
            `${+gridapp.rules.holds(one, view)}${gridapp.rules.consulted(one, view).join(".").length}`).join(" "))""",
        [[one.as_json() for one in asked], [plain(view) for view in seen]],
    )

    for view, answer in zip(seen, answers, strict=True):
        assert answer == " ".join(f"{one.holds(view):d}{names(one, view)}" for one in asked)
    assert len(asked) > 50
    held = Counter(place for answer in answers for place, one in enumerate(answer.split(" ")) if one[0] == "1")
    assert sum(0 < held[place] < len(seen) for place in range(len(asked))) > len(asked) * 0.9, "the views are too alike"


def names(condition: Condition, view: Mapping[str, Any]) -> int:
    return len(".".join(condition.consulted(view)))


@pytest.mark.parametrize("practice", [True, False])
def test_every_field_is_read_alike(tablet_alone: Page, practice: bool) -> None:
    on, chance = timezone.localdate(), Random(f"fields {practice}")
    asked = sorted({name for kind in rules.KINDS for name in groups.names(kind)})
    cases = [(name, raw) for name in asked for raw in typed_of(name, on, chance)]

    answers = tablet_alone.evaluate(
        READ, [shipped(practice=practice), [{name: raw} for name, raw in cases], on.isoformat()]
    )

    for (name, raw), answer in zip(cases, answers, strict=True):
        checked = dictionary.validate({name: raw}, on=on, practice=practice)
        assert answer == read_by_server(checked), (name, raw)


def typed_of(name: str, on: date, chance: Random) -> list[Any]:
    """Values of one field, each as it stands when the form is read."""
    made = [*(rule_cases.typed(name, on, chance) for _ in range(40)), *rule_cases.JUNK]
    return made if FIELDS[name].type != "codes" else made[:40]


def read_by_server(checked: dictionary.Checked) -> dict[str, Any]:
    return {"values": plain(checked.values), "refusals": [[one.field, one.code] for one in checked.refusals]}


def test_forms_are_read_alike_and_the_same_follows_from_them(tablet_alone: Page) -> None:
    on, chance = timezone.localdate(), Random("forms")
    forms = [rule_cases.form(kind, on, chance) for kind in ("resident", "housing") for _ in range(200)]
    forms += [rule_cases.plausible(kind, on, chance) for kind in ("resident", "housing") for _ in range(200)]

    answers = tablet_alone.evaluate(READ, [shipped(), forms, on.isoformat()])
    checked = [dictionary.validate(form, on=on, practice=True) for form in forms]
    derived = tablet_alone.evaluate(
        "([rules, views, today]) => views.map((view) => gridapp.derivation.derive(rules, view, today))",
        [shipped(), [plain(one.values) for one in checked], on.isoformat()],
    )

    for form, one, answer, view in zip(forms, checked, answers, derived, strict=True):
        assert {**answer, "refusals": sorted(answer["refusals"])} == read_in_any_order(one), form
        assert view == plain(dictionary.derive(one.values, on=on, home_city=CITY)), form


def read_in_any_order(checked: dictionary.Checked) -> dict[str, Any]:
    read = read_by_server(checked)
    return {**read, "refusals": sorted(read["refusals"])}


def test_both_know_the_numbers_of_the_standards(tablet_alone: Page) -> None:
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    forms = [{"id_type": one["id_type"], "id_number": one["number"]} for one in vectors]

    answers = tablet_alone.evaluate(READ, [shipped(), forms, "2024-03-15"])

    for vector, answer in zip(vectors, answers, strict=True):
        said = dict(answer["refusals"]).get("id_number")
        assert said == vector.get("refused"), vector["says"]
        assert said or answer["values"]["id_number"] == vector.get("stored", vector["number"])


def test_the_browser_knows_the_characters_of_gbk(tablet_alone: Page) -> None:
    every = [chr(code) for code in (*range(0x80, 0xD800), *range(0xE000, 0xFFFE), *range(0x20000, 0x20100))]
    row = {"source": "name", "limits": [["charset", "{character}", "gbk"]]}

    outside = tablet_alone.evaluate(
        "([row, every]) => every.filter((one) => gridapp.rules.inexpressible(row, { name: one }))", [row, every]
    )

    assert outside == [one for one in every if not is_gbk(one)]


def is_gbk(character: str) -> bool:
    try:
        return bool(character.encode("gbk"))
    except UnicodeEncodeError:
        return False
