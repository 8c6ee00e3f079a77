"""How often the worker touches the tablet for the handbook's cases: keys and taps, counted in the browser itself.

What is counted is a complete entry: no system misses anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from gridapp.registry.models import Entry, Record
from gridapp.registry.references import HOUSING_CODE, receive
from tests.browser.touching import (  # noqa: F401 - fixtures
    Counter,
    Server,
    box,
    chip,
    complete,
    counted,
    enter,
    far_from_home,
    field,
    flat,
    go_on_with,
    identify,
    pick,
    said_in_the_readme,
    saved,
)
from tests.ocr import drawing
from tests.ocr.drawing import PEOPLE
from tests.ocr.running import Running, reader, running  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BY_HAND = 1472
"""The same person typed into the seven systems: handbook, section 3, “Tap model”."""
TYPED, READ, NEXT = 100, 34, 45
"""What each case may cost at most."""

NEWCOMER = PEOPLE[1]


def coded_room(page: Page, live_server: Server, flat: Record) -> None:  # noqa: F811
    """From the home page on, for somebody new in a room that has its code."""
    receive(flat, {HOUSING_CODE: "9901010010010000001000301"}, source="FWBM")
    page.goto(f"{live_server.url}/")
    page.get_by_role("link", name="录入居民").tap()
    page.get_by_role("link", name="芳草园").tap()
    page.get_by_role("link", name="301").tap()


def rents(page: Page, started: date) -> None:
    """How they live there, since when, and the phone."""
    chip(page, "residency.residency_kind", "租住")
    if box(page, "hukou_division").input_value():  # a newcomer: who they are to the owner is asked, and follows
        expect(field(page, "residency.relation_to_owner").locator(".follows")).to_be_visible()
    go_on_with(page, "residency.start_date", f"{started:%m%d}")
    expect(box(page, "residency.start_date")).to_have_value(started.isoformat())
    go_on_with(page, "phone", "13912345678")


def works(page: Page, employer: Callable[[Page], None]) -> None:
    """The rest of the handbook's worker (golden case G1)."""
    chip(page, "inflow_reason", "务工")
    pick(page, "inflow_date", "同入住日期")
    chip(page, "permit_type", "其他")
    pick(page, "native_place", re.compile("^990101"))
    chip(page, "education", "大学本科教育")
    chip(page, "political_status", "群众")
    chip(page, "marital_status", "未婚")
    chip(page, "occupation_category", "生产制造及有关人员")
    pick(page, "occupation", "装配工")
    employer(page)
    chip(page, "hukou_type", "家庭户")
    assert complete(page) == 7


def from_the_list(page: Page) -> None:
    pick(page, "employer_uscc", "测试电子厂")


def searched(page: Page) -> None:
    """Of another house of the grid: a tap into the field, four initials, a tap."""
    box(page, "employer_uscc").tap()
    box(page, "employer_uscc").press_sequentially("csdz")
    field(page, "employer_uscc").locator("[data-found]").get_by_role("button", name="测试电子厂").tap()
    expect(box(page, "employer_name")).to_have_value("测试电子厂")


def typed(page: Page) -> None:
    pick(page, "employer_uscc", re.compile("^91990101"))
    go_on_with(page, "employer_uscc", "00000001AQ")
    go_on_with(page, "employer_name", "测试电子厂")


@pytest.mark.parametrize(
    ("employer", "case"),
    [(from_the_list, "tenant"), (searched, "tenant, employer of another house"), (typed, "tenant, new employer")],
)
def test_a_tenant_in_a_coded_room(
    counted: Counter,  # noqa: F811
    live_server: Server,
    flat: Record,  # noqa: F811
    far_from_home: None,  # noqa: F811
    enter: Callable[..., Record],  # noqa: F811
    employer: Callable[[Page], None],
    case: str,
) -> None:
    page = counted.page
    if employer is not typed:
        colleague = enter(id_number="990101199003070015", name="测试丙", phone="13912345602")
        moved_out_of_the_house(colleague, employer)

    coded_room(page, live_server, flat)
    identify(page, "990101199202290010", "测试甲")
    chip(page, "ethnicity", "汉族")
    rents(page, timezone.localdate() - timedelta(days=5))
    pick(page, "hukou_division", re.compile("^990101"))
    go_on_with(page, "hukou_address", "测试路1号")
    works(page, employer)
    number = saved(counted, "测试甲")

    assert number == said_in_the_readme(case), counted.seen
    assert number <= TYPED < BY_HAND


def moved_out_of_the_house(colleague: Record, employer: Callable[[Page], None]) -> None:
    """Whoever is only found by searching does not live here any more."""
    if employer is searched:
        colleague.residencies.update(is_open=False)


@pytest.mark.usefixtures("reader", "far_from_home")
def test_a_tenant_whose_card_is_photographed(
    counted: Counter,  # noqa: F811
    live_server: Server,
    flat: Record,  # noqa: F811
    enter: Callable[..., Record],  # noqa: F811
) -> None:
    """Read by the process that reads cards, as installed. The camera's own button and its 确定 are no touch of ours."""
    page = counted.page
    enter(id_number="990101199003070015", name="测试丙", phone="13912345602")

    coded_room(page, live_server, flat)
    with page.expect_file_chooser() as chosen:
        page.locator("[data-card-take]").tap()
    picture = drawing.seen(drawing.front(NEWCOMER), "tilted")
    chosen.value.set_files([FilePayload(name="IMG_0001.jpg", mimeType="image/jpeg", buffer=picture)])
    page.get_by_role("button", name="全部对").tap()
    expect(box(page, "hukou_address")).not_to_have_value("")
    rents(page, timezone.localdate() - timedelta(days=5))
    works(page, from_the_list)
    number = saved(counted, NEWCOMER.name)

    assert number == said_in_the_readme("tenant, card photographed"), counted.seen
    assert number <= READ


@pytest.fixture
def head(enter: Callable[..., Record], far_from_home: None) -> Record:  # noqa: F811
    """The head of a household from the district that numbers here begin with."""
    return enter(hukou_division="990101")


def beside(page: Page, live_server: Server, head: Record, flat: Record) -> None:  # noqa: F811
    """The form that 保存并录下一人 leads to."""
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}&after={head.id}")


def from_the_same_place(page: Page, number: str, name: str) -> None:
    """The number begins with the family's registered place: one tap for its first six digits."""
    pick(page, "id_number", re.compile("^990101"))
    identify(page, number[6:], name)


@pytest.mark.parametrize(
    ("case", "phone"),
    [("wife", None), ("wife, own phone", "13912345603"), ("wife, own phone, from elsewhere", "13912345603")],
)
def test_the_wife_of_somebody_entered_before(
    counted: Counter, live_server: Server, flat: Record, head: Record, case: str, phone: str | None  # noqa: F811
) -> None:  # fmt: skip
    page = counted.page
    beside(page, live_server, head, flat)

    (identify if "elsewhere" in case else from_the_same_place)(page, "990101199202290029", "测试乙")
    chip(page, "ethnicity", "汉族")
    chip(page, "residency.relation_to_head", "配偶")
    if phone:
        box(page, "phone").tap()
        go_on_with(page, "phone", phone)
    else:
        chip(page, "phone", "与测试甲用同一个电话")
    chip(page, "hukou_division", "户籍与测试甲相同")
    at_home(page)
    number = saved(counted, "测试乙")

    assert number == said_in_the_readme(case), counted.seen
    assert "elsewhere" in case or number <= NEXT


def at_home(page: Page) -> None:
    chip(page, "inflow_reason", "随迁")
    expect(box(page, "inflow_date")).to_have_value("2024-03-10")
    chip(page, "permit_type", "其他")
    pick(page, "native_place", re.compile("^990101"))
    chip(page, "education", "普通高级中学教育")
    chip(page, "political_status", "群众")
    chip(page, "marital_status", "已婚")
    chip(page, "occupation_category", "无业/失业")
    expect(box(page, "occupation")).to_have_value("无业")
    complete(page)


def test_the_child_of_somebody_entered_before(
    counted: Counter, live_server: Server, flat: Record, head: Record  # noqa: F811
) -> None:  # fmt: skip
    page = counted.page
    beside(page, live_server, head, flat)

    from_the_same_place(page, "990101201805060011", "测试丁")
    chip(page, "ethnicity", "汉族")
    chip(page, "residency.relation_to_head", "子")
    chip(page, "phone", "与测试甲用同一个电话")
    chip(page, "hukou_division", "户籍与测试甲相同")
    chip(page, "residency.relation_to_owner", "同住非亲属")
    chip(page, "inflow_reason", "随迁")
    chip(page, "permit_type", "其他")
    pick(page, "native_place", re.compile("^990101"))
    chip(page, "education", "小学教育")
    chip(page, "occupation_category", "学生")
    expect(box(page, "occupation")).to_have_value("学生")
    complete(page)
    number = saved(counted, "测**")

    assert number == said_in_the_readme("child"), counted.seen
    assert number <= NEXT


def test_somebody_of_whom_nothing_has_changed(counted: Counter, live_server: Server, resident: Record) -> None:  # noqa: F811
    page = counted.page
    page.goto(f"{live_server.url}/records/{resident.id}/")

    page.get_by_role("button", name="在住，无变化，确认").tap()

    expect(page.locator("main .banner.good")).to_contain_text("已保存")
    assert Entry.objects.filter(record=resident, action=Entry.Action.VERIFY).count() == 1
    assert counted.read() == said_in_the_readme("nothing has changed") == 1, counted.seen
