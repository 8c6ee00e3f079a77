"""What pages keep, ask of others and do with big letters. Every page for every eye and finger: test_fit_*."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gridapp.org.models import User
from gridapp.registry.models import Building, Record
from tests.browser.fitness import RULES, TOO_SMALL, TOO_WIDE
from tests.conftest import TABLET, OpenPage, SignIn

__all__ = ["TOO_SMALL", "TOO_WIDE", "violations", "visit"]  # for pages that have tests of their own

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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


def violations(page: Page) -> str:
    result = Axe().run(page, options={"runOnly": RULES})
    return "" if result.violations_count == 0 else f"{page.url}\n{result.generate_report()}\n"


def test_pages_hold_with_big_letters(
    open_page: OpenPage, sign_in: SignIn, live_server: Server, worker: User, paths: list[str]
) -> None:
    """大字 is the switch in the header."""
    page = open_page(TABLET)
    sign_in(page, worker)
    page.goto(live_server.url)
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
    page.goto(f"{live_server.url}/entries/choose/resident/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.locator("#building-q")).to_be_focused()
