"""Who reaches which record."""

from __future__ import annotations

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry import search
from gridapp.registry.models import Record
from tests.factories import UserFactory


def test_who_has_the_district_sees_all_of_it(worker: User, other_worker: User, home: Record, far_home: Record) -> None:
    around = UserFactory.create(username="around", areas=["990101"])

    assert set(registry.visible(around)) == {home, far_home}
    assert search.search("幸福花园", by=around) != []
    assert set(registry.visible(worker)) == {home}


def test_a_closed_account_sees_nothing(worker: User, home: Record) -> None:
    worker.is_active = False

    assert list(registry.visible(worker)) == []
