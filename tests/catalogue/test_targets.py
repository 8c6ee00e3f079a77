"""Targets as configured: seeded once, left as an administrator wants them, live only when connected."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from gridapp.catalogue import targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured

pytestmark = pytest.mark.django_db


def test_seeding_gives_every_system_of_the_district_a_disabled_row() -> None:
    made = targets.seed()

    assert len(made) == 14
    assert not Target.objects.filter(enabled=True).exists()
    assert not Target.objects.filter(connector="plain_json").exists()


def test_seeding_again_changes_nothing_an_administrator_set() -> None:
    targets.seed()
    Target.objects.filter(key="WG").update(enabled=True, zh="综治")

    assert targets.seed() == []
    assert (Target.objects.get(key="WG").enabled, Target.objects.get(key="WG").zh) == (True, "综治")


def test_a_target_is_live_when_it_is_enabled_and_something_speaks_to_it(district: dict[str, Configured]) -> None:
    Target.objects.update(enabled=False)
    Target.objects.filter(key__in=["FWBM", "MZYL"]).update(enabled=True)

    live = {one.target.key for one in targets.targets() if one.live}

    assert live == {"FWBM", "MZYL"}
    assert [key for key, one in district.items() if one.connector is None] == []


def test_all_targets_are_read_in_one_statement(district: dict[str, Configured], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert len(targets.targets()) == 14


def test_one_target_is_found_by_its_id(district: dict[str, Configured]) -> None:
    found = targets.target(district["PDA"].target.pk)

    assert found is not None
    assert found.profile.key == "PDA"
    assert targets.target(0) is None


def test_a_row_without_its_connector_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    Target.objects.create(key="GONE", connector="uninstalled", zh="已卸载", en="Gone", enabled=True)

    with caplog.at_level(logging.ERROR):
        found = targets.targets()

    assert found == []
    assert "uninstalled" in caplog.text


def test_several_targets_may_share_one_connector() -> None:
    for number in range(3):
        Target.objects.create(key=f"B{number}", connector="plain_json", zh="压测", en="Bench", enabled=True)

    assert [one.profile.slug for one in targets.targets()] == ["plain_json"] * 3
