"""What may be offered, and is never stored by itself: D4, D5, D15."""

from typing import Any

import pytest

from gridapp.dictionary import suggest


def offered(view: dict[str, Any], family: dict[str, Any] | None = None) -> dict[str, str]:
    return {name: one.value for name, one in suggest(view, family).items()}


def test_the_number_suggests_where_it_was_first_issued() -> None:
    view = {"id_number": "11010519491231002X"}

    assert offered(view) == {"hukou_division": "110105", "native_place": "110105"}
    assert "待确认" in suggest(view)["hukou_division"].zh
    assert suggest(view)["hukou_division"].en


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
