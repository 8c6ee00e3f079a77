"""What happens in the demo besides entries: through the doors of everybody, once, whatever is told again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from gridapp.delivery import counts_full
from gridapp.demo import accounts, district, places, stories
from gridapp.demo.stories import FIRST, SECOND, THIRD, areas, days, disputes, papers
from gridapp.org.models import AreaVersion, Device, HandOver, Suggestion, User
from gridapp.registry import ledgers
from gridapp.registry.models import Entry, Export, Ledger, Objection, SavedSearch, SetAside

LAST = places.grid_codes()[-1]

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(tmp_path: Path) -> dict[str, User]:
    """Everybody of the demo, with the grids that stories are about."""
    district.load_places()
    accounts.ensure(tmp_path / "accounts.json")
    accounts.importer()
    district.load(lambda _done, _total: None, within=(FIRST, SECOND, THIRD, LAST))
    return {user.username: user for user in User.objects.all()}


def left() -> dict[str, int]:
    models: dict[str, Any] = {
        "entries": Entry, "objections": Objection, "set aside": SetAside, "hand-overs": HandOver, "accounts": User,
        "ledgers": Ledger, "exports": Export, "versions": AreaVersion, "suggestions": Suggestion, "tablets": Device,
        "searches": SavedSearch,
    }  # fmt: skip
    return {name: model.objects.count() for name, model in models.items()}


def test_the_register_was_taken_over_day_by_day_and_the_counters_know(cast: dict[str, User]) -> None:
    days.spread()
    once = dict(Entry.objects.values_list("id", "received_at"))
    days.spread()

    today = timezone.localdate()
    assert dict(Entry.objects.values_list("id", "received_at")) == once
    assert not Entry.objects.filter(grid_code=FIRST, received_at__date__lt=today).exists()
    earlier = {timezone.localdate(at) for at in once.values()} - {today}
    assert len(earlier) > 1 and min(earlier) >= today - timedelta(days=28)
    assert {day.weekday() for day in earlier} <= {0, 1, 2, 3, 4}
    assert counts_full.differing() == []


def test_people_work_dispute_and_hand_in_and_none_of_it_twice(cast: dict[str, User]) -> None:
    before = left()
    told = [
        areas.change, areas.complain, disputes.object_to, disputes.claim, disputes.collide, papers.hand_in,
        papers.export,
    ]  # fmt: skip

    for story in told:
        story(cast)
    once = left()
    for story in told:
        story(cast)

    assert left() == once
    assert {name: once[name] - before[name] for name in once} == {
        "entries": 2, "objections": 4, "set aside": 1, "hand-overs": 1, "accounts": 2, "ledgers": 2, "exports": 2,
        "versions": 2, "suggestions": 2, "tablets": 2, "searches": 0,
    }  # fmt: skip
    assert set(Objection.objects.values_list("status", flat=True)) == {"raised", "checked", "refused"}
    assert Objection.objects.filter(residency__isnull=False, residency__is_contested=True).count() == 1
    assert {ledger.rows for ledger in Ledger.objects.all()} == {12}
    assert not any(ledgers.lacking(ledger) for ledger in Ledger.objects.all())


def test_the_last_one_says_that_all_were_told(cast: dict[str, User]) -> None:
    before = stories.are_told()
    papers.search(cast)

    assert (before, stories.are_told()) == (False, True)
