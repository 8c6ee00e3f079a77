"""The sandbox's addresses and credentials become the settings of our targets, sealed; the rest stays not connected."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gridapp.catalogue.models import Target
from gridapp.demo import departments

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 18, 23, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """What the sandbox would have written."""
    file = tmp_path / "sandbox.json"
    listed = {
        "FWBM": {"slug": "housing_code", "settings": {"url": "http://127.0.0.1:1/", "password": "made at start"}},
        "PDA": {"slug": "handheld", "settings": {"host": "127.0.0.1", "port": "2"}},
        "JSON": {"slug": "plain_json", "settings": {"url": "http://127.0.0.1:3/"}},
    }
    file.write_text(json.dumps({"control_url": "http://127.0.0.1:4/", "departments": listed}))
    return file


def test_who_answers_is_enabled_and_the_others_are_shown_as_not_connected(told: Path) -> None:
    found = departments.connect(told, always_open=True)

    assert (found.connected, found.known, found.control_url) == (2, 14, "http://127.0.0.1:4/")
    assert set(Target.objects.filter(enabled=True).values_list("key", flat=True)) == {"FWBM", "PDA"}
    assert not Target.objects.filter(key="JSON").exists()


def test_credentials_are_sealed(told: Path) -> None:
    departments.connect(told, always_open=True)

    row = Target.objects.get(key="FWBM")
    assert row.settings()["password"] == "made at start"
    assert b"made at start" not in bytes(row.sealed_settings)


def test_new_addresses_take_the_place_of_the_old_ones(told: Path) -> None:
    departments.connect(told, always_open=True)
    told.write_text(told.read_text().replace("127.0.0.1:1/", "127.0.0.1:9/"))

    departments.connect(told, always_open=True)

    assert Target.objects.get(key="FWBM").settings()["url"] == "http://127.0.0.1:9/"


@pytest.mark.parametrize(("now", "closed"), [(NOON, 0), (NIGHT, 1)])
def test_a_department_that_is_closed_at_this_hour_is_named(told: Path, now: datetime, closed: int) -> None:
    assert len(departments.connect(told, always_open=False, now=now).closed) == closed


def test_with_always_open_no_department_is_closed(told: Path) -> None:
    found = departments.connect(told, always_open=True, now=NIGHT)

    assert found.closed == ()
    assert Target.objects.get(key="PDA").window == {"opens": "00:00", "closes": "00:00"}


@pytest.fixture
def page_only(tmp_path: Path) -> Path:
    """A sandbox whose one department has nothing but a page."""
    file = tmp_path / "page.json"
    settings = {"url": "http://127.0.0.1:1/login.do", "account": "agent", "password": "x", "agent": "yes"}
    listed = {"GZZ": {"slug": "workstation", "settings": settings}}
    file.write_text(json.dumps({"control_url": "http://127.0.0.1:4/", "departments": listed}))
    return file


def test_a_page_is_filled_in_by_the_browser_that_is_here(
    page_only: Path, browser_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", browser_path)

    found = departments.connect(page_only, always_open=True)

    assert (found.by_hand, Target.objects.get(key="GZZ").settings()["agent"]) == ((), "yes")


@pytest.mark.parametrize("browser", ["/nowhere/chromium", "/bin/false"])
def test_a_page_is_left_to_a_person_where_no_browser_starts(
    page_only: Path, browser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", browser)

    found = departments.connect(page_only, always_open=True)

    row = Target.objects.get(key="GZZ")
    assert found.by_hand == (row.zh,)
    assert (row.enabled, row.settings()["agent"], row.settings()["account"]) == (True, "", "agent")


@pytest.mark.parametrize(("slug", "key"), [("family_planning", "JS"), ("school_places", "XW")])
def test_what_goes_out_seldom_goes_out_while_somebody_watches(told: Path, slug: str, key: str) -> None:
    listed = {key: {"slug": slug, "settings": {}}}
    told.write_text(json.dumps({"control_url": "http://127.0.0.1:4/", "departments": listed}))

    departments.connect(told, always_open=True)

    assert Target.objects.get(key=key).per_second == 0.1
