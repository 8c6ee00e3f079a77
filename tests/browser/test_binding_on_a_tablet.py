"""A tablet that the office lets in: its own key, signed forms, and what it hands in when it was reported lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from gridapp.org import binding, devices
from gridapp.org.models import Area, Device, HeldBack, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Record
from tests.browser.house import House, ready, residents, said, store_one
from tests.browser.tablets import NewTablet
from tests.conftest import Until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def strict(house: House) -> Iterator[House]:
    """The house, where workers work at tablets that were let in and nowhere else."""
    house.restart(TABLETS_BOUND="worker")
    yield house
    house.restart()


@pytest.fixture
def supervisor(areas: dict[str, Area]) -> User:
    return create_account("supervisor", name="赵督导", role=Role.SUPERVISOR, areas=[areas["990101001"]])


@pytest.fixture
def bound(strict: House, new_tablet: NewTablet, worker: User, flat: Record, supervisor: User) -> Page:
    """The worker's tablet after a supervisor has let it in."""
    tab = new_tablet(worker, "/search/")
    expect(tab.locator("[data-when=waiting]")).to_be_visible()
    assert binding.approve(Device.objects.get().pk, by=supervisor)
    tab.locator("[data-again]").tap()
    tab.wait_for_url("**/search/")
    tab.goto(f"{strict.url}/")
    ready(tab)
    return tab


def test_its_key_cannot_be_read_out_and_signs_what_it_sends(bound: Page, strict: House, flat: Record) -> None:
    store_one(bound, strict, flat)
    bound.context.set_offline(False)
    said(bound, "已送达")

    key = "async () => { const { privateKey } = await gridapp.store.signingKey(); return privateKey.extractable; }"
    assert bound.evaluate(key) is False
    assert strict.asked("outbox/") == [201]
    assert residents() == 1


def test_what_waits_on_it_when_it_is_lost_comes_in_and_it_is_wiped(
    bound: Page, strict: House, flat: Record, supervisor: User, until: Until
) -> None:
    store_one(bound, strict, flat)
    assert devices.report_lost(Device.objects.get().pk, by=supervisor)

    bound.context.set_offline(False)
    until(HeldBack.objects.exists)
    bound.wait_for_url("**/login/")

    assert HeldBack.objects.count() == 1
    assert set(strict.asked("outbox/held/")) == {202}
    assert residents() == 0
    assert bound.evaluate("async () => [...(await gridapp.outbox.all())].length") == 0
    assert bound.evaluate("async () => Boolean(await gridapp.store.signingKey())") is False
