"""What a tablet shows without the net, fit for every eye and finger, with the pictures for people."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gridapp.org.models import User
from gridapp.registry.models import Record
from tests.browser.fitness import Walk
from tests.browser.house import House, end_sessions, fill, ready, save, sign_in
from tests.browser.tablets import NewTablet
from tests.factories import id_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def entering(walk: Walk, tab: Page) -> None:
    """From the building to what is stored."""
    tab.goto(f"{walk.url}/shell/resident/")
    tab.get_by_role("button", name="芳草园").tap()
    expect(tab.get_by_role("region", name="3 层").get_by_role("button", name="301")).to_contain_text("无人登记")
    walk.look("offline-room")
    tab.get_by_role("button", name="301").tap()
    tab.locator("#f-name").fill("李四草稿")
    expect(tab.locator("[data-draft-kept]")).to_be_visible()
    tab.reload()
    expect(tab.locator("[data-draft]")).to_be_visible()
    walk.look("offline-draft")
    tab.get_by_role("button", name="继续上次").tap()
    fill(tab, id_number(), "欧阳金雀")
    save(tab)
    expect(tab.locator("[data-stored]")).to_be_visible()
    walk.look("offline-stored")


def waiting_for_the_net(walk: Walk, tab: Page) -> None:
    tab.goto(f"{walk.url}/work/")
    tab.get_by_role("button", name="删除").tap()
    expect(tab.get_by_text("再按一次就删除")).to_be_visible()
    walk.look("offline-waiting")


def test_every_state_without_the_net_is_fit(tab: Page, house: House, flat: Record, other_worker: User) -> None:
    walk = Walk(tab, house.url)
    home = tab.context.new_page()
    home.goto(house.url)
    ready(home)
    tab.context.set_offline(True)
    entering(walk, tab)
    waiting_for_the_net(walk, tab)
    home.get_by_role("button", name="退出").tap()
    expect(home.get_by_role("dialog")).to_be_visible()
    leaving = Walk(home, house.url)
    leaving.look("offline-leaving")
    home.get_by_role("button", name="先不退出").tap()
    end_sessions()
    tab.context.set_offline(False)
    tab.goto(f"{house.url}/login/")
    expect(tab.locator("[data-strip]")).to_contain_text("登录后自动上传")
    sign_in(tab.context, house, other_worker)
    tab.goto(f"{house.url}/work/")
    expect(tab.locator("[data-strip]")).to_contain_text("别人录入")
    walk.look("offline-others")

    assert walk.found + leaving.found == []


def test_the_lock_and_the_page_about_the_tablet_are_fit(new_tablet: NewTablet, house: House, worker: User) -> None:
    tab = new_tablet(worker, "/diag/")
    expect(tab.locator("[data-diag]")).not_to_have_attribute("aria-busy", "true")
    walk = Walk(tab, house.url)
    walk.look("diag")
    tab.get_by_label("新锁屏码").fill("2580")
    tab.get_by_label("再输一次").fill("2580")
    tab.get_by_role("button", name="设好").tap()
    expect(tab.get_by_text("锁屏码已设好。")).to_be_visible()
    tab.evaluate("async () => gridapp.store.keep('lock', {...(await gridapp.store.kept('lock')), locked: true})")
    tab.goto(house.url)
    expect(tab.get_by_role("dialog")).to_be_visible()
    tab.get_by_label("锁屏码").fill("0000")
    tab.get_by_role("button", name="打开").tap()
    expect(tab.get_by_role("alert")).to_be_visible()
    walk.look("locked")

    assert walk.found == []
