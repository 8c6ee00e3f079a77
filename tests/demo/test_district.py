"""The district goes in through the door of every worker's entry; what a load that was interrupted has left is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone

from gridapp.catalogue import readiness
from gridapp.contract import Kind
from gridapp.demo import accounts, district, places
from gridapp.org import mapped
from gridapp.org.models import Area, User
from gridapp.registry import views, visible
from gridapp.registry.models import Building, Entry, Record, Residency

GRIDS = (places.grid_codes()[0], places.grid_codes()[9])  # the first worker's, and one of villagers' own houses

pytestmark = pytest.mark.django_db


def quietly(done: int, total: int) -> None:
    """Nobody looks."""


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "accounts.json"


@pytest.fixture
def loaded(kept: Path) -> tuple[int, int]:
    district.load_places()
    accounts.ensure(kept)
    accounts.importer()
    return district.load(quietly, within=GRIDS)


def test_areas_buildings_and_the_codes_of_other_systems_are_there(loaded: tuple[int, int]) -> None:
    assert Area.objects.count() == 35
    assert Building.objects.count() == 60
    assert set(mapped(GRIDS)[GRIDS[0]]) >= {"police_grid", "provincial_grid"}


def test_flats_and_people_are_records_with_entries_of_their_grids_worker(loaded: tuple[int, int]) -> None:
    flats, people = loaded
    worker = User.objects.get(username=accounts.WORKER)

    assert Record.objects.filter(kind="housing").count() == flats > 20
    assert Record.objects.filter(kind="resident").count() == people > 10
    assert Residency.objects.filter(is_open=True, is_primary=True).count() == people
    assert set(Entry.objects.filter(grid_code=GRIDS[0]).values_list("by", flat=True)) == {worker.pk}
    assert Entry.objects.filter(grid_code=GRIDS[1]).exclude(by__username=accounts.IMPORT).count() == 0


def test_a_worker_sees_the_own_grid_alone(loaded: tuple[int, int]) -> None:
    worker = User.objects.get(username=accounts.WORKER)

    assert set(visible(worker).values_list("grid_code", flat=True)) == {GRIDS[0]}


def test_most_flats_have_their_code_already(loaded: tuple[int, int]) -> None:
    flats = Record.objects.filter(kind="housing")

    assert flats.count() * 0.8 < flats.exclude(housing_code=None).count() < flats.count()


def test_loading_again_changes_nothing(loaded: tuple[int, int]) -> None:
    before = set(Record.objects.values_list("id", "version"))

    district.load_places()
    again = district.load(quietly, within=GRIDS)

    assert again == loaded
    assert set(Record.objects.values_list("id", "version")) == before


def test_nothing_is_missing_for_a_department_that_is_connected(loaded: tuple[int, int]) -> None:
    records = list(Record.objects.all())
    seen = views.views(records, on=timezone.localdate())

    short = {
        (one.profile.key, tuple(one.missing))
        for record in records
        for one in readiness(seen[record.id], Kind(record.kind))
        if one.connected and [name for name in one.missing if not name.startswith(("mapped.", "housing.housing_code"))]
    }
    assert short == set()


def test_passwords_and_tokens_stay_the_same_and_are_readable_by_their_owner_alone(kept: Path) -> None:
    district.load_places()
    first = accounts.ensure(kept)
    second = accounts.ensure(kept)

    assert first == second
    assert {one.role for one in first} == {"worker", "supervisor", "officer", "administrator", "security", "auditor"}
    assert kept.stat().st_mode & 0o777 == 0o600
    assert all(User.objects.get(username=one.username).check_password(one.password) for one in first)


def test_after_the_accounts_are_thrown_away_the_same_passwords_open_the_new_ones(kept: Path) -> None:
    district.load_places()
    first = accounts.ensure(kept)
    User.objects.all().delete()

    second = accounts.ensure(kept)

    assert [one.password for one in second] == [one.password for one in first]
    assert [one.token for one in second] != [one.token for one in first]


def test_a_lost_file_means_new_passwords_not_a_locked_demo(kept: Path) -> None:
    district.load_places()
    accounts.ensure(kept)
    kept.unlink()

    again = accounts.ensure(kept)

    assert User.objects.get(username=accounts.WORKER).check_password(again[0].password)
    assert json.loads(kept.read_text())[0]["password"] == again[0].password
