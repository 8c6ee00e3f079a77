"""A target from its first setting to a second person's consent, by finger; its pages, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from connectors.plain_json.sandbox import PlainReceiver
from gridapp.catalogue.models import EnablingRequest, Target, TargetOfficer
from gridapp.delivery.models import Delivery, Status
from gridapp.org.models import User
from tests.browser.fitness import Walk
from tests.browser.test_desk_for_everyone import Server
from tests.conftest import OpenPage, SignIn
from tests.desk.cast import auditor  # noqa: F401
from tests.review.cast import officer, paper, people, waiting  # noqa: F401 - fixtures
from tests.review.settled import PAGE, named, plain, receiver  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_target_is_settled_tested_asked_for_and_consented_to(
    open_page: OpenPage, sign_in: SignIn, live_server: Server, people: dict[str, User], named: User, plain: Target,  # noqa: F811
    receiver: PlainReceiver, screenshots: Path,  # noqa: F811
) -> None:  # fmt: skip
    page, theirs = open_page(), open_page()
    sign_in(page, people["administrator"])
    sign_in(theirs, named)
    page.goto(f"{live_server.url}/review/targets/PLAIN/")
    page.get_by_role("link", name="设置", exact=True).tap()
    page.get_by_label("接口地址").fill(receiver.settings()["url"])
    page.get_by_label("访问令牌", exact=False).first.fill(receiver.settings()["token"])
    page.get_by_role("button", name="保存设置").tap()
    expect(page.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    assert receiver.settings()["token"] not in page.content()

    page.get_by_role("button", name="测试连接").tap()
    expect(page.get_by_role("status").filter(has_text="连接正常")).to_be_visible()
    page.screenshot(path=screenshots / "target-settings.png", full_page=True)
    page.get_by_role("button", name="申请启用").tap()
    expect(page.get_by_role("status").filter(has_text="已申请")).to_be_visible()
    theirs.goto(f"{live_server.url}/")
    theirs.get_by_role("link", name="试接系统").tap()
    theirs.get_by_role("link", name="送了什么、退了什么").tap()
    theirs.get_by_role("link", name="有启用申请等您处理").tap()
    theirs.get_by_role("button", name="同意，启用").tap()

    expect(theirs.get_by_role("status").filter(has_text="已启用")).to_be_visible()
    assert Target.objects.get(pk=plain.pk).enabled
    assert (EnablingRequest.objects.get().decided_by, len(receiver.ledger)) == (named, 0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_fit_for_everyone(
    open_page: OpenPage, sign_in: SignIn, live_server: Server, people: dict[str, User], named: User,  # noqa: F811
    paper: Target, waiting: dict[str, Delivery], language: str,  # noqa: F811
) -> None:  # fmt: skip
    walk = Walk(open_page(service_workers="block"), live_server.url, language)
    cookie = {"name": "django_language", "value": "en" if language == "en" else "zh-hans", "url": live_server.url}
    walk.page.context.add_cookies([cookie])  # type: ignore[list-item]
    TargetOfficer.objects.create(target=paper, user=named)
    resident = waiting["resident"]
    Delivery.objects.filter(pk=resident.pk).update(status=Status.RETURNED, reason_code="E07", reason="证件号码不存在")
    sign_in(walk.page, people["administrator"])

    for name, path in (("target-settings", PAGE), ("target-side", "/review/targets/PAPER/side/")):
        walk.open(path)
        walk.look(name)
    walk.open(PAGE)
    walk.page.get_by_role("button", name="Ask to switch it on" if language == "en" else "申请启用").click()
    walk.open("/review/targets/PLAIN/enabling/")
    walk.look("target-enabling")

    assert walk.found == []
