"""A shared tablet: whoever comes after sees nothing of who signed out; who comes back is told why they are out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gridapp.org import sessions
from gridapp.org.models import Ended, User
from gridapp.registry.models import Record
from tests.conftest import OpenPage, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT = """async () => {
  const texts = []
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const asked of await cache.keys()) texts.push(asked.url + await (await cache.match(asked)).text())
  }
  return texts
}"""
STORED = """async () => {
  const shown = ["sessionStorage", "localStorage"].map(name => JSON.stringify(window[name]))
  return shown.join()
}"""


class Server:
    url: str


@pytest.fixture
def whole_tablet(open_page: OpenPage, sign_in: SignIn, worker: User) -> Page:
    """The worker's tablet with its service worker."""
    page = open_page(service_workers="allow")
    sign_in(page, worker)
    return page


def test_after_signing_out_back_shows_nobody(whole_tablet: Page, live_server: Server, resident: Record) -> None:
    page = whole_tablet
    page.goto(f"{live_server.url}/records/{resident.id}/")
    expect(page.get_by_role("heading", level=1, name="测试甲")).to_be_visible()
    page.goto(f"{live_server.url}/work/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    page.get_by_role("button", name="退出").tap()
    page.wait_for_url("**/login/")
    page.go_back()
    page.go_back()

    expect(page.locator("input[type=password]")).to_be_visible()
    assert "测试甲" not in page.content()
    assert not any("测试甲" in one for one in [*page.evaluate(KEPT), page.evaluate(STORED)])


def test_whose_session_was_ended_is_told_why(
    whole_tablet: Page, live_server: Server, worker: User, resident: Record
) -> None:
    page = whole_tablet
    page.goto(f"{live_server.url}/records/{resident.id}/")
    sessions.end_all(worker, why=Ended.ELSEWHERE)

    page.goto(f"{live_server.url}/work/")

    expect(page.locator("form .banner.warn")).to_contain_text("在别处登录")
    expect(page.locator("input[type=password]")).to_be_visible()
