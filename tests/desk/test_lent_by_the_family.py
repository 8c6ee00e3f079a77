"""What the next of a household takes over from the one before, with a tap each, and what is never taken over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from gridapp.registry.models import Record

NEW = "/entries/new/resident/"
WIFE = {"id_number": "990101199202290029", "name": "测试乙", "phone": "", "hukou_division": "", "hukou_address": ""}
CHILD = {**WIFE, "id_number": "990101201805060011", "name": "测试丁"}
TOGETHER = {"residency__relation_to_head": "02", "household__household_no": "990100001", "hukou_type": "1"}
Filled = Callable[..., dict[str, Any]]


@pytest.fixture
def after(desk: Client, form_of: Filled) -> str:
    """The form of the next one, after the head of a household."""
    return str(desk.post(NEW, form_of(another="yes", **TOGETHER))["Location"])


def questions(page: Any) -> dict[str, Any]:
    return {one.name: one for group in page.context["page"].groups for one in (*group.questions, *group.folded)}


def saved(desk: Client, form_of: Filled, after: str, **changed: Any) -> dict[str, Any]:
    """The document of the next one, entered with what is given beside what the opened form carries."""
    opened = desk.get(after)
    answer = desk.post(NEW, {**form_of(**changed), **dict(opened.context["page"].hidden)})
    assert answer.status_code == 302, [one.code for one in answer.context["draft"].refusals]
    return Record.objects.get(pk=UUID(answer["Location"].split("/")[2])).document()


def test_nothing_is_lent_where_nobody_was_entered_before(desk: Client, flat: Record) -> None:
    asked = questions(desk.get(NEW, {"housing": str(flat.id)}))

    assert [one.name for one in asked.values() if one.takes] == []


def test_how_they_live_and_since_when_stands_there_already(desk: Client, after: str) -> None:
    asked = questions(desk.get(after))

    assert [choice.value for choice in asked["residency.residency_kind"].choices if choice.chosen] == ["2"]
    assert asked["residency.start_date"].value == "2024-03-10"


@pytest.mark.parametrize(
    "name", ["ethnicity", "marital_status", "residency.relation_to_head", "phone", "hukou_division"]
)
def test_what_must_not_be_guessed_is_empty(desk: Client, after: str, name: str) -> None:
    one = questions(desk.get(after))[name]

    assert (one.value, [choice.value for choice in one.choices if choice.chosen]) == ("", [])


def test_phone_and_registered_address_are_taken_over_with_a_tap_each(desk: Client, form_of: Filled, after: str) -> None:
    document = saved(desk, form_of, after, **WIFE, take=["hukou", "phone"])

    known = {name: document[name] for name in ("phone", "hukou_division", "hukou_address", "hukou_type")}
    assert known == {
        "phone": "13912345678",
        "hukou_division": "440305",
        "hukou_address": "测试路1号",
        "hukou_type": "1",
    }


def test_what_is_not_tapped_is_not_taken_over(desk: Client, form_of: Filled, after: str) -> None:
    document = saved(desk, form_of, after, **{**WIFE, "phone": "13912345603"})

    assert document["phone"] == "13912345603"
    assert document.keys() & {"hukou_division", "hukou_address", "guardian_name"} == set()


def test_an_address_is_not_taken_over_into_another_division(desk: Client, form_of: Filled, after: str) -> None:
    document = saved(desk, form_of, after, **{**WIFE, "hukou_division": "990101"}, take=["hukou", "phone"])

    assert document["hukou_division"] == "990101"
    assert "hukou_address" not in document


def test_a_child_takes_over_its_guardian(desk: Client, form_of: Filled, after: str) -> None:
    document = saved(desk, form_of, after, **CHILD, take=["guardian"], guardian_relation="20")

    known = {name: document[name] for name in ("guardian_name", "guardian_phone", "guardian_id_number", "phone")}
    assert known == {
        "guardian_name": "测试甲",
        "guardian_phone": "13912345678",
        "guardian_id_number": "990101199202290010",
        "phone": "13912345678",
    }


def test_after_a_child_the_head_lends(desk: Client, form_of: Filled, after: str) -> None:
    opened = desk.get(after)
    child = {**CHILD, "take": ["guardian", "hukou"], "residency__relation_to_head": "20", "another": "yes"}
    second = desk.post(NEW, {**form_of(**child), **dict(opened.context["page"].hidden)})["Location"]

    labels = [choice.label for one in questions(desk.get(second)).values() for choice in one.takes]

    assert sorted(labels) == ["与测试甲用同一个电话", "户籍与测试甲相同", "监护人是测试甲"]


def test_numbers_and_addresses_of_the_family_stay_on_the_server(desk: Client, after: str) -> None:
    page = desk.get(after).content.decode()

    assert not any(one in page for one in ("13912345678", "990101199202290010", "测试路1号"))


def test_the_live_check_counts_in_what_is_taken_over(desk: Client, form_of: Filled, after: str) -> None:
    opened = desk.get(after)
    form = {**form_of(**WIFE, take=["hukou", "phone"]), **dict(opened.context["page"].hidden)}

    checked = desk.post("/entries/check/resident/", form).context["check"]

    lacking = {lack.id for one in checked.targets for lack in one.missing}
    assert lacking & {"f-phone", "f-hukou_division", "f-hukou_address", "f-hukou_type"} == set()
    assert {"phone", "hukou_division", "hukou_address"} & set(checked.needed) == set()
    assert {"phone", "hukou_division", "hukou_address"} & set(checked.asked) == {"phone", "hukou_division"}


def test_employers_of_the_house_are_offered_with_their_names(desk: Client, form_of: Filled, flat: Record) -> None:
    work = {"employer_uscc": "9199010100000001AQ", "employer_name": "测试电子厂"}
    desk.post(NEW, form_of(**work))

    picks = questions(desk.get(NEW, {"housing": str(flat.id)}))["employer_uscc"].picks

    assert [(one.label, one.fill, one.also) for one in picks if not one.begins] == [
        ("测试电子厂", "9199010100000001AQ", "employer_name=测试电子厂")
    ]


def test_jobs_are_offered_and_any_other_may_be_written(desk: Client, flat: Record) -> None:
    occupation = questions(desk.get(NEW, {"housing": str(flat.id)}))["occupation"]

    assert (len(occupation.picks), len(occupation.more_picks)) == (6, 34)
    assert occupation.control == "text"
