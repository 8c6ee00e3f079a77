"""Fixtures of tablets that meet the whole product: see house.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from gridapp.org.models import User
from gridapp.registry.models import Record
from tests.browser import house as houses
from tests.browser.house import House
from tests.conftest import TABLET, watch

TOLD: dict[str, Any] = {
    "viewport": TABLET, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "has_touch": True, "is_mobile": True,
}  # fmt: skip


@pytest.fixture(scope="session")
def house(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with django_db_blocker.unblock(), houses.opened(tmp_path_factory.mktemp("house")) as running:
        yield running


class NewTablet(Protocol):
    """See the fixture `new_tablet`."""

    def __call__(self, user: User | None, path: str = "/") -> Page: ...


@pytest.fixture
def new_tablet(browser: Browser, house: House, transactional_db: None) -> Iterator[NewTablet]:
    """`new_tablet(user)`: a page of a tablet of its own, signed in, that has been online once and is ready to go off.

    The test fails when a page breaks the content security policy or throws a script error.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []
    house.forget()

    def make(user: User | None, path: str = "/") -> Page:
        context = browser.new_context(**TOLD)
        contexts.append(context)
        watch(context, troubles.append)
        page = context.new_page()
        page.set_default_timeout(30_000)
        if user is not None:
            houses.sign_in(context, house, user)
        page.goto(house.url + path)
        houses.ready(page)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


@pytest.fixture
def tab(new_tablet: NewTablet, flat: Record, worker: User) -> Page:
    """The worker's tablet; room 301 is known to it."""
    return new_tablet(worker)
