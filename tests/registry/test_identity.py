"""Which documents are one person's."""

from __future__ import annotations

import pytest

from gridapp.registry.identity import blind_identity, canonical, may_follow


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("111", "990101199202290010"), ("112", "990101199202290010"), True),
        (("111", "990101199202290010"), ("113", "990101199202290010"), True),
        (("111", "990101199202290010"), ("155", "990101199202290010"), False),
        (("111", "990101199202290010"), ("111", "990101199202290029"), False),
        (("414", "E12345678"), ("516", "E12345678"), False),
    ],
)
def test_the_blind_index_is_of_the_kind_of_number_and_the_number(
    one: tuple[str, str], other: tuple[str, str], same: bool
) -> None:
    assert (blind_identity(*one) == blind_identity(*other)) is same


def test_without_a_number_there_is_no_identity() -> None:
    assert blind_identity("990", "") is None
    assert blind_identity("990", None) is None


def test_the_index_says_nothing_of_the_number() -> None:
    index = blind_identity("111", "990101199202290010")

    assert index is not None and len(index) == 16
    assert b"99010119" not in index


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        (("111", "1"), ("111", "2"), False),
        (("117", "1"), ("117", "2"), False),
        (("111", "1"), ("117", "2"), False),
        (("111", "1"), ("990", ""), False),
        (("155", "1"), ("111", "2"), False),
        (("111", "1"), ("112", "1"), True),
        (("113", "1"), ("111", "1"), True),
        (("117", "1"), ("111", "2"), True),
        (("117", "1"), ("113", "2"), True),
        (("516", "1"), ("155", "2"), True),
        (("511", "1"), ("156", "2"), True),
        (("414", "1"), ("553", "2"), True),
        (("414", "1"), ("414", "2"), True),
        (("990", ""), ("111", "2"), True),
        (("990", "1"), ("414", "2"), True),
    ],
)
def test_upgrades_and_renewals_follow_each_other(old: tuple[str, str], new: tuple[str, str], may: bool) -> None:
    assert may_follow(old, new) is may


def test_a_citizens_documents_are_one_type() -> None:
    assert [canonical(one) for one in ("111", "112", "113", "117", "414")] == ["111", "111", "111", "117", "414"]
