"""The platform's calls at our own address: let in as they are, turned away when they are not theirs or not of now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from connectors.self_declaration.sandbox import DeclarationPlatform
from gridapp.api import flood
from gridapp.catalogue import targets
from gridapp.catalogue.models import Target
from gridapp.delivery import inbox
from gridapp.delivery.models import Callback
from tests.conftest import Until
from tests.connectors.self_declaration.conftest import Ear
from tests.connectors.self_declaration.platform_of import send, tenant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def target(platform: DeclarationPlatform) -> Iterator[Target]:
    row = Target.objects.create(
        key="ZZSB", connector="self_declaration", zh="自主申报", en="Declarations", enabled=True
    )
    row.seal_settings(platform.settings())
    row.save(update_fields=["sealed_settings"])
    flood._limits.storage.reset()
    yield row
    flood._limits.storage.reset()


def answered(ear: Ear, until: Until, calls: int = 1) -> list[int]:
    """What our address answers to each of the calls that the platform makes."""
    until(lambda: len(ear.calls) == calls)
    client = Client(enforce_csrf_checks=True)
    return [
        client.post(path, call.body, content_type="application/json", headers=dict(call.headers)).status_code
        for path, call in zip(ear.paths, ear.calls, strict=True)
    ]


def test_a_decision_is_kept_and_worked_on(
    platform: DeclarationPlatform, ear: Ear, until: Until, target: Target
) -> None:
    send(platform, tenant(1))

    assert answered(ear, until) == [202]

    one = targets.target(target.pk)
    assert one is not None
    assert inbox.read(one) == 1


def test_two_calls_are_kept_once(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    platform.faults.set("callback_twice")
    send(platform, tenant(1))

    assert answered(ear, until, 2) == [202, 202]
    assert Callback.objects.count() == 1


@pytest.mark.parametrize("fault", ["callback_forged", "callback_stale"])
def test_what_is_not_theirs_or_not_of_now_is_not_kept(
    platform: DeclarationPlatform, ear: Ear, until: Until, fault: str
) -> None:
    platform.faults.set(fault)
    send(platform, tenant(1))

    assert answered(ear, until) == [401]
    assert not Callback.objects.exists()
