"""The whole check of the form runs twice, on the server and on the tablet, from the same data: both say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import Settings

from gridapp import catalogue, dictionary
from gridapp.contract import Kind, Layout, Profile
from gridapp.desk import draft as drafts
from gridapp.desk import form_page, groups, household, rules
from gridapp.desk.draft import Action, Draft
from gridapp.dictionary import FIELDS
from gridapp.dictionary import shipped as of_dictionary
from gridapp.dictionary.documents import check_digit
from gridapp.registry.models import Building, Record
from tests.browser import rule_cases
from tests.browser.twin import CITY, alone, shipped

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LENDER = {"name": "测试丙", "phone": "13912345670", "id_number": "990101198001010014", "age": 46, "hukou_type": "1",
          "household.household_no": "000012345", "hukou_division": "440305", "hukou_address": "测试路8号"}  # fmt: skip


@pytest.fixture
def tablet_alone(tablet: Page, targets: None, settings: Settings) -> Page:
    return alone(tablet, settings)


def new_drafts(kind: str, on: date, number: int) -> Iterator[Draft]:
    """Forms for a new resident of a flat that is known, and for a new flat of a building."""
    chance = Random(f"new {kind}")
    for _ in range(number):
        made = rule_cases.plausible if chance.random() < 0.5 else rule_cases.form
        draft = Draft(kind, Action.CREATE, uuid4(), values=as_posted(kind, made(kind, on, chance)))
        draft.known = known_home(on, chance)
        if kind == "resident" and chance.random() < 0.3:
            draft.housemate, draft.lends = Record(kind="resident"), LENDER
            draft.taken = tuple(one for one in household.offered(LENDER) if chance.random() < 0.5)
            draft.shared = household.shared(draft.lends, draft.taken, draft.values)
        if kind == "housing":
            draft.building, draft.floor, draft.room_no = Building(code="9901010010010000001"), 3, "301"
        yield draft


def as_posted(kind: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """The form as the server reads it: a division without its name."""
    sent = QueryDict(mutable=True)
    for name, raw in form.items():
        sent.setlist(name, raw if isinstance(raw, list) else [raw])
    return drafts.typed(sent, kind)


def known_home(on: date, chance: Random) -> dict[str, Any]:
    checked = dictionary.validate(rule_cases.plausible("housing", on, chance), on=on, practice=True)
    grid = chance.choice(("990101001001001", "440305001001001"))
    placed = {"housing.grid_code": grid, "housing.address": "测试省测试区测试路12号芳草园3栋2单元301室"}
    if chance.random() < 0.5:
        placed["housing.housing_code"] = f"{grid[:12]}0000001000301"
    return dictionary.derive({**checked.values, **placed}, on=on, home_city=CITY)


def corrections(kind: str, on: date, number: int) -> Iterator[Draft]:
    """Forms about a record: what is on file in full stands in the form, what is masked does not, some is retyped."""
    chance = Random(f"correct {kind}")
    for _ in range(number):
        first = dictionary.validate(rule_cases.plausible(kind, on, chance), on=on, practice=True).values
        view = dictionary.derive({**known_home(on, chance), **first}, on=on, home_city=CITY)
        retyped = {name: raw for name, raw in rule_cases.form(kind, on, chance).items() if chance.random() < 0.15}
        retyped = as_posted(kind, retyped)
        values = {name: written(value) for name, value in view.items() if name in groups.names(kind) and in_full(name)}
        empty = {name: "" for name in groups.names(kind) if FIELDS[name].type != "codes" and chance.random() < 0.05}
        told = {"education": "退回"} if chance.random() < 0.3 else {}
        typed = values | retyped | empty
        yield Draft(kind, Action.CORRECT, uuid4(), record=Record(kind=kind), values=typed, known=view, told=told)


def in_full(name: str) -> bool:
    return FIELDS[name].sensitivity not in {"S2", "S3"}


def written(value: Any) -> Any:
    return value if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


def drafts_of(case: str, on: date) -> list[Draft]:
    act, _, kind = case.partition(" ")
    return list(new_drafts(kind, on, 100) if act == "new" else corrections(kind, on, 70))


@pytest.mark.parametrize("case", ["new resident", "new housing", "correct resident", "correct housing"])
def test_the_whole_check_says_the_same(tablet_alone: Page, case: str) -> None:
    on = timezone.localdate()
    drafts = drafts_of(case, on)

    answers = check_on_tablet(tablet_alone, drafts, on)

    for draft, answer in zip(drafts, answers, strict=True):
        assert answer == as_far_as_a_tablet_knows(draft, on), draft.values
    assert len({len(answer["asked"]) for answer in answers}) > 5
    assert len({one["name"] for answer in answers for one in answer["targets"]}) > 7
    assert sum(bool(answer["wrong"]) for answer in answers) > 15


def check_on_tablet(
    page: Page, drafts: list[Draft], on: date, by: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    cases = [[str(one.kind), {**one.values, "take": list(one.taken)}, rules.known(one)] for one in drafts]
    answers: list[dict[str, Any]] = page.evaluate(
        """([rules, cases, today]) => cases.map(([kind, values, known]) => {
            const { ready, said, ...check } = gridapp.rules.check(rules, kind, values, known, today);
            return { ...check, ready };
        })""",
        [by or shipped(), cases, on.isoformat()],
    )
    return answers


def as_far_as_a_tablet_knows(draft: Draft, on: date) -> dict[str, Any]:
    """The server's check without what `rules.UNTOLD` names."""
    said = form_page.check(draft)
    view, _refusals = draft.judged(on=on)
    ready = catalogue.readiness(view, draft.record_kind)
    at_hand = of_dictionary.paths(CITY)
    return {
        "asked": said.asked,
        "needed": said.needed,
        "wrong": dict(said.wrong),
        "derived": [list(pair) for pair in said.derived],
        "targets": [
            {
                "name": one.name,
                "connected": one.connected,
                "missing": [{"id": lack.id, "label": lack.label} for lack in one.missing],
                "inexpressible": told(of.profile, draft, view, held(draft, on)),
            }
            for one, of in zip(said.targets, ready, strict=True)
        ],
        "offers": [vars(one) for one in said.offers if one.fill[:6] in at_hand and "id_number" not in held(draft, on)],
        "ready": said.ready,
        "follows": dict(said.follows),
    }


def held(draft: Draft, on: date) -> set[str]:
    """What counts and is not told: on file or lent, and nothing good typed over it."""
    lent = {
        name for name, value in draft.shared.items() if FIELDS[name].sensitivity == "S2" or FIELDS[name].type == "name"
    }
    given = {
        name: raw for name, raw in draft.fields().items() if raw != "" and (name in draft.values or name not in lent)
    }
    good = dictionary.validate(given, on=on, practice=True).values
    return {*rules.known(draft)["held"], *lent} - good.keys()


def told(profile: Profile, draft: Draft, view: Mapping[str, Any], held: set[str]) -> list[str]:
    """Why a target cannot express a value, without `held` and `wholes`."""
    rows = profile.layouts[Kind(draft.record_kind)].content_rows
    known = [row for row in rows if row.source not in held and (row.whole is None or has_codes(row.source))]
    return [error.reason for error in Layout(tuple(known)).refusals(view)]


def has_codes(name: str) -> bool:
    return bool(name in FIELDS and FIELDS[name].table)


def test_a_division_that_was_given_up_is_offered_as_what_it_is_today(tablet_alone: Page, settings: Settings) -> None:
    """宝安县 became 宝安区, which lies in the home city here: its names are at hand."""
    settings.HOME_CITY, on = "4403", timezone.localdate()
    first = "44032119880312001"
    draft = Draft(
        "resident", Action.CREATE, uuid4(), values={"id_type": "111", "id_number": first + check_digit(first)}
    )

    answer = check_on_tablet(tablet_alone, [draft], on, shipped(home_city="4403"))[0]

    told = [vars(one) for one in form_page.check(draft).offers]
    assert answer["offers"] == told
    assert [(one["fill"], one["why"]) for one in told] == [
        ("440306 广东省深圳市宝安区", "按身份证号前6位（原宝安县），待确认")
    ] * 2


# --- What the tablet does not know ------------------------------------------------------------------------------------

CHILD = {"id_type": "117", "id_number": "A123456789", "birth_date": "20240301", "guardian_relation": "51",
         "guardian_name": "测试乙", "guardian_id_number": "990101199202290010", "hukou_division": "440305",
         "sex": "1", "residency.start_date": "20240401"}  # fmt: skip
FROM_ELSEWHERE = {"id_type": "111", "id_number": "44030519920229001X"}
LANDLINE = {"phone": "0755-12345678", "id_number": "990101199202290010", "name": "测试甲"}
UNTOLD = {
    "divisions": Draft("resident", Action.CREATE, uuid4(), values=FROM_ELSEWHERE),
    "held": Draft("resident", Action.CORRECT, uuid4(), record=Record(kind="resident"), known=LANDLINE),
    "wholes": Draft("resident", Action.CREATE, uuid4(), values=CHILD),
}


def test_what_the_tablet_does_not_tell_is_listed() -> None:
    assert UNTOLD.keys() == rules.UNTOLD


@pytest.mark.parametrize("why", UNTOLD)
def test_what_the_tablet_does_not_tell_the_server_does(tablet_alone: Page, why: str) -> None:
    draft, on = UNTOLD[why], timezone.localdate()

    answer, said = check_on_tablet(tablet_alone, [draft], on)[0], form_page.check(draft)

    more = [*said.offers, *(reason for one in said.targets for reason in one.inexpressible)]
    told = [*answer["offers"], *(reason for one in answer["targets"] for reason in one["inexpressible"])]
    assert len(told) < len(more)


def test_the_words_are_those_of_the_page(tablet_alone: Page) -> None:
    on = timezone.localdate()
    form = {"phone": "1", "id_number": "1", "residency.start_date": "20990101"}

    zh, en = (
        tablet_alone.evaluate(
            "([rules, form, on]) => gridapp.rules.check(rules, 'resident', form, null, on)",
            [shipped(lang=lang), form, on.isoformat()],
        )
        for lang in ("zh", "en")
    )

    assert zh["wrong"]["phone"] == "电话号码不对，手机填11位号码；座机填区号加号码，如0755-12345678"
    assert zh["wrong"]["id_number"] == "身份证号应为18位，现在是1位，请对照证件补全或删去多余的位数"
    assert en["wrong"]["residency.start_date"] == "“Moved in on” cannot be later than today. Check the year"
    assert re.findall(r"\{\w", json.dumps([zh["wrong"], zh["said"], en["wrong"], en["said"]])) == []
