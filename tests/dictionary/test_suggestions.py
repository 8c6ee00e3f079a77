"""What may be offered, and is never stored by itself: D4, D5, D15."""

from typing import Any

import pytest

from gridapp.dictionary import suggest
from gridapp.dictionary.documents import check_digit


def offered(view: dict[str, Any], family: dict[str, Any] | None = None) -> dict[str, str]:
    return {name: one.value for name, one in suggest(view, family).items()}


def test_the_number_suggests_where_it_was_first_issued() -> None:
    view = {"id_number": "11010519491231002X"}

    assert offered(view) == {"hukou_division": "110105", "native_place": "110105"}
    assert "待确认" in suggest(view)["hukou_division"].zh
    assert suggest(view)["hukou_division"].en


@pytest.mark.parametrize(
    ("first", "today"),
    [
        ("44032119880312001", "440306"),  # 宝安县 is a district of 深圳 now
        ("11010319880312001", None),  # 崇文区 was merged into another one: nothing says which
        ("99010119880312001", "990101"),
    ],
)
def test_of_a_division_that_was_given_up_today_s_is_suggested(first: str, today: str | None) -> None:
    view = {"id_number": first + check_digit(first)}

    assert offered(view).get("hukou_division") == offered(view).get("native_place") == today


def test_a_division_of_today_says_what_it_was_on_the_card() -> None:
    number = "44032119880312001"
    found = suggest({"id_number": number + check_digit(number)})["hukou_division"]

    assert found.zh == "按身份证号前6位（原宝安县），待确认"
    assert "宝安县 then" in found.en


def test_the_family_suggests_first() -> None:
    assert offered({"id_number": "11010519491231002X"}, {"native_place": "430104"})["native_place"] == "430104"
    assert offered({}, {"hukou_division": "430104"}) == {"native_place": "430104"}


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"id_type": "155", "id_number": "81000019900307151X"},
        {"id_type": "414", "id_number": "E12345678"},
        {"id_number": "110105194912310021"},  # wrong check digit
        {"id_number": "11010519491231002X", "hukou_division": "440305", "native_place": "430104"},
    ],
)
def test_nothing_is_suggested_where_nothing_is_known_or_all_is(view: dict[str, Any]) -> None:
    assert offered(view) == {}


@pytest.mark.parametrize(
    ("age", "answers"),
    [
        (3, {"marital_status": "10", "political_status": "13", "education": "90", "occupation_category": "90400"}),
        (8, {"marital_status": "10", "political_status": "13", "occupation_category": "90100"}),
        (15, {"occupation_category": "90100"}),
        (30, {}),
    ],
)
def test_age_suggests_for_children(age: int, answers: dict[str, str]) -> None:
    assert offered({"age": age}) == answers
