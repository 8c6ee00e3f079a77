"""Two tablets correct one resident without the net: what only one of them touched is kept, the rest is decided."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gridapp.org.models import User
from gridapp.registry.models import Record, SetAside
from tests.browser.house import House, save
from tests.browser.tablets import NewTablet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def corrected(tab: Page, **fields: str) -> None:
    """Without the net, on the form that is open."""
    tab.context.set_offline(True)
    for name, value in fields.items():
        tab.locator(f"#f-{name}").fill(value)
    save(tab)
    expect(tab.locator("[data-stored]")).to_be_visible()


def online(tab: Page, words: str) -> None:
    tab.context.set_offline(False)
    expect(tab.locator("[data-stored] h1")).to_have_text(words, use_inner_text=True)


def test_what_only_one_touched_is_kept_and_what_both_touched_is_decided(
    new_tablet: NewTablet, house: House, resident: Record, worker: User
) -> None:
    first, second, third = (new_tablet(worker, f"/records/{resident.id}/correct/") for _ in range(3))
    corrected(first, phone="13900000001")
    corrected(second, hukou_address="测试路9号")
    corrected(third, phone="13900000003")

    online(first, "已送达")
    online(second, "已送达")
    online(third, "已送达，有人先改了同一项，等督导决定")

    document = Record.objects.get(id=resident.id).document()
    assert (document["phone"], document["hukou_address"]) == ("13900000001", "测试路9号")
    assert SetAside.objects.get().is_conflict


def test_one_tap_at_the_door_waits_too(new_tablet: NewTablet, house: House, resident: Record, worker: User) -> None:
    tab = new_tablet(worker, f"/records/{resident.id}/")
    tab.context.set_offline(True)
    tab.get_by_role("button", name="在住，无变化，确认").tap()
    expect(tab.locator("[data-stored] [data-label]")).to_have_text("测**")

    online(tab, "已送达")

    assert Record.objects.get(id=resident.id).verified_at is not None
