"""Lanes as pages: who may see them, what they say, what each button does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue.models import Target
from gridapp.delivery import alarms, backlog
from gridapp.delivery.models import Alarm, Attempt, Delivery, Hold, Lane, Status
from gridapp.org.models import Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Record

As = Callable[..., Client]
ROLES = ["worker", "supervisor", "officer", "administrator", "auditor"]
LANES, PAPER, ACT = "/review/lanes/", "/review/lanes/PAPER/", "/review/lanes/PAPER/act/"
CHINESE = re.compile("[一-龥]+")


@pytest.fixture
def failed(waiting: dict[str, Delivery]) -> Delivery:
    """The resident's delivery to the ledger failed by a fault of ours."""
    row = waiting["resident"]
    Delivery.objects.filter(pk=row.pk).update(status=Status.FAILED, reason_code="connector", reason="KeyError")
    return row


def do(client: Client, act: str, **posted: Any) -> str:
    return client.post(ACT, {"act": act, **posted}, follow=True).content.decode()


def standing(row: Delivery) -> tuple[str, str]:
    found = Delivery.objects.get(pk=row.pk)
    return found.status, found.reason_code


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", [LANES, PAPER])
def test_only_administrators_see_lanes(as_: As, paper: Target, path: str, role: str) -> None:
    assert as_(role).get(path).status_code == (200 if role == "administrator" else 403)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"administrator"}))
def test_only_administrators_do_anything_to_a_lane(as_: As, failed: Delivery, role: str) -> None:
    for act in ("pause", "resume", "reopen", "retry", "cancel", "send_now"):
        posted = {"act": act, "why": "测试", "sure": "yes", "chosen": failed.pk, "delivery": failed.pk}
        assert as_(role).post(ACT, posted).status_code == 403

    assert standing(failed) == (Status.FAILED, "connector")
    assert Target.objects.get(key="PAPER").paused_at is None


def test_strangers_are_asked_who_they_are_and_nothing_is_done_by_looking(
    as_: As, client: Client, paper: Target
) -> None:
    assert [client.get(path).status_code for path in (LANES, PAPER)] == [302, 302]
    assert as_("administrator").get(ACT).status_code == 405
    assert as_("administrator").get("/review/lanes/NONE/").status_code == 404
    assert as_("administrator").post(ACT, {"act": "burn"}).status_code == 404


def test_a_form_of_another_site_does_nothing(people: dict[str, User], paper: Target) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["administrator"])

    assert client.post(ACT, {"act": "pause", "why": "x"}).status_code == 403
    assert Target.objects.get(key="PAPER").paused_at is None


def test_a_list_says_how_each_lane_is_and_what_is_wrong_on_top(as_: As, failed: Delivery) -> None:
    alarms.raise_alarm(failed.target_id, Alarm.Kind.REJECTIONS, "12/50")
    alarms.raise_alarm(None, Alarm.Kind.SNAPSHOT, "2026-11-22T05:00:00+00:00")

    page = as_("administrator").get(LANES).content.decode()

    assert "最近 50 条里退回了 12 条" in page
    assert "数据库有长时间未结束的事务" in page
    assert page.index("要处理的") < page.index("纸质台账", page.index("要处理的") + 1)
    assert re.search(r'data-target="PAPER" data-state="open"', page)
    assert "推送失败 1" in page
    assert "请管理员处理" in page


@pytest.mark.parametrize("path", [LANES, PAPER])
def test_the_pages_are_complete_in_english_and_ask_a_fixed_number_of_times(
    as_: As, failed: Delivery, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Delivery.objects.filter(pk=failed.pk).update(reason="")
    alarms.raise_alarm(failed.target_id, Alarm.Kind.STOPPED, "connector paper")
    client = as_("administrator", language="en")
    client.get(path)

    with django_assert_num_queries(8 if path == LANES else 11):
        page = client.get(path).content.decode()

    said = re.sub(r"中文|测试\S*|王秀英|芳草园|\d+号|\d+栋|\d+单元|\d+室", "", re.sub(r"<[^>]+>", "\n", page))
    assert CHINESE.findall(said) == []


def test_a_pause_needs_a_reason_and_keeps_what_waits(as_: As, failed: Delivery) -> None:
    client = as_("administrator")

    without = do(client, "pause", why="  ")
    paused = do(client, "pause", why="对方升级")
    again = do(client, "pause", why="对方升级")

    assert "请写明暂停的原因" in without
    assert "已暂停" in paused and "对方升级" in paused
    assert "已经是暂停状态" in again
    assert Target.objects.get(key="PAPER").paused_why == "对方升级"
    assert standing(failed)[0] == Status.FAILED


@pytest.mark.parametrize(
    ("a_minute", "slowly", "said"),
    [("", None, "马上继续推送"), ("30", 0.5, "每分钟最多 30 条"), ("-1", "paused", "请填 1 到 10000"),
     ("nan", "paused", "请填 1 到 10000"), ("1e9", "paused", "请填 1 到 10000")],
)  # fmt: skip
def test_a_lane_is_resumed_at_once_or_slowly(
    as_: As, paper: Target, a_minute: str, slowly: float | str | None, said: str
) -> None:
    Target.objects.filter(pk=paper.pk).update(paused_at=timezone.now(), paused_why="rejections")
    before = as_("administrator").get(PAPER).content.decode()

    page = do(as_("administrator"), "resume", a_minute=a_minute)

    paused = Target.objects.get(pk=paper.pk).paused_at is not None
    assert "对方退回过多，已自动暂停" in before
    assert said in page
    assert paused is (slowly == "paused")
    if not paused:
        assert Lane.objects.get(target=paper).slowly == slowly


def test_a_lane_that_stopped_is_opened_again(as_: As, paper: Target) -> None:
    Lane.objects.create(
        target=paper, failures=9, stopped_why="connector", closed_until=timezone.now() + timedelta(hours=1)
    )
    before = as_("administrator").get(PAPER).content.decode()

    page = do(as_("administrator"), "reopen")

    assert "连接程序出错" in before
    assert "已重新打开" in page
    assert Lane.objects.get(target=paper).failures == 0


def test_failures_are_retried_when_somebody_is_sure(as_: As, failed: Delivery, people: dict[str, User]) -> None:
    client = as_("administrator")

    unsure = do(client, "retry", status="failed")
    before = standing(failed)
    page = do(client, "retry", status="failed", sure="yes")

    assert "请先勾选确认" in unsure and before[0] == Status.FAILED
    assert "已安排 1 条重新推送" in page
    assert standing(failed) == (Status.WAITING, "")
    assert Attempt.objects.get(delivery=failed).by == people["administrator"]


def test_what_is_chosen_is_cancelled_and_the_rest_said(as_: As, failed: Delivery, waiting: dict[str, Delivery]) -> None:
    there = waiting["housing"]
    Delivery.objects.filter(pk=there.pk).update(held_digest=b"y" * 20)

    unsure = do(as_("administrator"), "cancel", chosen=[failed.pk])
    page = do(as_("administrator"), "cancel", chosen=[failed.pk, there.pk], sure="yes")

    assert "勾选确认" in unsure
    assert "已撤销 1 条" in page and "1 条没有撤销" in page
    assert standing(failed) == (Status.CANCELLED, "by_operator")
    assert standing(there)[0] == Status.MANUAL


def test_one_is_sent_now_or_it_is_said_why_not(as_: As, failed: Delivery, waiting: dict[str, Delivery]) -> None:
    sent = do(as_("administrator"), "send_now", delivery=failed.pk)
    refused = do(as_("administrator"), "send_now", delivery=waiting["housing"].pk)
    gone = do(as_("administrator"), "send_now", delivery="9" * 30)

    assert "马上推送" in sent and standing(failed)[0] == Status.WAITING
    assert "它现在的状态不能推送" in refused
    assert "刚刚有了变化" in gone


def test_an_administrator_of_another_area_touches_nothing_of_ours(
    people: dict[str, User], areas: dict[str, Any], failed: Delivery
) -> None:
    other = create_account("far", name="测试", role=Role.ADMINISTRATOR, staff_no="T9", areas=[areas["990101001002001"]])
    client = Client()
    client.force_login(other)

    do(client, "retry", status="failed", sure="yes")
    do(client, "cancel", chosen=[failed.pk], sure="yes")
    page = do(client, "send_now", delivery=failed.pk)

    assert standing(failed) == (Status.FAILED, "connector")
    assert f"delivery-{failed.pk}" not in page


def test_a_large_backlog_is_counted_to_a_limit(
    as_: As, waiting: dict[str, Delivery], resident: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "COUNTED", 1)
    Delivery.objects.filter(target__key="PAPER").update(status=Status.HELD, hold=Hold.PAUSED, due_at=None)

    page = as_("administrator").get(LANES).content.decode()

    assert re.search(r"等待中\s*1\+", page)


@pytest.mark.parametrize(("role", "linked"), [("administrator", True), ("supervisor", False), ("worker", False)])
def test_only_who_may_is_led_to_the_lanes(as_: As, paper: Target, role: str, linked: bool) -> None:
    page = as_(role).get("/review/targets/PAPER/").content.decode()

    assert ("/review/lanes/" in page) is linked
