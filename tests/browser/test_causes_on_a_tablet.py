"""A department changes a code: three hundred failures are one thing, and one form sends all of them out again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gridapp.catalogue.models import Target
from gridapp.delivery import causes_acting, causes_notes, lane, sweep
from gridapp.delivery.causes import Act, Cause
from gridapp.delivery.models import Alarm, Attempt, Delivery, Status
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from tests.browser.fitness import Walk
from tests.browser.test_desk_for_everyone import Server
from tests.conftest import OpenPage, SignIn
from tests.delivery.conftest import elsewhere
from tests.delivery.renumbering import Census, census, settle_in  # noqa: F401 - fixtures
from tests.desk.cast import auditor  # noqa: F401
from tests.review.cast import people  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MANY = 300


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(causes_acting, "GRACE", timedelta(0))
    monkeypatch.setattr(causes_acting, "SKEW", timedelta(0))
    settings.LANE_LINGER = 0


def served(target: Target) -> None:
    """The clock and the lane, in a thread of their own: the browser's loop has this one."""
    elsewhere(lambda: (sweep.sweep(), lane.serve(target.pk)))


def standing(key: str) -> dict[str, int]:
    rows = list(Delivery.objects.filter(target__key=key).values_list("status", flat=True))
    return {status: rows.count(status) for status in set(rows)}


def untouched() -> list[Any]:
    rows = Delivery.objects.exclude(target__key="CENSUS").order_by("pk")
    return list(rows.values_list("pk", "status", "generation", "attempts", "changed_at"))


def test_three_hundred_failures_are_mended_as_one(
    tablet: Page, sign_in: SignIn, live_server: Server, people: dict[str, User], census: Target,  # noqa: F811
    areas: dict[str, Area],
) -> None:  # fmt: skip
    head = create_account("head", name="测试", role=Role.SUPERVISOR, areas=[areas["990101"]])
    settle_in(MANY, by=people["worker"])
    before = untouched()
    Census.table = {"A1", "N3"}  # over night
    served(census)
    refused = standing("CENSUS")
    sign_in(tablet, head)

    tablet.goto(f"{live_server.url}/review/causes/")
    expect(tablet.locator("[data-cause]")).to_have_count(1)
    expect(tablet.locator("[data-cause]")).to_contain_text("300 条")
    tablet.locator("[data-cause]").tap()
    tablet.get_by_label("03 回族").fill("N3")
    tablet.get_by_label("我确认：这是对方公布的新代码").tap()
    tablet.get_by_role("button", name="保存，全部重新推送").tap()
    expect(tablet.get_by_text("300 条，马上开始")).to_be_visible()
    elsewhere(lambda: causes_acting.go_on(60))
    expect(tablet.get_by_text("已完成，处理了 300 条")).to_be_visible()  # the page has asked by itself
    expect(tablet.get_by_text("现在一条也没有了")).to_be_visible()
    served(census)

    assert refused == {Status.RETURNED: MANY}
    assert standing("CENSUS") == {Status.DELIVERED: MANY}
    assert [said for _key, said in Census.seen] == ["A3"] * MANY + ["N3"] * MANY
    (alarm,) = Alarm.objects.all()
    assert (alarm.kind, alarm.ended_at is None) == (Alarm.Kind.REJECTIONS, False)
    mended = Attempt.objects.filter(by=head)
    assert set(mended.values_list("outcome", flat=True)) == {"recoded"}
    assert mended.values("delivery").distinct().count() == mended.count() == MANY
    assert untouched() == before


@pytest.mark.parametrize("language", ["zh", "en"])
def test_causes_are_for_every_eye_and_finger(
    open_page: OpenPage, sign_in: SignIn, live_server: Server, people: dict[str, User], census: Target,  # noqa: F811
    language: str,
) -> None:  # fmt: skip
    settle_in(3, by=people["worker"])
    told = {"status": Status.RETURNED, "reason_code": "R07", "reason": "民族代码不存在", "fields": ["ethnicity"]}
    Delivery.objects.filter(target=census).update(due_at=None, **told)
    cause = Cause(census.pk, "returned", "R07", "ethnicity")
    causes_notes.remark(cause, "已打电话问过", by=people["supervisor"])
    causes_notes.give(cause, people["administrator"], by=people["supervisor"])
    act = causes_acting.ask(cause, Act.CANCEL, by=people["administrator"])
    assert act
    causes_acting.take_back(act.pk, by=people["administrator"])  # so that the page stands still while it is looked at
    page = open_page()
    named = {"name": "django_language", "value": "en" if language == "en" else "zh-hans", "url": live_server.url}
    page.context.add_cookies([named])  # type: ignore[list-item]
    sign_in(page, people["supervisor"])
    walk = Walk(page, live_server.url, language)

    walk.open("/review/causes/")
    walk.look("causes")
    walk.open("/review/causes/one/?target=CENSUS&status=returned&code=R07&field=ethnicity")
    walk.look("cause")
    walk.open("/review/causes/one/?target=CENSUS&status=failed&code=connector")
    walk.look("cause-over")
    walk.open("/review/targets/CENSUS/codes/?field=ethnicity")
    walk.look("codes")

    assert walk.found == []
