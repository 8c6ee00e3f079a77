"""The pages of supervisors in a real browser: filled by hand with a finger, names that stay in sight."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gridapp.delivery.models import Delivery, Status
from gridapp.org.models import User
from gridapp.registry.models import Record
from tests.browser.test_desk_for_everyone import Server
from tests.conftest import TABLET, OpenPage, SignIn
from tests.desk.cast import auditor  # noqa: F401
from tests.review.cast import paper, people, waiting  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def supervisor(people: dict[str, User]) -> User:  # noqa: F811
    return people["supervisor"]


@pytest.fixture
def paths(flat: Record, resident: Record, waiting: dict[str, Delivery]) -> list[str]:  # noqa: F811
    doubtful = Delivery.objects.filter(record=resident, target__key="PDA")
    doubtful.update(
        status=Status.UNCERTAIN, due_at=None, hold="", waits_for="", sent_generation=1, sent_version=1,
        sent_digest=b"x" * 20, reason="等待超时",
    )  # fmt: skip
    return [
        "/review/targets/",
        "/review/targets/PAPER/",
        "/review/targets/LB/",
        "/review/coverage/",
        "/review/coverage/?kind=resident",
        "/review/targets/WG/reconciliations/",
        f"/review/records/{resident.pk}/targets/WG/",
        f"/review/records/{flat.pk}/targets/FWBM/",
        "/review/byhand/",
        "/review/byhand/PAPER/",
        f"/review/byhand/PAPER/{waiting['resident'].pk}/",
        "/review/uncertain/",
        "/",
    ]


def test_the_names_of_fields_and_systems_stay_in_sight(
    tablet: Page, sign_in: SignIn, live_server: Server, supervisor: User, paths: list[str], screenshots: Path
) -> None:
    sign_in(tablet, supervisor)
    tablet.goto(f"{live_server.url}/review/coverage/")
    table = tablet.locator(".matrix")

    table.evaluate("one => one.scrollTo(600, 1500)")
    tablet.screenshot(path=screenshots / "review-coverage-scrolled.png")

    box = table.bounding_box()
    head = table.locator("thead th").nth(5).bounding_box()
    side = table.locator("tbody th").nth(40).bounding_box()
    assert box and head and side
    assert abs(head["y"] - box["y"]) < 3
    assert abs(side["x"] - box["x"]) < 3


def test_a_line_is_copied_with_one_tap(
    open_page: OpenPage,
    sign_in: SignIn,
    live_server: Server,
    supervisor: User,
    waiting: dict[str, Delivery],  # noqa: F811
) -> None:
    page = open_page(TABLET, permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, supervisor)
    page.goto(f"{live_server.url}/review/byhand/PAPER/{waiting['resident'].pk}/")

    page.get_by_role("button", name="复制 联系方式").tap()

    expect(page.locator("#copied")).to_have_text("已复制")
    assert page.evaluate("() => navigator.clipboard.readText()") == "13912345678"


def test_without_a_clipboard_the_line_is_marked(
    tablet: Page,
    sign_in: SignIn,
    live_server: Server,
    supervisor: User,
    waiting: dict[str, Delivery],  # noqa: F811
) -> None:
    tablet.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    sign_in(tablet, supervisor)
    tablet.goto(f"{live_server.url}/review/byhand/PAPER/{waiting['resident'].pk}/")

    tablet.get_by_role("button", name="复制 联系方式").tap()

    expect(tablet.locator("#copied")).not_to_be_empty()
    assert tablet.evaluate("() => String(getSelection())") == "13912345678"


def test_a_clerk_fills_in_one_card_after_the_other(
    tablet: Page, sign_in: SignIn, live_server: Server, supervisor: User, waiting: dict[str, Delivery],  # noqa: F811
    screenshots: Path,
) -> None:  # fmt: skip
    sign_in(tablet, supervisor)
    tablet.goto(live_server.url)
    tablet.get_by_role("link", name="人工代填", exact=True).tap()
    tablet.get_by_role("link", name="纸质台账").tap()
    tablet.get_by_role("link", name="测试甲").tap()
    tablet.screenshot(path=screenshots / "card.png", full_page=True)

    tablet.get_by_label("对方给的编号").fill("TZ-0001")
    tablet.get_by_role("button", name="已填").tap()

    expect(tablet.get_by_role("status").filter(has_text="已记下")).to_be_visible()
    expect(tablet.get_by_role("heading", level=1)).to_contain_text("301")  # the next card
    tablet.get_by_text("填不了，退回网格员").tap()
    tablet.get_by_role("button", name="退回").tap()
    expect(tablet.locator(".summary")).to_be_focused()
    tablet.get_by_label("退回的原因").fill("地址在台账里查不到")
    tablet.get_by_role("button", name="退回").tap()
    expect(tablet.get_by_text("没有等人工代填的内容").first).to_be_visible()
    said = {row.pk: (row.status, row.reference, row.reason) for row in Delivery.objects.filter(target__key="PAPER")}
    assert said == {
        waiting["resident"].pk: (Status.DELIVERED, "TZ-0001", ""),
        waiting["housing"].pk: (Status.RETURNED, "", "地址在台账里查不到"),
    }


def test_a_workbook_goes_out_and_its_answer_comes_back(
    tablet: Page, sign_in: SignIn, live_server: Server, supervisor: User, waiting: dict[str, Delivery],  # noqa: F811
    tmp_path: Path, screenshots: Path,
) -> None:  # fmt: skip
    sign_in(tablet, supervisor)
    tablet.goto(f"{live_server.url}/review/byhand/PAPER/")
    tablet.get_by_role("button", name="导出居民 1 条").tap()
    expect(tablet.get_by_text("已导出 1 行")).to_be_visible()
    with tablet.expect_download() as fetched:
        tablet.get_by_role("link", name="下载").tap()
    tablet.screenshot(path=screenshots / "workbook.png", full_page=True)
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps({"1": "联系电话为空号"}))

    tablet.get_by_label("对方给回的文件").set_input_files(answer)
    tablet.get_by_role("button", name="核对结果").tap()
    expect(tablet.get_by_role("cell", name="联系电话为空号")).to_be_visible()
    assert Delivery.objects.get(pk=waiting["resident"].pk).status == Status.SUBMITTED
    tablet.screenshot(path=screenshots / "workbook-answer.png", full_page=True)
    tablet.get_by_role("button", name="确认导入").tap()

    assert fetched.value.suggested_filename == "台账.json"
    expect(tablet.get_by_role("status").filter(has_text="结果已导入：退回 1")).to_be_visible()
    assert Delivery.objects.get(pk=waiting["resident"].pk).status == Status.RETURNED


def test_the_record_leads_to_what_each_system_is_sent(
    tablet: Page, sign_in: SignIn, live_server: Server, supervisor: User, resident: Record, screenshots: Path
) -> None:
    sign_in(tablet, supervisor)
    tablet.goto(f"{live_server.url}/records/{resident.pk}/")
    tablet.get_by_role("link", name="看发送内容 网格系统(综治)").tap()
    expect(tablet.get_by_text("139****5678")).to_be_visible()

    tablet.get_by_role("button", name="显示完整内容").tap()

    expect(tablet.get_by_text("13912345678").first).to_be_visible()
    tablet.screenshot(path=screenshots / "preview.png", full_page=True)
