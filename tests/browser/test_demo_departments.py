"""The demo's page of departments with a finger: a department is stopped, and everybody can read what happened."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from connectors.sandbox.department import Department
from gridapp.org.models import User
from tests.browser.test_desk_for_everyone import TOO_SMALL, TOO_WIDE, Server, violations
from tests.conftest import SignIn
from tests.demo.test_departments_page import administrator, departments  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_visitor_stops_a_department_and_watches(
    tablet: Page, sign_in: SignIn, departments: dict[str, Department], live_server: Server, administrator: User,  # noqa: F811
    screenshots: Path,
) -> None:  # fmt: skip
    sign_in(tablet, administrator)
    tablet.goto(live_server.url)
    tablet.get_by_role("link", name="演示：部门").tap()
    expect(tablet.get_by_role("heading", name="演示：部门")).to_be_visible()
    tablet.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert violations(tablet) == ""
    assert (tablet.evaluate(TOO_SMALL), tablet.evaluate(TOO_WIDE)) == ([], 0)

    tablet.get_by_role("button", name="关掉 PDA").tap()

    expect(tablet.locator("#PDA")).to_contain_text("已关掉")
    tablet.screenshot(path=screenshots / "departments.png", full_page=True)
    departments["PDA"].start()
    expect(tablet.locator("#PDA")).to_contain_text("正常")  # it looks again by itself
