"""Every form is fit for gloves, sunlight and small screens, and for people who have no finger free but a keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import desk_walk
from tests.browser.desk_walk import Cast
from tests.browser.fitness import Walk
from tests.browser.test_fit_for_everyone import cast, walk  # noqa: F401 - fixtures
from tests.conftest import SignIn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_form(walk: Walk, sign_in: SignIn, cast: Cast) -> None:  # noqa: F811
    desk_walk.forms(walk, sign_in, cast)

    assert walk.found == []


def test_a_form_being_filled_in(walk: Walk, sign_in: SignIn, cast: Cast) -> None:  # noqa: F811
    desk_walk.filling_in(walk, sign_in, cast)

    assert walk.found == []


def test_a_resident_is_entered_with_the_keyboard_alone(walk: Walk, sign_in: SignIn, cast: Cast) -> None:  # noqa: F811
    page = walk.page
    sign_in(page, cast.worker)
    walk.open(f"/entries/new/resident/?housing={cast.flat.id}")
    expect(page.locator("#f-id_number")).to_be_focused()  # where a card reader types, too

    page.keyboard.type("990101199003070015")
    page.keyboard.press("Enter")
    expect(page.locator("#f-name")).to_be_focused()
    page.keyboard.insert_text("测试乙")
    page.keyboard.press("Enter")
    expect(page.locator('[name="ethnicity"][value="01"]')).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.locator('[name="residency.residency_kind"][value="2"]')).to_be_checked()
    page.keyboard.press("Enter")
    page.keyboard.type("20240310")
    until_focused(page, "#f-phone")
    page.keyboard.type("13912345679")
    until_focused(page, "button.main")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1, name="测试乙")).to_be_visible()


def until_focused(page: Page, wanted: str) -> None:
    """Enter goes from question to question and never leaves the form."""
    for _question in range(60):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Enter")
    raise AssertionError(f"{wanted} is not reached with Enter")
