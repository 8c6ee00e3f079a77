"""Entries made without the net: kept on the tablet whatever happens to it, and arriving exactly once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gridapp.delivery.models import Delivery
from gridapp.org.models import User
from gridapp.registry.models import Building, Entry, Record
from tests.browser.house import House, fill, flush, new_resident, ready, residents, said, save, waiting
from tests.browser.tablets import NewTablet
from tests.conftest import Until
from tests.factories import id_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STORED = "已存本机，联网后自动上传"


def test_an_entry_made_without_the_net_survives_reloads_and_arrives_once(
    tab: Page,
    house: House,
    flat: Record,
    until: Until,
) -> None:
    tab.context.set_offline(True)
    tab.goto(new_resident(house, flat))
    expect(tab.locator("#place b")).to_have_text("测试路12号芳草园3栋2单元 301")
    fill(tab, id_number(), "欧阳金雀")
    save(tab)
    said(tab, STORED)
    expect(tab.locator("[data-stored] [data-label]")).to_have_text("欧** · 芳草园3栋2单元")

    tab.reload()
    expect(tab.locator("[data-strip]")).to_contain_text("待上传 1")
    tab.locator("#f-name").fill("李四草稿")
    expect(tab.locator("[data-draft-kept]")).to_be_visible()
    tab.reload()
    tab.get_by_role("button", name="继续上次").tap()
    expect(tab.locator("#f-name")).to_have_value("李四草稿")
    tab.goto(f"{house.url}/records/{flat.id}/")
    expect(tab.get_by_role("heading", level=1)).to_have_text("没有网络")
    expect(tab.locator("[data-outbox] .line")).to_contain_text("欧** · 芳草园3栋2单元")
    assert residents() == 0

    tab.context.set_offline(False)
    expect(tab.locator("[data-strip]")).to_be_hidden()
    flush(tab)
    tab.goto(house.url)
    ready(tab)

    entry = Entry.objects.get(record__kind="resident")
    assert Delivery.objects.filter(record=entry.record).count() >= 3
    assert house.asked("outbox/") == [201]
    assert house.asked("entries/new/resident/") == []


def test_a_server_that_is_down_loses_nothing(tab: Page, house: House, flat: Record) -> None:
    tab.goto(new_resident(house, flat))
    fill(tab, id_number())
    house.stop()
    try:
        save(tab)
        said(tab, STORED)
        tab.reload()
        expect(tab.locator("[data-strip]")).to_contain_text("待上传 1")
    finally:
        house.start()

    tab.get_by_role("button", name="立即上传").tap()

    expect(tab.locator("[data-strip]")).to_be_hidden()
    assert residents() == 1


def test_a_tap_online_saves_at_once_and_the_next_one_follows(
    tab: Page,
    house: House,
    flat: Record,
) -> None:
    tab.goto(new_resident(house, flat))
    fill(tab, id_number())
    tab.get_by_role("button", name="保存并录下一人").tap()

    expect(tab.locator("#f-id_number")).to_have_value("")
    fill(tab, id_number(), "测试乙")
    save(tab)

    expect(tab.get_by_role("heading", level=1)).to_have_text("测试乙")
    assert (residents(), waiting(tab)) == (2, 0)
    assert house.asked("outbox/") == []


def test_a_family_is_entered_without_the_net(tab: Page, house: House, flat: Record, until: Until) -> None:
    tab.context.set_offline(True)
    tab.goto(new_resident(house, flat))
    for name in ("测试甲", "测试乙", "测试丙"):
        fill(tab, id_number(), name)
        if name != "测试甲":  # nobody is the head yet
            expect(tab.locator("#found-relation")).to_contain_text("户主")
        tab.get_by_role("button", name="保存并录下一人").tap()
        expect(tab.locator("[data-stored-before]")).to_be_visible()
        expect(tab.locator("#f-name")).to_have_value("")
        expect(tab.locator("#place b")).to_have_text("测试路12号芳草园3栋2单元 301")

    tab.context.set_offline(False)

    until(lambda: residents() == 3)
    expect(tab.locator("[data-strip]")).to_be_hidden()
    assert house.asked("outbox/") == [201, 201, 201]


def test_a_new_room_and_who_lives_there_are_entered_without_the_net(
    tab: Page,
    house: House,
    building: Building,
    until: Until,
) -> None:
    tab.context.set_offline(True)
    tab.goto(f"{house.url}/shell/housing/")
    tab.get_by_role("button", name="芳草园").tap()
    tab.get_by_role("button", name="4 层").tap()
    tab.get_by_label("新房号").fill("402")
    tab.get_by_role("button", name="录入这套房").tap()
    for field, chip in {
        "house_form": "单间/隔断间",
        "housing_status": "在用",
        "owner_type": "个人",
        "is_rental": "否",
    }.items():
        tab.locator(f'[data-field="housing.{field}"]').get_by_label(chip, exact=True).tap()
    save(tab)
    expect(tab.locator("[data-stored] [data-label]")).to_have_text("房屋 · 芳草园3栋2单元")
    tab.get_by_role("button", name="录入住在这里的人").tap()
    expect(tab.locator("#place b")).to_have_text("测试路12号芳草园3栋2单元 402")
    fill(tab, id_number())
    save(tab)
    expect(tab.locator("[data-strip]")).to_contain_text("待上传 2")

    tab.context.set_offline(False)

    until(lambda: residents() == 1)
    home = Record.objects.get(kind="housing", room_no="402")
    assert home.occupancies.filter(is_open=True).count() == 1


def test_what_the_server_refuses_is_shown_beside_the_field_and_does_not_wait(
    tab: Page,
    house: House,
    flat: Record,
) -> None:
    tab.goto(new_resident(house, flat))
    fill(tab, id_number())
    tab.locator("#f-phone").fill("123")
    save(tab)

    expect(tab.locator(".summary")).to_be_focused()
    expect(tab).to_have_title("有误：录入居民 · 一次录入")
    expect(tab.locator('[data-field="phone"]')).to_have_class("field wrong")
    assert waiting(tab) == 0

    tab.locator("#f-phone").fill("13912345678")
    save(tab)
    expect(tab.get_by_role("heading", level=1)).to_have_text("测试甲")
    assert residents() == 1


def test_what_cannot_be_saved_as_it_is_arrives_and_is_set_aside(
    tab: Page,
    house: House,
    flat: Record,
) -> None:
    tab.context.set_offline(True)
    tab.goto(new_resident(house, flat))
    fill(tab, id_number())
    tab.locator("#f-phone").fill("123")
    save(tab)
    expect(tab.locator("[data-stored]")).to_be_visible()

    tab.context.set_offline(False)

    said(tab, "已送达，有需要补正的地方")
    tab.get_by_role("link", name="打开").tap()
    expect(tab.locator("#f-phone")).to_have_value("123")
    assert (residents(), waiting(tab)) == (0, 0)


def test_a_worker_without_scripts_saves_as_ever(
    new_tablet: NewTablet,
    house: House,
    flat: Record,
    worker: User,
) -> None:
    tab = new_tablet(worker, f"/entries/new/resident/?housing={flat.id}")
    tab.evaluate("() => { gridapp.store.kept = async () => undefined; }")  # as where nothing can be kept
    fill(tab, id_number())
    save(tab)

    expect(tab.get_by_role("heading", level=1)).to_have_text("测试甲")
    assert house.asked("entries/new/resident/") == [302]
