"""Tablets: what they report, whose they are to see, and what becomes of a lost one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.org import devices, sessions
from gridapp.org.models import Device, OpenSession, Role, User
from tests import factories

pytestmark = pytest.mark.django_db


def seen(
    user: User, *, waiting: int = 0, oldest: timedelta | None = None, key: str = "", at: UUID | None = None
) -> UUID:
    device_id = at or uuid4()
    devices.seen(device_id, user=user, session_key=key, waiting=waiting, oldest=oldest)
    return device_id


@pytest.fixture
def cast() -> factories.Cast:
    return factories.cast()


def test_a_tablet_is_its_last_users(cast: factories.Cast) -> None:
    one = seen(cast.worker)

    seen(cast.other_worker, at=one, waiting=2, oldest=timedelta(hours=1))

    row = Device.objects.get()
    assert (row.user, row.waiting) == (cast.other_worker, 2)


def test_nothing_waits_since_nothing(cast: factories.Cast) -> None:
    one = seen(cast.worker, waiting=2, oldest=timedelta(hours=1))

    seen(cast.worker, at=one, waiting=0, oldest=timedelta(hours=1))

    assert Device.objects.get().oldest_at is None


def test_what_is_new_is_noted_at_once_and_the_rest_once_a_minute(cast: factories.Cast) -> None:
    one = seen(cast.worker)
    now = Device.objects.get().seen_at

    for after, waiting in ((10, 0), (20, 1), (30, 1), (90, 1)):
        at = now + timedelta(seconds=after)
        devices.seen(one, user=cast.worker, session_key="", waiting=waiting, oldest=None, at=at)
        row = Device.objects.get()
        assert (row.seen_at - now).seconds == (0 if after == 10 else 20 if after < 90 else 90)


def test_each_sees_the_tablets_of_their_areas(cast: factories.Cast) -> None:
    mine, other, above = seen(cast.worker), seen(cast.other_worker), seen(cast.administrator)
    nobody = factories.UserFactory.create(role=Role.SUPERVISOR, areas=[])

    listed = {name: {row.pk for row in devices.listed(getattr(cast, name))} for name in ("worker", "supervisor")}

    assert listed == {"worker": {mine}, "supervisor": {mine, other}}
    assert {row.pk for row in devices.listed(cast.administrator)} == {mine, other, above}
    nobody.areas.clear()
    assert list(devices.listed(nobody)) == []


def test_what_has_waited_longest_stands_first(cast: factories.Cast) -> None:
    empty = seen(cast.worker)
    young = seen(cast.worker, waiting=9, oldest=timedelta(hours=1))
    old = seen(cast.worker, waiting=1, oldest=timedelta(days=3))

    assert [row.pk for row in devices.listed(cast.supervisor)] == [old, young, empty]


def test_a_worker_of_two_areas_has_one_tablet(cast: factories.Cast) -> None:
    both = factories.UserFactory.create(areas=[factories.GRID, factories.OTHER_GRID])
    seen(both)

    assert devices.listed(cast.supervisor).count() == 1


def test_a_lost_tablets_session_ends_at_once(cast: factories.Cast) -> None:
    client = Client()
    client.force_login(cast.worker)
    one = seen(cast.worker, key=sessions.digest(client.session.session_key or ""))

    assert devices.report_lost(one, by=cast.supervisor)

    row = Device.objects.get()
    assert (devices.is_lost(one), row.lost_by) == (True, cast.supervisor)
    assert list(OpenSession.objects.values_list("ended_why", "ended_by")) == [("lost", cast.supervisor.pk)]


def test_it_is_reported_once(cast: factories.Cast) -> None:
    one = seen(cast.worker)
    devices.report_lost(one, by=cast.supervisor)
    before = Device.objects.get().lost_at

    assert not devices.report_lost(one, by=cast.administrator)
    assert Device.objects.get().lost_at == before


def test_nobody_reports_a_tablet_of_other_areas(cast: factories.Cast) -> None:
    one = seen(cast.other_worker)
    far = factories.UserFactory.create(role=Role.SUPERVISOR, areas=[factories.GRID])

    assert not devices.report_lost(one, by=far)
    assert not devices.report_lost(uuid4(), by=cast.administrator)
    assert not devices.is_lost(one)


def test_what_a_lost_tablet_reports_changes_nothing(cast: factories.Cast) -> None:
    one = seen(cast.worker)
    devices.report_lost(one, by=cast.supervisor)

    seen(cast.other_worker, at=one, waiting=5)

    row = Device.objects.get()
    assert (row.user, row.waiting) == (cast.worker, 0)


def test_a_report_can_be_taken_back_until_the_tablet_was_told(cast: factories.Cast) -> None:
    one = seen(cast.worker)

    devices.report_lost(one, by=cast.supervisor)
    assert devices.found_again(one, by=cast.supervisor)
    assert not devices.is_lost(one)

    devices.report_lost(one, by=cast.supervisor)
    devices.told(one)
    assert not devices.found_again(one, by=cast.supervisor)
    assert devices.is_lost(one)


def test_the_first_word_to_a_lost_tablet_counts(cast: factories.Cast) -> None:
    one, well = seen(cast.worker), seen(cast.worker)
    devices.report_lost(one, by=cast.supervisor)

    for device in (one, one, well, uuid4()):
        devices.told(device)

    told = Device.objects.get(pk=one).told_at
    assert told is not None
    assert timezone.now() - told < timedelta(minutes=1)
    assert Device.objects.get(pk=well).told_at is None
