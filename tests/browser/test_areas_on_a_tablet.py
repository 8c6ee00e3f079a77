"""A supervisor splits a grid, hands it over and makes an account, with a finger; every page on the way is fit."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gridapp.delivery import redrawing
from gridapp.org.models import Area, User
from gridapp.registry.models import Record
from tests.browser.fitness import Walk
from tests.browser.test_fit_for_everyone import Server
from tests.conftest import OpenPage, SignIn
from tests.desk.cast import GRID, auditor  # noqa: F401
from tests.review.cast import people  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COMMUNITY = GRID[:12]


@pytest.fixture
def walk(open_page: OpenPage, live_server: Server) -> Walk:
    return Walk(open_page(service_workers="block"), live_server.url)


def test_a_grid_is_split_and_the_records_follow(
    walk: Walk,
    sign_in: SignIn,
    people: dict[str, User],  # noqa: F811
    flat: Record,
    resident: Record,
) -> None:
    Area.objects.create(code=COMMUNITY, name="测试社区")
    page = walk.page
    sign_in(page, people["supervisor"])
    for name, path in (("areas", ""), ("area", f"{COMMUNITY}/"), ("grid", f"{GRID}/"), ("area-codes", "codes/")):
        walk.open(f"/review/areas/{path}")
        walk.look(name)

    walk.open(f"/review/areas/{GRID}/")
    page.locator(".chip", has_text="1 套，1 人").tap()
    page.get_by_label("去哪个网格").select_option("new")
    page.get_by_label("新网格的名称").fill("西苑网格")
    page.get_by_role("button", name="看看会带走多少").tap()
    expect(page.get_by_text("会告诉这些系统")).to_be_visible()
    walk.look("area-redraw")
    page.get_by_role("button", name="确认调整").tap()
    expect(page.get_by_role("progressbar")).to_be_visible()
    while redrawing.due():
        redrawing.go_on(5)
    page.get_by_role("link", name="刷新").tap()
    expect(page.get_by_text("第一网格 → 西苑网格")).to_be_visible()
    walk.look("area-run")

    assert {Record.objects.get(pk=one.pk).grid_code for one in (flat, resident)} == {f"{COMMUNITY}002"}
    assert walk.found == []


def test_a_grid_changes_hands_and_an_account_is_made(
    walk: Walk,
    sign_in: SignIn,
    people: dict[str, User],  # noqa: F811
) -> None:
    page = walk.page
    sign_in(page, people["supervisor"])
    walk.open(f"/review/areas/{GRID}/hand-over/")
    walk.look("area-hand-over")
    page.get_by_label("谁接手").select_option(str(people["other_worker"].pk))
    page.get_by_role("button", name="交接").tap()
    expect(page.get_by_text("已交给李强")).to_be_visible()

    walk.open("/review/accounts/new/")
    walk.look("account-new")
    page.get_by_label("用户名").fill("zhang_san")
    page.get_by_label("姓名").fill("张测试")
    page.locator(".chip", has_text="网格员").tap()
    page.locator(".chip", has_text="第一网格").tap()
    page.get_by_role("button", name="新建", exact=True).tap()
    expect(page.get_by_role("heading", name="首次密码")).to_be_visible()
    walk.look("account-password")
    for name, path in (("accounts", ""), ("account", f"{people['worker'].pk}/"), ("account-bulk", "bulk/")):
        walk.open(f"/review/accounts/{path}")
        walk.look(name)
    walk.open("/password/")
    walk.look("password")

    assert walk.found == []
