"""Tablets that nobody has heard of for the technical period are forgotten, but for a lost one that was not told yet."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from gridapp.delivery import keeping
from gridapp.org import devices
from gridapp.org.models import Device
from tests import factories

pytestmark = pytest.mark.django_db


def test_what_was_not_heard_of_for_long_goes_and_what_was_lost_stays_until_it_is_told() -> None:
    people = factories.cast()

    def heard_of(days: int) -> UUID:
        device_id, at = uuid4(), timezone.now() - timedelta(days=days)
        devices.seen(device_id, user=people.worker, session_key="", waiting=0, oldest=None, at=at)
        return device_id

    young, _old, lost, told = (heard_of(days) for days in (10, 400, 400, 400))
    for device in (lost, told):
        devices.report_lost(device, by=people.supervisor)
    devices.told(told)

    done = keeping.tidy()

    assert set(Device.objects.values_list("pk", flat=True)) == {young, lost}
    assert done["tablets"] == 2
