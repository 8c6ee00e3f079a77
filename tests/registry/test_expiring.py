"""Residents whose period is over: proposed in time, in their area, once; deleted by two people, never by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.org.models import Role
from gridapp.registry import expiring, rights
from gridapp.registry.models import Record, Residency, RightsRequest, Tombstone
from gridapp.registry.rights import Decision, Wish
from tests import factories
from tests.factories import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return factories.cast()


@pytest.fixture
def person(cast: Cast) -> Record:
    """Gone for longer than five years."""
    home = factories.flat(cast.worker)
    return gone(factories.resident(cast.worker, home), days=5 * 366 + 2)


def gone(person: Record, *, days: int) -> Record:
    Residency.objects.filter(resident=person).update(is_open=False)
    Record.objects.filter(pk=person.pk).update(closed_at=timezone.now() - timedelta(days=days))
    return Record.objects.get(pk=person.pk)


def test_whoever_is_gone_for_the_period_is_listed_and_nobody_else(cast: Cast, person: Record) -> None:
    home = Record.objects.get(kind="housing")
    factories.resident(cast.worker, home)
    gone(factories.resident(cast.worker, home), days=5 * 365 - 2)
    Record.objects.filter(pk=home.pk).update(closed_at=timezone.now() - timedelta(days=9999))

    assert list(expiring.past(cast.supervisor)) == [person]


def test_the_period_is_a_setting(cast: Cast, person: Record, settings: Settings) -> None:
    settings.RETENTION_YEARS = 6

    assert not expiring.past(cast.supervisor).exists()


def test_it_is_listed_for_who_decides_in_their_area_alone(cast: Cast, person: Record) -> None:
    elsewhere = factories.UserFactory.create(role="supervisor", areas=[factories.OTHER_GRID])
    readers = [factories.UserFactory.create(role=role, areas=["990101"]) for role in ("security", "auditor", "officer")]

    assert not any(expiring.past(user).exists() for user in (elsewhere, cast.worker, *readers))
    assert expiring.propose(person, by=elsewhere) is None
    assert not RightsRequest.objects.exists()


def test_a_proposal_is_a_request_to_delete_that_nobody_came_to_lodge(cast: Cast, person: Record) -> None:
    row = expiring.propose(person, by=cast.supervisor)

    assert row is not None
    assert (row.kind, row.seen, row.status, row.lodged_by) == ("delete", "period", "lodged", cast.supervisor)
    assert row.said()["wish"]
    assert Note.objects.get(act=Act.RIGHT_LODGED).about == f"record:{person.pk}"
    assert Record.objects.get(pk=person.pk).grid_code
    assert not Tombstone.objects.exists()


def test_nobody_is_proposed_twice(cast: Cast, person: Record) -> None:
    expiring.propose(person, by=cast.supervisor)

    assert expiring.propose(person, by=cast.supervisor) is None
    assert not expiring.past(cast.supervisor).exists()
    assert RightsRequest.objects.count() == 1


def test_who_was_refused_is_proposed_again_after_a_year(cast: Cast, person: Record) -> None:
    row = expiring.propose(person, by=cast.supervisor)
    assert row is not None
    assert rights.decide(row, Decision("refused", "档案另有保存期限。", law="archive"), by=cast.supervisor)
    assert not expiring.past(cast.supervisor).exists()

    RightsRequest.objects.update(ended_at=timezone.now() - timedelta(days=367))

    assert list(expiring.past(cast.supervisor)) == [person]


def test_one_person_alone_deletes_nobody(cast: Cast, person: Record) -> None:
    row = expiring.propose(person, by=cast.supervisor)
    assert row is not None
    decided = rights.decide(row, Decision("done", "保存期限已满，可以删除。", ground="period"), by=cast.supervisor)

    assert decided
    assert not rights.agree(row, agrees=True, by=cast.supervisor)
    assert not rights.agree(row, agrees=True, by=cast.administrator)
    second = factories.UserFactory.create(username="second", role=Role.SUPERVISOR, areas=["990101"])
    assert rights.agree(row, agrees=True, by=second)


def test_nobody_at_the_counter_can_say_that_the_period_is_over(cast: Cast, person: Record) -> None:
    assert "seen" in Wish("delete", "period", "请删除我的信息", "到社区工作站自取").lacks(person)
