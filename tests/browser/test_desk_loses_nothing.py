"""Nothing typed is lost: an expired session is told in time and carried over, leaving asks first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Dialog, Page, expect

from gridapp.org.models import User
from gridapp.registry.models import Record

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Server:
    url: str


def test_what_was_typed_survives_an_expired_session(
    on_tablet: Page, live_server: Server, flat: Record, worker: User
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")
    started = (timezone.localdate() - timedelta(days=5)).strftime("%Y%m%d")
    for name, value in {"id_number": "990101199202290010", "name": "测试甲", "phone": "13912345678"}.items():
        page.locator(f"#f-{name}").fill(value)
    page.locator('[data-field="ethnicity"]').get_by_label("汉族", exact=True).tap()
    page.locator('[data-field="residency.residency_kind"]').get_by_label("自有", exact=True).tap()
    page.locator("#f-residency-start_date").fill(started)
    page.context.clear_cookies(name="sessionid")

    page.get_by_role("button", name="保存", exact=True).tap()
    page.get_by_label("用户名").fill("worker")
    page.get_by_label("密码").fill("一次录入-2026")
    page.get_by_role("button", name="登录并继续").tap()

    expect(page.get_by_role("heading", level=1, name="测试甲")).to_be_visible()


def test_an_expired_session_is_told_where_the_worker_is(on_tablet: Page, live_server: Server, flat: Record) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")
    page.context.clear_cookies(name="sessionid")

    page.locator("#f-id_number").fill("990101199202290010")
    page.locator("#f-name").focus()

    expect(page.locator("#signed-out")).to_be_in_viewport(ratio=1)


def test_leaving_with_something_typed_asks_first(on_tablet: Page, live_server: Server, flat: Record) -> None:
    page = on_tablet
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")
    page.locator("#f-name").press_sequentially("甲")

    page.get_by_role("link", name="一次录入").tap()
    expect(page.locator("#f-name")).to_have_value("甲")

    assert asked == ["beforeunload"]
