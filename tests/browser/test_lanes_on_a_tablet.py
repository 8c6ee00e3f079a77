"""The pages of the lanes in a real browser: for a finger, for every eye, and from a pause to a resume."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from gridapp.catalogue.models import Target
from gridapp.delivery import alarms
from gridapp.delivery.models import Alarm, Delivery, Lane, Status
from gridapp.org.models import User
from tests.browser.test_desk_for_everyone import TOO_SMALL, TOO_WIDE, Server, violations, visit
from tests.conftest import DESK, TABLET, OpenPage, SignIn
from tests.desk.cast import auditor  # noqa: F401
from tests.review.cast import paper, people, waiting  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OPEN_ALL = "() => document.querySelectorAll('details').forEach(one => { one.open = true; })"


@pytest.fixture
def administrator(people: dict[str, User]) -> User:  # noqa: F811
    return people["administrator"]


@pytest.fixture
def paths(waiting: dict[str, Delivery]) -> list[str]:  # noqa: F811
    """A lane with something of everything: stopped, failed, returned, with alarms."""
    row, other = waiting["resident"], waiting["housing"]
    Delivery.objects.filter(pk=row.pk).update(status=Status.FAILED, reason_code="connector", reason="KeyError")
    Delivery.objects.filter(pk=other.pk).update(status=Status.RETURNED, reason_code="22", reason="字段不存在")
    Lane.objects.create(target=row.target, failures=9, stopped_why="connector")
    alarms.raise_alarm(row.target_id, Alarm.Kind.STOPPED, "connector paper")
    alarms.raise_alarm(row.target_id, Alarm.Kind.REJECTIONS, "12/50")
    return ["/review/lanes/", "/review/lanes/PAPER/", "/review/lanes/PAPER/?status=returned"]


@pytest.mark.parametrize(
    "viewport", [TABLET, DESK, ViewportSize(width=400, height=640)], ids=["up", "sideways", "zoom"]
)
def test_lanes_are_for_every_eye_and_finger(
    open_page: OpenPage, sign_in: SignIn, live_server: Server, administrator: User, paths: list[str],
    viewport: ViewportSize, screenshots: Path,
) -> None:  # fmt: skip
    page = open_page(viewport)
    sign_in(page, administrator)
    found: dict[str, object] = {}

    for number, path in enumerate(paths):
        visit(page, live_server.url + path)
        page.evaluate(OPEN_ALL)
        page.screenshot(path=screenshots / f"lanes-{viewport['width']}-{number}.png", full_page=True)
        found[path] = (page.evaluate(TOO_SMALL), page.evaluate(TOO_WIDE), violations(page))

    assert found == dict.fromkeys(paths, ([], 0, ""))


def test_an_administrator_pauses_and_resumes_a_lane(
    tablet: Page, sign_in: SignIn, live_server: Server, administrator: User, paths: list[str]
) -> None:
    sign_in(tablet, administrator)
    tablet.goto(f"{live_server.url}/review/lanes/")
    tablet.locator("[data-target=PAPER]").click()

    tablet.get_by_text("暂停推送").click()
    tablet.get_by_role("textbox", name="原因").fill("对方升级")
    tablet.get_by_role("button", name="暂停，全部保留").click()
    expect(tablet.get_by_text("对方升级")).to_be_visible()
    tablet.get_by_label("每分钟最多几条").fill("30")
    tablet.get_by_role("button", name="恢复推送").click()

    expect(tablet.get_by_text("每分钟最多 30 条")).to_be_visible()
    assert Target.objects.get(key="PAPER").paused_at is None
    assert Lane.objects.get(target__key="PAPER").slowly == 0.5
