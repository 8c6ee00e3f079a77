"""Who reaches which record."""

from __future__ import annotations

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry import search
from gridapp.registry.models import Record
from tests.factories import UserFactory


def test_who_may_see_everywhere_sees_everything(
    worker: User, other_worker: User, home: Record, far_home: Record
) -> None:
    superuser = UserFactory.create(username="superuser", is_superuser=True)

    assert set(registry.visible(superuser)) == {home, far_home}
    assert search.search("幸福花园", by=superuser) != []
    assert set(registry.visible(worker)) == {home}


def test_a_closed_account_sees_nothing(worker: User, home: Record) -> None:
    worker.is_active = False

    assert list(registry.visible(worker)) == []
