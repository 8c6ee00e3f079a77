"""The service worker itself: a new version in the middle of a form, a switch to be rid of it, and what it keeps."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from gridapp.org.models import User
from gridapp.registry.models import Record
from tests.browser.house import House, ready
from tests.browser.tablets import NewTablet
from tests.conftest import Until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT_PAGES = """async () => {
  const pages = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const answer = await cache.match(request);
      pages.push([new URL(request.url).pathname, (await answer.text())]);
    }
  }
  return pages;
}"""


def test_a_new_version_waits_for_a_tap_and_keeps_what_is_typed(tab: Page, house: House, flat: Record) -> None:
    tab.goto(f"{house.url}/entries/new/resident/?housing={flat.id}")
    ready(tab)
    tab.locator("#f-name").fill("更新之前")
    expect(tab.locator("[data-draft-kept]")).to_be_visible()
    house.restart(GRIDAPP_PRACTICE="0")  # a page that is kept looks different now
    try:
        tab.evaluate("async () => { await (await navigator.serviceWorker.ready).update(); }")
        expect(tab.locator("[data-update]")).to_be_visible()
        expect(tab.locator("#f-name")).to_have_value("更新之前")

        with tab.expect_navigation():
            tab.get_by_role("button", name="更新").tap()

        expect(tab.locator("#f-name")).to_have_value("更新之前")
        expect(tab.locator("[data-draft]")).to_be_hidden()
        assert len(tab.evaluate("() => caches.keys()")) == 1
    finally:
        house.restart()


def test_switched_off_it_removes_itself(tab: Page, house: House, until: Until) -> None:
    house.restart(SERVICE_WORKER="off")
    try:
        tab.goto(house.url)
        gone = "async () => (await caches.keys()).length + (await navigator.serviceWorker.getRegistrations()).length"

        until(lambda: tab.evaluate(gone) == 0)
    finally:
        house.restart()


def test_nothing_of_anybody_is_kept(tab: Page, house: House, resident: Record, worker: User) -> None:
    for path in (
        "/",
        f"/records/{resident.id}/",
        f"/records/{resident.id}/correct/",
        reverse("desk:work"),
        "/shell/resident/",
    ):
        tab.goto(house.url + path)
        ready(tab)

    pages = tab.evaluate(KEPT_PAGES)

    shown = {path for path, _ in pages if not path.startswith("/static/")}
    assert shown == {"/shell/resident/", "/shell/housing/", "/offline/", "/diag/"}
    said = "".join(text for _, text in pages)
    assert "测试甲" not in said and "13912345678" not in said
    assert worker.display_name not in said and 'csrfmiddlewaretoken" value' not in said


def test_the_page_about_the_tablet_says_what_it_can_do(new_tablet: NewTablet, house: House, worker: User) -> None:
    tab = new_tablet(worker, "/diag/")

    expect(tab.locator("[data-diag]")).not_to_have_attribute("aria-busy", "true")
    for name in ("secure", "engine", "worker", "database", "sealing", "locks", "server"):
        expect(tab.locator(f'[data-check="{name}"] [data-when="yes"]')).to_be_visible()


def test_in_english_the_kept_pages_are_english(new_tablet: NewTablet, house: House, worker: User) -> None:
    tab = new_tablet(worker)
    tab.get_by_role("button", name="English").tap()
    ready(tab)
    tab.context.set_offline(True)

    tab.goto(f"{house.url}/work/")

    expect(tab.get_by_role("heading", level=1)).to_have_text("No network")
