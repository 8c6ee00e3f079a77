"""Pages of tests tell of themselves: a breach of the content security policy, a script error, a line of complaint."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from gridapp.org.models import Role, User
from gridapp.registry.models import Record
from tests.conftest import SignIn, Until, watch
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Server:
    url: str


@pytest.fixture
def watched(browser: Browser, live_server: Server) -> Iterator[tuple[Page, list[str]]]:
    page = browser.new_page(service_workers="block")
    troubles: list[str] = []
    watch(page.context, troubles.append)
    page.goto(f"{live_server.url}/login/")
    assert troubles == []
    yield page, troubles
    page.close()


@pytest.mark.parametrize(
    "deed",
    [
        "() => { const one = document.createElement('script'); one.textContent = '1'; document.body.append(one); }",
        "() => { document.body.setAttribute('style', 'color: red'); }",
        "() => { setTimeout(() => { throw new Error('broken'); }); }",
        "() => { Promise.reject(new Error('broken')); }",
        "() => { console.error('broken'); }",
        "() => { fetch('https://elsewhere.example/').catch(() => 0); }",
    ],
    ids=["inline script", "inline style", "error", "promise", "complaint", "elsewhere"],
)
def test_a_page_that_does_wrong_is_told(watched: tuple[Page, list[str]], until: Until, deed: str) -> None:
    page, troubles = watched

    page.evaluate(deed)
    page.evaluate("() => new Promise(done => setTimeout(done))")

    until(lambda: page.title() and troubles, why=deed)


def test_an_answer_that_refuses_is_no_trouble_of_the_page(
    watched: tuple[Page, list[str]], live_server: Server, sign_in: SignIn, worker: User, flat: Record
) -> None:
    page, troubles = watched
    sign_in(page, worker)

    page.goto(f"{live_server.url}/nothing/")
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")
    page.locator("main button.main").click()
    page.locator(".summary").wait_for()

    assert troubles == []


@pytest.mark.parametrize(("role", "wanted"), [(Role.WORKER, 3), (Role.OFFICER, 0), (Role.AUDITOR, 0)])
def test_only_who_enters_keeps_what_is_needed_to_enter_without_the_net(
    watched: tuple[Page, list[str]], live_server: Server, sign_in: SignIn, worker: User, role: Role, wanted: int
) -> None:
    page, _troubles = watched
    sign_in(page, UserFactory.create(username="somebody", role=role))
    asked: list[tuple[str, int]] = []
    page.on("response", lambda answer: asked.append((urlsplit(answer.url).path, answer.status)))

    page.goto(f"{live_server.url}/notice/")
    page.wait_for_selector("html[data-tablet=ready]")

    kept = [path for path, _status in asked if path in ("/rules/", "/places/", "/divisions/kept/")]
    assert len(kept) == wanted
    assert [one for one in asked if one[1] >= 400] == []
