"""The page of tablets: who sees which, what it says of each, and 报失并清除."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from gridapp.org import devices, tablet_checks
from gridapp.org.models import Device, User

As = Callable[..., Client]


@pytest.fixture
def tablet(people: dict[str, User]) -> UUID:
    """The worker's, with three forms of which the oldest is two days old."""
    device_id = uuid4()
    devices.seen(device_id, user=people["worker"], session_key="", waiting=3, oldest=timedelta(days=2))
    return device_id


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("worker", 403),
        ("officer", 403),
        ("auditor", 403),
        ("supervisor", 200),
        ("administrator", 403),
        ("security", 200),
    ],
)
def test_who_may_look_and_act(as_: As, tablet: UUID, role: str, status: int) -> None:
    client = as_(role)

    assert client.get("/review/devices/").status_code == status
    assert client.post(f"/review/devices/{tablet}/", {"act": "lost"}).status_code == (302 if status == 200 else 403)
    assert devices.is_lost(tablet) is (status == 200)


def test_it_says_what_waits_and_what_to_do(as_: As, tablet: UUID) -> None:
    page = as_("supervisor").get("/review/devices/").content.decode()

    assert "王秀英" in page
    assert "待上传 3 条" in page
    assert "等了一天以上" in page
    assert f"编号 {tablet.hex[:6].upper()}" in page


def test_reported_lost_and_taken_back(as_: As, tablet: UUID) -> None:
    client = as_("supervisor")

    lost = client.post(f"/review/devices/{tablet}/", {"act": "lost"}, follow=True).content.decode()
    found = client.post(f"/review/devices/{tablet}/", {"act": "found"}, follow=True).content.decode()

    assert "已报失，等它联网时清除" in lost
    assert "已撤回报失" in found
    assert not devices.is_lost(tablet)


def test_once_told_it_stays_lost(as_: As, tablet: UUID) -> None:
    client = as_("supervisor")
    client.post(f"/review/devices/{tablet}/", {"act": "lost"})
    devices.told(tablet)

    page = client.post(f"/review/devices/{tablet}/", {"act": "found"}, follow=True).content.decode()

    assert "已经处理过了" in page
    assert "已通知清除" in page
    assert "撤回报失</button>" not in page


def test_a_tablet_of_nobody_is_not_reported(as_: As, people: dict[str, User]) -> None:
    page = as_("supervisor").post(f"/review/devices/{uuid4()}/", {"act": "lost"}, follow=True).content.decode()

    assert "不在您的范围内" in page
    assert not Device.objects.exists()


def test_any_other_act_is_not_found(as_: As, tablet: UUID) -> None:
    assert as_("supervisor").post(f"/review/devices/{tablet}/", {"act": "wipe"}).status_code == 404


def test_in_english(as_: As, tablet: UUID) -> None:
    page = as_("supervisor", language="en").get("/review/devices/").content.decode()

    assert "3 wait to be sent" in page
    assert "Report lost and wipe" in page


def test_what_a_tablet_can_not_do_is_said(as_: As, tablet: UUID) -> None:
    fine = {name: ["yes", ""] for name in tablet_checks.CHECKS} | {"camera": ["spared", ""]}
    devices.tried(tablet, fine)
    able = as_("supervisor").get("/review/devices/").content.decode()
    devices.tried(tablet, fine | {"worker": ["no", ""], "locks": ["no", ""]})
    unable = as_("supervisor").get("/review/devices/").content.decode()

    assert "能离线录入" in able
    assert "不行：没有网络也能打开页面；几个页面不会重复上传" in unable
    assert not devices.tried(uuid4(), fine)
