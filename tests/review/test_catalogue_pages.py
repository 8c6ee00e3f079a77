"""The pages of the catalogue: what a system receives and why, and how the way to it is now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Backfill, Lane, Reconciliation

As = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("paper")


def page_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_systems_are_listed_with_their_owners(as_: As) -> None:
    page = page_of(as_("worker"), "/review/targets/")

    assert page.index("房屋编码系统") < page.index("网格系统(综治)") < page.index("纸质台账")
    assert "市公安局(人口管理支队)" in page


def test_a_system_says_what_it_receives_of_whom_and_why(as_: As) -> None:
    page = page_of(as_("worker"), "/review/targets/WG/")

    for said in ("本省平安建设条例", "网格基础台账", "证件类型不为出生医学证明/其他", "REST/JSON 接口", "房屋编码系统"):
        assert said in page
    assert '<tr id="resident-phone">' in page
    assert "有条件共享" in page


def test_a_system_says_how_it_can_be_filled(as_: As) -> None:
    page = page_of(as_("worker"), "/review/targets/PAPER/")

    for said in ("人工确认", "人工上传导入模板", "500 条", "2.5 次", "900 条"):
        assert said in page


def test_a_back_fill_is_shown_while_it_lasts_and_after(as_: As) -> None:
    run = Backfill.objects.create(
        target=Target.objects.get(key="PAPER"), why=Backfill.Why.ADDED, total=1000, seen=200, written=7
    )
    under_way = page_of(as_("worker"), "/review/targets/PAPER/")

    Backfill.objects.filter(pk=run.pk).update(seen=1000, finished_at=timezone.now())
    over = page_of(as_("worker"), "/review/targets/PAPER/")

    assert "正在补报（新接入）：已看 200 / 1000 份档案" in under_way
    assert "最近一次补报（新接入）" in over
    assert "正在补报" not in over


@pytest.mark.parametrize(
    ("change", "state", "said"),
    [
        ({"enabled": False}, "disabled", "未启用"),
        ({"paused_at": timezone.now(), "paused_why": "对方升级"}, "paused", "对方升级"),
        ({"window": {"opens": "00:00", "closes": "00:00"}}, "open", "开放"),
    ],
)
def test_the_state_of_a_system_is_said(as_: As, change: dict[str, object], state: str, said: str) -> None:
    Target.objects.filter(key="PAPER").update(**change)
    client = as_("supervisor")

    assert f'data-target="PAPER" data-state="{state}"' in page_of(client, "/review/targets/")
    assert said in page_of(client, "/review/targets/PAPER/")


def test_a_closed_system_says_when_it_opens(as_: As) -> None:
    at = timezone.localtime() + timedelta(hours=2)
    opens, closes = f"{at:%H}:00", f"{at + timedelta(hours=1):%H}:00"
    if opens < closes:  # not around midnight, where the window would be none
        Target.objects.filter(key="PAPER").update(window={"opens": opens, "closes": closes})

        assert f"{opens}</p>" in page_of(as_("worker"), "/review/targets/PAPER/")


def test_why_a_lane_stopped_is_for_who_may_do_something_about_it(as_: As, paper: Target) -> None:
    Lane.objects.create(target=paper, stopped_why="1001 账号已停用")

    assert "1001 账号已停用" in page_of(as_("administrator"), "/review/targets/PAPER/")
    assert "1001 账号已停用" not in page_of(as_("worker"), "/review/targets/PAPER/")
    assert 'data-state="stopped"' in page_of(as_("worker"), "/review/targets/")


def test_a_lane_that_rests_and_a_day_that_is_full_are_said(as_: As, paper: Target) -> None:
    lane = Lane.objects.create(target=paper, closed_until=timezone.now() + timedelta(minutes=5))
    assert 'data-state="resting"' in page_of(as_("worker"), "/review/targets/")

    lane.day, lane.sent_that_day = timezone.localdate(), 900
    lane.save()

    assert 'data-state="limited"' in page_of(as_("worker"), "/review/targets/")
    assert "今天已送 900" in page_of(as_("worker"), "/review/targets/PAPER/")


@pytest.mark.parametrize(
    ("key", "said"),
    [("WG", "每秒 100 次"), ("PDA", "每 2 秒 1 次"), ("JS", "每 3.25 小时 1 次"), ("XW", "每 7 天 1 次")],
)
def test_a_pace_is_said_in_the_unit_in_which_people_think_of_it(as_: As, key: str, said: str) -> None:
    assert said in page_of(as_("worker"), f"/review/targets/{key}/")


def test_a_lane_that_keeps_failing_is_not_open_until_a_call_was_answered(as_: As, paper: Target) -> None:
    just_now = timezone.now() - timedelta(seconds=1)
    Lane.objects.create(target=paper, failures=5, closed_until=just_now, last_failure_at=just_now)

    assert 'data-target="PAPER" data-state="resting"' in page_of(as_("worker"), "/review/targets/")


def test_the_table_names_fields_and_systems(as_: As) -> None:
    page = page_of(as_("worker"), "/review/coverage/")

    assert "联系方式(手机)" in page
    assert '<a href="/review/targets/WG/#resident-phone">' in page
    assert "有条件：人口类别为流动人口" in page


@pytest.mark.parametrize(
    ("kind", "shown", "left_out"), [("resident", "姓名", "承租人姓名"), ("housing", "承租人姓名", "民族")]
)
def test_the_table_is_filtered_by_kind(as_: As, kind: str, shown: str, left_out: str) -> None:
    page = page_of(as_("worker"), f"/review/coverage/?kind={kind}")

    assert f'<th scope="row">{shown} ' in page
    assert f'<th scope="row">{left_out} ' not in page


@pytest.mark.parametrize("odd", ["kind=x", "kind=", "kind=resident%00"])
def test_an_odd_filter_shows_everything(as_: As, odd: str) -> None:
    page = page_of(as_("worker"), f"/review/coverage/?{odd}")

    assert "民族" in page
    assert "承租人姓名" in page


def test_comparisons_are_reported_newest_first(as_: As, paper: Target) -> None:
    done = {"asked": 420, "agreed": 417, "lost": 2, "differing": 1, "finished_at": timezone.now()}
    Reconciliation.objects.create(target=paper, **done)
    Reconciliation.objects.create(target=paper, trouble="no_answer", finished_at=timezone.now())
    Reconciliation.objects.create(target=paper)

    page = page_of(as_("auditor"), "/review/targets/PAPER/reconciliations/")

    assert page.index("进行中") < page.index("对方没有应答") < page.index("<td>417</td>")
