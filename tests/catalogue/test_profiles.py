"""Connectors are found through entry points; a broken one is set aside and the house stands."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint

import pytest

from gridapp.catalogue import profiles
from gridapp.contract import Connector, Profile


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, profiles.GROUP)


def test_the_fourteen_systems_are_listed_in_their_order_and_nothing_else() -> None:
    assert [one.key for one in profiles.district()] == [
        "FWBM", "JZDJ", "ZZSB", "PDA", "GZZ", "JS", "AQSC", "LB", "WG", "SZZ", "GXPT", "ZLBA", "XW", "MZYL",
    ]  # fmt: skip


def test_an_example_connector_is_installed_but_belongs_to_no_district() -> None:
    assert "plain_json" in profiles.profiles()
    assert "plain_json" not in {one.slug for one in profiles.district()}


def test_all_installed_connectors_load() -> None:
    assert profiles.broken() == {}


@pytest.mark.parametrize("slug", ["housing_code", "residence_registration", "handheld", "grid_governance"])
def test_a_connected_system_has_a_class_that_speaks(slug: str) -> None:
    speaks = profiles.connector(slug)

    assert speaks is not None
    assert issubclass(speaks, Connector)
    assert speaks.profile is profiles.profiles()[slug]


def test_every_system_of_the_district_has_a_connector_and_an_unknown_one_has_none() -> None:
    assert [one.slug for one in profiles.district() if profiles.connector(one.slug) is None] == []
    assert profiles.connector("nobody") is None


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("connectors.nowhere:PROFILE", "ModuleNotFoundError"),
        ("connectors.elder_care.mapping:NOTHING", "AttributeError"),
        ("connectors.elder_care.mapping:RESIDENT", "neither a Connector class nor a Profile"),
    ],
)
def test_a_broken_entry_point_is_logged_and_shown_and_the_others_load(
    value: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        found = profiles.load([point("broken", value), point("elder_care", "connectors.elder_care.mapping:PROFILE")])

    assert list(found.profiles) == ["elder_care"]
    assert why in found.broken["broken"]
    assert "broken" in caplog.text


def test_of_two_connectors_with_one_slug_the_second_is_set_aside() -> None:
    value = "connectors.elder_care.mapping:PROFILE"

    found = profiles.load([point("elder_care", value), point("copycat", value)])

    assert list(found.broken) == ["copycat"]


def test_every_profile_says_in_two_languages_who_it_is_and_on_what_basis_it_receives() -> None:
    for profile in profiles.profiles().values():
        assert_complete(profile)


def assert_complete(profile: Profile) -> None:
    chinese = (profile.zh, profile.owner, profile.basis, profile.purpose, profile.channel)
    english = (profile.en, profile.owner_en, profile.basis_en, profile.purpose_en, profile.channel_en)

    assert all(chinese), profile.key
    assert all(english), profile.key
    assert all(text.isascii() for text in english), profile.key
