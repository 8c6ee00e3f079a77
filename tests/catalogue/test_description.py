"""The page of a target in words, and the table of fields and targets."""

from __future__ import annotations

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue import profiles, targets
from gridapp.catalogue.coverage import coverage
from gridapp.catalogue.description import Description, describe
from gridapp.catalogue.models import Target
from gridapp.contract import Kind

CHINESE = re.compile("[一-龥]")
pytestmark = pytest.mark.usefixtures("district")


def described(key: str, lang: str = "zh") -> Description:
    one = next(one for one in targets.targets() if one.target.key == key)
    return describe(one, one.profile.window, lang)


def test_a_target_says_whom_it_concerns_and_which_ends_it_is_told_of() -> None:
    (part,) = described("JS").parts

    assert part.kind == Kind.RESIDENT
    assert "性别为女性" in part.concerns
    assert part.ended == "注销原因为搬离-市外/死亡/出国(境)"
    assert part.actions == ("新增", "变更", "注销")


def test_a_target_that_cannot_be_told_of_an_end_says_nothing_of_it() -> None:
    assert [part.ended for part in described("SZZ").parts] == ["", ""]
    assert not described("SZZ").can_close


def test_needs_are_named_and_numbers_it_gives_are_explained() -> None:
    page = described("XW")

    assert page.needs == ("房屋编码系统", "房屋租赁备案系统", "居住登记系统")
    assert ("FWBM", "房屋编码") in [(one.theirs, one.label) for one in described("FWBM").gives]


def test_the_districts_own_pace_counts_before_the_connectors() -> None:
    Target.objects.filter(key="WG").update(batch=7, per_second=0.5)

    page = described("WG")

    assert (page.batch, page.per_second) == (7, 0.5)


def test_a_value_that_is_worked_out_says_from_what() -> None:
    entries = {entry.theirs: entry for part in described("WG").parts for entry in part.entries}

    assert entries["ifImport"].made_of == "人口类别"
    assert entries["contact"].made_of == ""


@pytest.mark.parametrize("key", [one.key for one in profiles.district()])
def test_every_page_is_complete_in_english(key: str) -> None:
    page = described(key, "en")

    parts = [(part.concerns, part.ended, *part.actions) for part in page.parts]
    said = [page.name, page.owner, page.basis, page.purpose, page.channel, *page.hours, *page.needs, page.evidence]
    assert page.purpose
    assert page.basis
    assert not CHINESE.search(repr((said, parts, page.by_hand, [one.label for one in page.gives])))


def test_a_field_says_what_each_target_does_with_it() -> None:
    table = coverage(Kind.RESIDENT)

    phone = next(line for line in table.lines if line.name == "phone")
    assert phone.sharing_label == "有条件共享"
    assert phone.cells["WG"].needed == "always"
    assert phone.cells["WG"].theirs == ("contact",)
    assert "FWBM" not in phone.cells


def test_what_is_needed_of_some_says_of_whom() -> None:
    line = next(line for line in coverage(Kind.RESIDENT).lines if line.name == "inflow_reason")

    assert (line.cells["WG"].needed, line.cells["WG"].when) == ("sometimes", "人口类别为流动人口")


def test_a_kind_shows_the_targets_that_receive_it_alone() -> None:
    both, flats = coverage(), coverage(Kind.HOUSING)

    assert len(both.targets) == 14
    assert "JZDJ" not in {one.target.key for one in flats.targets}
    assert {line.name for line in flats.lines} < {line.name for line in both.lines}


def test_a_constant_is_no_field_that_is_received() -> None:
    assert "is_key_attention" not in {line.name for line in coverage().lines}


def test_the_table_is_complete_in_english() -> None:
    table = coverage(None, "en")

    assert not CHINESE.search(repr([(line.label, line.sharing_label) for line in table.lines]))
    assert not CHINESE.search(repr([cell.when for line in table.lines for cell in line.cells.values()]))


def test_page_and_table_ask_the_database_a_fixed_number_of_times(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    one = targets.targets()[0]

    with django_assert_max_num_queries(2):
        describe(one, one.profile.window)
        coverage()
