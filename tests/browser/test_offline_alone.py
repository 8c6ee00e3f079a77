"""What a tablet does by itself without signal: finds the door of a code, asks again, writes its outbox to a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from gridapp import sealing
from gridapp.org.models import Device, User
from gridapp.registry import door_codes
from gridapp.registry.models import Building, Entry, Record
from tests.browser.house import House, fill, new_resident, residents, said, save, waiting
from tests.browser.tablets import NewTablet
from tests.conftest import Until
from tests.factories import id_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STORED = "已存本机，联网后自动上传"


def scan(tab: Page, text: str) -> None:
    tab.get_by_label("扫不到？输入房屋编码后 8 位").fill(text)
    tab.get_by_role("button", name="找房").tap()


def test_a_door_is_found_by_its_code(
    new_tablet: NewTablet, worker: User, house: House, flat: Record, building: Building
) -> None:
    Record.objects.filter(pk=flat.pk).update(housing_code=f"{building.code}000301")
    tab = new_tablet(worker)
    tab.context.set_offline(True)
    short, whole = f"{building.code}000301"[-8:], f"https://city.example/{building.code}000301"
    for text in (short, whole, f"{house.url}/door/?k={door_codes.picture_key(flat.id)}"):
        tab.goto(f"{house.url}/shell/resident/")
        tab.get_by_role("button", name="扫码").tap()
        scan(tab, "00000000")
        expect(tab.locator("[data-scan-says]")).to_contain_text("没有这个编码")
        scan(tab, text)

        expect(tab.locator("#place b")).to_have_text("测试路12号芳草园3栋2单元 301")
        expect(tab.locator("#f-id_number")).to_be_visible()
        expect(tab.get_by_role("button", name="扫码")).to_be_hidden()


def test_a_doubt_is_asked_once_before_it_waits(tab: Page, house: House, flat: Record, until: Until) -> None:
    tab.context.set_offline(True)
    tab.goto(new_resident(house, flat))
    fill(tab, id_number(), "甲")
    save(tab)

    expect(tab.locator(".summary")).to_be_focused()
    expect(tab.get_by_role("link", name="只有一个字")).to_be_visible()
    assert waiting(tab) == 0
    tab.get_by_role("button", name="没有错，保存").tap()
    said(tab, STORED)
    tab.context.set_offline(False)

    until(lambda: residents() == 1)
    entry = Entry.objects.get(record__kind="resident")
    assert entry.record.document()["name"] == "甲"
    assert confirmed(entry) == ["name:name_one_character"]


def confirmed(entry: Entry) -> list[str]:
    found: list[str] = sealing.unseal_json(entry.sealed, bound_to=entry.bound_to)["confirmed"]
    return found


def test_the_outbox_gets_out_as_a_file_and_is_handed_in_once(
    tab: Page, house: House, flat: Record, tmp_path: Path, until: Until
) -> None:
    tab.context.set_offline(True)
    tab.goto(new_resident(house, flat))
    fill(tab, id_number(), "欧阳金雀")
    save(tab)
    said(tab, STORED)
    tab.goto(f"{house.url}/work/")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="导出为文件").tap()
    file = tmp_path / "outbox.json"
    download.value.save_as(file)

    assert not any(word in file.read_text() for word in ("欧", "金雀", "13912345678"))
    assert [form["id"] for form in json.loads(file.read_text())["forms"]]
    call_command("import_outbox", file, of=["worker"])
    assert residents() == 1
    tab.context.set_offline(False)
    until(lambda: waiting(tab) == 0)
    assert (residents(), house.asked("outbox/")) == (1, [200])


def test_the_office_sees_what_a_tablet_can_do(tab: Page, house: House, until: Until) -> None:
    tab.goto(f"{house.url}/diag/")
    expect(tab.locator("[data-reported]")).to_be_visible()

    device = Device.objects.get()
    assert {name: found[0] for name, found in device.tried.items()} | {"camera": "", "persisted": ""} == {
        **dict.fromkeys(device.tried, "yes"), "camera": "", "persisted": "",
    }  # fmt: skip
    assert device.cannot == []
