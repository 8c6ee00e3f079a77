"""Two grids claim one person: both supervisors see both homes, one gives way, and both homes' systems are put right."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gridapp.delivery.models import Delivery
from gridapp.org.models import User
from gridapp.registry.models import Entry, Objection, Record, Residency
from tests.arrived import all_arrived
from tests.browser.fitness import Walk
from tests.browser.test_desk_for_everyone import Server
from tests.conftest import OpenPage, SignIn
from tests.review.two_grids import both, claimed, far_flat  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tablets(open_page: OpenPage, sign_in: SignIn, both: dict[str, User]) -> dict[str, Page]:  # noqa: F811
    """Each supervisor's own."""
    pages = {name: open_page() for name in both}
    for name, page in pages.items():
        sign_in(page, both[name])
    return pages


def generations(record: Record) -> dict[str, int]:
    return dict(Delivery.objects.filter(record=record).values_list("target__key", "generation"))


def test_one_gives_way_both_systems_are_told_and_what_lost_stays_readable(
    tablets: dict[str, Page],
    live_server: Server,
    resident: Record,
    far_flat: Record,  # noqa: F811
    claimed: Objection,  # noqa: F811
    both: dict[str, User],  # noqa: F811
) -> None:
    all_arrived(resident)
    before = generations(resident)
    for page in tablets.values():
        page.goto(f"{live_server.url}/review/objections/")
        page.locator(f"#objection-{claimed.pk}").tap()
        expect(page.locator("#side-1")).to_contain_text("301")
        expect(page.locator("#side-1")).to_contain_text("王秀英")
        expect(page.locator("#side-2")).to_contain_text("202")
        expect(page.locator("#side-2")).to_contain_text("李强")
    first, second = tablets["first"], tablets["second"]
    expect(second.get_by_role("button", name="按异议定")).to_have_count(0)

    first.get_by_label("情况、依据或理由").fill("房东证实三月底已搬走")
    first.locator(".chip", has_text="结束：搬离-市内").tap()
    first.get_by_role("button", name="按异议定：主要住在这里").tap()

    expect(first.locator(".banner.good")).to_contain_text("已记下")
    second.reload()
    expect(second.locator("h1 + .counts, .head .counts").first).to_contain_text("已更正")
    expect(second.locator("#side-1")).to_contain_text("已结束")
    expect(second.locator("#side-2")).to_contain_text("主要居住地")
    told = {key for key, after in generations(resident).items() if after > before[key]}
    assert {"JZDJ", "WG"} <= told
    person = Record.objects.get(pk=resident.pk)
    assert person.grid_code == far_flat.grid_code
    latest = Entry.objects.filter(record=resident).latest("number")
    assert (latest.by, latest.action) == (both["first"], "correct")
    assert Residency.objects.filter(resident=resident, is_open=False).count() == 1
    second.get_by_role("link", name="录入明细").tap()
    for text in ("王秀英", "2024-03-10", "李强", "2024-04-01", "测试first", "搬离-市内"):
        expect(second.locator("main")).to_contain_text(text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_fit_for_everyone(
    tablets: dict[str, Page],
    live_server: Server,
    resident: Record,
    claimed: Objection,  # noqa: F811
    language: str,
) -> None:
    page = tablets["first"]
    page.context.add_cookies(
        [{"name": "django_language", "value": "en" if language == "en" else "zh-hans", "url": live_server.url}]
    )
    walk = Walk(page, live_server.url, language)
    record = f"/review/records/{resident.pk}"

    for name, path in (
        ("objections", "/review/objections/"),
        ("objection", f"/review/objections/{claimed.pk}/"),
        ("objection-new", f"{record}/objection/?field=phone"),
        ("entries", f"{record}/history/"),
    ):
        walk.open(path)
        walk.look(name)

    assert walk.found == []
