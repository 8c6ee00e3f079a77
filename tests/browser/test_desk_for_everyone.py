"""Every page for every eye and finger: no accessibility violation in any theme, big targets, nothing from elsewhere."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from gridapp.org.models import User
from gridapp.registry.models import Building, Record
from tests.conftest import DESK, TABLET, OpenPage, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TOO_SMALL = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), textarea, .chip')]
  .filter(one => one.getClientRects().length && !one.closest('.chip > input') && !one.matches('.skip, .chip input'))
  .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Server:
    url: str


def visit(page: Page, url: str) -> None:
    """Opens a page and makes sure that it is the one that was meant."""
    response = page.goto(url)
    assert response is not None
    assert response.status == (404 if url.endswith("/nothing/") else 200), url


@pytest.fixture
def paths(flat: Record, resident: Record, building: Building) -> list[str]:
    return [
        "/",
        "/entries/choose/resident/",
        f"/entries/choose/resident/?building={building.code}",
        f"/entries/choose/resident/?building={building.code}&floor=3",
        f"/entries/new/resident/?housing={flat.id}",
        f"/entries/new/housing/?building={building.code}&floor=4&room_no=402",
        f"/records/{flat.id}/",
        f"/records/{resident.id}/",
        f"/records/{resident.id}/correct/",
        f"/records/{resident.id}/move-out/",
        "/complaints/",
        "/nothing/",
    ]


@pytest.mark.parametrize("theme", ["light", "dark", "sun"])
def test_no_page_has_an_accessibility_violation(
    open_page: OpenPage, sign_in: SignIn, live_server: Server, worker: User, paths: list[str], theme: str
) -> None:
    page = open_page(TABLET, color_scheme="dark" if theme == "dark" else "light")
    page.goto(f"{live_server.url}/login/")
    if theme == "sun":
        page.get_by_role("button", name="强光模式").tap()
        expect(page.locator("html")).to_have_attribute("data-theme", "sun")
    found = [violations(page)]
    page.get_by_role("button", name="登录").tap()
    expect(page.locator(".summary")).to_be_focused()
    found.append(violations(page))
    sign_in(page, worker)

    for path in paths:
        visit(page, live_server.url + path)
        found.append(violations(page))
    page.goto(live_server.url + paths[4])
    page.get_by_role("button", name="保存", exact=True).tap()
    expect(page.locator(".summary")).to_be_focused()
    found.append(violations(page))

    assert "".join(found) == ""


def violations(page: Page) -> str:
    result = Axe().run(page, options={"runOnly": RULES})
    return "" if result.violations_count == 0 else f"{page.url}\n{result.generate_report()}\n"


@pytest.mark.parametrize("viewport", [TABLET, DESK], ids=["upright", "sideways"])
def test_every_target_is_big_enough_for_a_finger_and_nothing_is_cut_off(
    open_page: OpenPage, sign_in: SignIn, live_server: Server, worker: User, paths: list[str], viewport: ViewportSize
) -> None:
    page = open_page(viewport)
    sign_in(page, worker)
    small: dict[str, list[str]] = {}
    wide: dict[str, int] = {}

    for path in paths:
        visit(page, live_server.url + path)
        page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
        if found := page.evaluate(TOO_SMALL):
            small[path] = found
        if over := page.evaluate(TOO_WIDE):
            wide[path] = over

    assert (small, wide) == ({}, {})


@pytest.mark.parametrize("size", ["zoom", "big"])
def test_pages_hold_at_twice_the_size(
    open_page: OpenPage, sign_in: SignIn, live_server: Server, worker: User, paths: list[str], size: str
) -> None:
    """200 % zoom is half the room; 大字 is the switch in the header."""
    page = open_page(ViewportSize(width=400, height=640)) if size == "zoom" else open_page(TABLET)
    sign_in(page, worker)
    page.goto(live_server.url)
    if size == "big":
        page.get_by_role("button", name="大字").tap()
    wide = {}

    for path in paths:
        visit(page, live_server.url + path)
        if over := page.evaluate(TOO_WIDE):
            wide[path] = over

    assert wide == {}


def test_the_choice_of_theme_and_size_stays_on_the_device_and_nothing_else_does(
    on_tablet: Page, live_server: Server, flat: Record
) -> None:
    page = on_tablet
    page.goto(live_server.url)
    page.get_by_role("button", name="强光模式").tap()
    page.get_by_role("button", name="大字").tap()
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")
    page.locator("#f-name").fill("测试甲")
    page.locator("#f-phone").fill("13912345678")
    page.wait_for_load_state("networkidle")

    assert page.evaluate("() => ({...localStorage})") == {"theme": "sun", "size": "big"}
    kept = page.evaluate("() => ({...sessionStorage})")
    assert set(kept) <= {"htmx-current-path-for-history"}
    assert "测试甲" not in str(kept)
    expect(page.get_by_role("button", name="强光模式")).to_have_attribute("aria-pressed", "true")


def test_no_page_asks_anything_of_another_host(on_tablet: Page, live_server: Server, paths: list[str]) -> None:
    asked: list[str] = []
    on_tablet.on("request", lambda request: asked.append(request.url))

    for path in paths:
        visit(on_tablet, live_server.url + path)

    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []


def test_the_keyboard_alone_reaches_the_first_field(on_tablet: Page, live_server: Server, flat: Record) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="换一处")).to_be_focused()
    page.keyboard.press("Tab")

    expect(page.locator("#f-id_number")).to_be_focused()
