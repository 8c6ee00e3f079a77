"""The catalogue page of each target, in two languages, and what must not be shared."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gridapp.catalogue import profiles, sharing, wording
from gridapp.contract import Kind, Layout, Profile, Row, is_in
from gridapp.dictionary import FIELDS

ALL = profiles.district()
CHINESE = re.compile("[一-龥]")
NOT_SHARED = next(name for name, one in FIELDS.items() if one.sharing == "N" and one.entity == "resident")


@pytest.mark.parametrize("profile", ALL, ids=[one.key for one in ALL])
def test_no_target_is_sent_a_field_that_is_not_to_be_shared(profile: Profile) -> None:
    for kind in Kind:
        assert sharing.withheld(profile, kind) == []


def test_a_table_that_sends_such_a_field_is_withheld_unless_a_law_permits_it() -> None:
    greedy = replace(ALL[0], layouts={Kind.RESIDENT: Layout((Row("name", "XM"), Row(NOT_SHARED, "X")))})

    assert sharing.withheld(greedy, "resident") == [NOT_SHARED]
    assert sharing.withheld(replace(greedy, permits=frozenset({NOT_SHARED})), "resident") == []


@pytest.mark.parametrize("profile", ALL, ids=[one.key for one in ALL])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_field_a_target_receives_is_on_its_page(profile: Profile, lang: str) -> None:
    page = sharing.page(profile, lang)

    assert len(page) == sum(len(layout.content_rows) for layout in profile.layouts.values())
    for entry in page:
        assert entry.label, entry.name
        assert entry.label != entry.name
        assert entry.purpose, entry.name
        assert entry.basis, entry.name
        assert entry.sharing in sharing.CLASSES
        if lang == "en":
            assert not CHINESE.search(entry.label + entry.needed + entry.sharing_label), entry


def test_an_attachment_is_on_the_page_with_its_own_words_and_is_needed_when_they_ask_for_it() -> None:
    profile = profiles.profiles()["lease_filing"]

    ours = next(one for one in sharing.page(profile) if one.name == "attachment.lease_signature")
    english = next(one for one in sharing.page(profile, "en") if one.name == "attachment.lease_signature")

    assert (ours.label, ours.needed, ours.sharing, ours.sensitivity) == ("出租人签字页", "对方要求补正时", "C", "S2")
    assert (english.label, english.needed) == ("Page signed by the lessor", "when they ask for it")


def test_a_line_says_what_why_and_how_far_it_may_go() -> None:
    phone = next(one for one in sharing.page(profiles.profiles()["grid_governance"]) if one.name == "phone")

    assert (phone.theirs, phone.needed, phone.sharing_label, phone.sensitivity) == (
        "contact",
        "必填",
        "有条件共享",
        "S2",
    )
    assert phone.purpose == "网格基础台账：实有人口、实有房屋"
    assert phone.basis == "本省平安建设条例；GB/T 31000-2015"


@pytest.mark.parametrize(
    ("slug", "name", "needed"),
    [
        ("grid_governance", "inflow_reason", "人口类别为流动人口"),
        ("grid_governance", "former_name", "选填"),
        ("family_planning", "guardian_name", "年龄已填写且年龄小于7"),
    ],
)
def test_when_a_field_is_needed_is_said_in_words(slug: str, name: str, needed: str) -> None:
    page = sharing.page(profiles.profiles()[slug])

    assert next(one.needed for one in page if one.name == name) == needed


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_condition_of_every_target_is_said_without_codes(lang: str) -> None:
    for profile in ALL:
        for layout in profile.layouts.values():
            for condition in (layout.applies, layout.closes, *(row.required for row in layout.rows)):
                said = wording.words(condition, lang)
                assert said
                assert not any(name in said for name in condition.fields() if "_" in name)
                assert lang == "zh" or not CHINESE.search(said)


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("phone", "联系方式(手机)", "phone"),
        ("JZDJ.DJBH", "居住登记系统编号(DJBH)", "number from the residence registration system (djbh)"),
        ("mapped.police_grid", "警务区代码", "police area code"),
        ("@worker", "采集人", "worker"),
        ("XYZ.nothing", "XYZ.nothing", "xyz.nothing"),
    ],
)
def test_names_of_fields_and_of_numbers_are_said_in_two_languages(name: str, zh: str, en: str) -> None:
    assert wording.name_of(name) == zh
    assert en in wording.name_of(name, "en").lower()


def test_codes_of_a_condition_are_said_in_words() -> None:
    assert wording.words(is_in("resident_category", "LD", "JW")) == "人口类别为流动人口/境外人员"
