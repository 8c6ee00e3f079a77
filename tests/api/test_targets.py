"""The departmental systems of the district, as a client sees them."""

from __future__ import annotations

import pytest
from django.utils import timezone

from gridapp.catalogue.models import Target
from tests.api.description import DescribedClient

KEYS = {"key", "zh", "en", "connected", "enabled", "paused", "window", "needs", "kinds"}


@pytest.mark.django_db
def test_a_district_without_targets_has_none(worker: DescribedClient) -> None:
    assert worker.get("/api/v1/targets/").json() == {"results": []}


@pytest.mark.django_db
def test_all_fourteen_are_listed_with_what_they_receive_and_wait_for(
    worker: DescribedClient, live_targets: dict[str, Target]
) -> None:
    found = {one["key"]: one for one in worker.get("/api/v1/targets/").json()["results"]}

    assert found.keys() == live_targets.keys()
    assert len(found) == 14
    assert all(set(one) == KEYS for one in found.values())
    assert {key for key, one in found.items() if one["connected"]} == {"FWBM", "JZDJ", "PDA", "WG"}
    assert found["FWBM"]["kinds"] == ["housing"]
    assert found["JZDJ"]["needs"] == ["FWBM"]
    assert found["JZDJ"]["en"] == "Residence registration system"


@pytest.mark.django_db
def test_hours_are_the_districts_own_where_it_has_some(
    worker: DescribedClient, live_targets: dict[str, Target]
) -> None:
    Target.objects.filter(key="WG").update(window={"opens": "08:00", "closes": "20:30"}, paused_at=timezone.now())

    found = {one["key"]: one for one in worker.get("/api/v1/targets/").json()["results"]}

    nothing_else = {
        "breaks": [], "working_days": False, "closed_weekday": None, "closed_from": None, "closed_until": None,
        "freeze_days": [], "month_end": None, "season": None,
    }  # fmt: skip
    assert found["WG"]["window"] == {"opens": "08:00", "closes": "20:30", **nothing_else}
    assert found["PDA"]["window"] == {"opens": "06:30", "closes": "22:30", **nothing_else}
    assert found["LB"]["window"]["month_end"] == {"closes": "18:00", "reopens": "12:00"}
    assert found["FWBM"]["window"]["closed_weekday"] == 6
    assert (found["WG"]["paused"], found["PDA"]["paused"]) == (True, False)


@pytest.mark.django_db
def test_no_setting_of_a_target_is_told(worker: DescribedClient, live_targets: dict[str, Target]) -> None:
    target = live_targets["WG"]
    target.seal_settings({"url": "http://secret.invalid/", "secret": "s3cret-of-the-gateway"})
    target.save(update_fields=["sealed_settings"])

    text = worker.get("/api/v1/targets/").content.decode()

    assert "secret" not in text
