"""The outbox goes out with no page of ours open: in a browser with Background Sync."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from gridapp.registry.models import Record
from tests.browser.house import House, residents, store_one
from tests.conftest import QUIET, Until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser(browser: Browser, whole_browser_path: str) -> Iterator[Browser]:
    whole = browser.browser_type.launch(executable_path=whole_browser_path, args=QUIET)
    yield whole
    whole.close()


def test_entries_go_out_with_no_page_of_ours_open(
    tab: Page,
    house: House,
    flat: Record,
    until: Until,
) -> None:
    store_one(tab, house, flat)
    until(lambda: "flush" in tab.evaluate("async () => (await navigator.serviceWorker.ready).sync.getTags()"))
    tab.goto("about:blank")

    tab.context.set_offline(False)

    until(lambda: residents() == 1)
    assert house.asked("outbox/") == [201]
