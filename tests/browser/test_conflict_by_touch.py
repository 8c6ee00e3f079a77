"""Two tablets correct one person without the net: what one touched merges, what both touched a supervisor decides."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gridapp.delivery.models import Delivery
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Entry, Record, SetAside
from tests.browser.house import House, flush, save
from tests.browser.tablets import NewTablet
from tests.conftest import Until
from tests.desk.cast import GRID

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIRST, SECOND = "13912340002", "13912340003"


@pytest.fixture
def colleague(areas: dict[str, Area]) -> User:
    return create_account("colleague", name="周明", role=Role.WORKER, areas=[areas[GRID]])


@pytest.fixture
def supervisor(areas: dict[str, Area]) -> User:
    return create_account("supervisor", name="赵督", role=Role.SUPERVISOR, areas=[areas["990101001"]])


def corrected_offline(page: Page, **typed: str) -> None:
    page.context.set_offline(True)
    for name, value in typed.items():
        page.locator(f"#f-{name}").fill(value)
    save(page)
    expect(page.locator("[data-stored] h1")).to_have_text("已存本机，联网后自动上传", use_inner_text=True)


def online(page: Page) -> None:
    page.context.set_offline(False)
    flush(page)
    expect(page.locator("[data-strip]")).to_be_hidden()


def known(record: Record, *names: str) -> tuple[object, ...]:
    document = Record.objects.get(pk=record.pk).document()
    return tuple(document.get(name) for name in names)


def generations(record: Record) -> dict[str, int]:
    return dict(Delivery.objects.filter(record=record).values_list("target__key", "generation"))


def test_what_both_touched_is_decided_by_a_supervisor_and_told_once(
    new_tablet: NewTablet, house: House, resident: Record, worker: User, colleague: User, supervisor: User, until: Until
) -> None:
    path = f"/records/{resident.pk}/correct/"
    one, other = new_tablet(worker, path), new_tablet(colleague, path)

    corrected_offline(one, phone=FIRST)
    corrected_offline(other, phone=SECOND, hukou_address="测试路9号")
    online(one)
    until(lambda: known(resident, "phone") == (FIRST,))
    online(other)

    expect(other.locator("[data-stored] h1")).to_have_text("已送达，有人先改了同一项，等督导决定", use_inner_text=True)
    assert known(resident, "phone", "hukou_address") == (FIRST, "测试路9号")
    other.locator("[data-open]").tap()
    expect(other.get_by_role("heading", level=1)).to_have_text("冲突待定")
    expect(other.locator("main")).to_contain_text("由督导决定")
    before = generations(resident)

    desk = new_tablet(supervisor, "/review/conflicts/")
    case = desk.locator("[id^='case-']:not([id*=title])")
    expect(case).to_have_count(1)
    expect(case.locator(".side")).to_have_count(2)
    case.locator(".side", has_text=SECOND).tap()
    case.get_by_role("button", name="就这样定").tap()

    expect(desk.locator(".banner.good")).to_contain_text("已定")
    assert known(resident, "phone", "hukou_address") == (SECOND, "测试路9号")
    latest = Entry.objects.filter(record=resident).latest("number")
    assert (latest.by, latest.action) == (supervisor, "correct")
    assert SetAside.objects.get().settled_as == "decided"
    steps = {key: after - before[key] for key, after in generations(resident).items()}
    assert set(steps.values()) == {0, 1}  # who keeps no phone is told nothing, who does is told once
    other.goto(f"{house.url}/work/")
    expect(other.get_by_text("等督导决定")).to_have_count(0)
