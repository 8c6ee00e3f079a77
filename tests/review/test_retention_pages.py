"""保存期限: who reads the table, and how a supervisor puts somebody up for deletion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from gridapp.registry.models import Record, Residency, RightsRequest

As = Callable[..., Client]


@pytest.fixture
def gone(resident: Record) -> Record:
    Residency.objects.filter(resident=resident).update(is_open=False)
    long_ago = timezone.now() - timedelta(days=366 * settings.RETENTION_YEARS + 2)
    Record.objects.filter(pk=resident.pk).update(closed_at=long_ago)
    return resident


@pytest.mark.parametrize("role", ["security", "auditor"])
def test_who_reads_the_table_sees_no_resident(as_: As, gone: Record, role: str) -> None:
    page = as_(role).get("/review/retention/").content.decode()

    assert "36 个月" in page and "5 年" in page and "只增不改" in page
    assert str(gone.pk) not in page and "测试甲" not in page


@pytest.mark.parametrize("role", ["worker", "officer"])
def test_others_do_not_read_it(as_: As, role: str) -> None:
    assert as_(role).get("/review/retention/").status_code == 403


def test_a_supervisor_puts_somebody_up_and_is_led_to_where_two_people_decide(as_: As, gone: Record) -> None:
    client = as_("supervisor")
    assert f"past-{gone.pk}" in client.get("/review/retention/").content.decode()

    answer = client.post(f"/review/retention/{gone.pk}/propose/")

    row = RightsRequest.objects.get()
    assert answer["Location"] == f"/review/rights/{row.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "由本单位提出删除" in page and "同意删除，交第二人复核" in page
    assert f"past-{gone.pk}" not in client.get("/review/retention/").content.decode()


def test_whoever_still_lives_here_cannot_be_put_up(as_: As, resident: Record) -> None:
    assert as_("supervisor").post(f"/review/retention/{resident.pk}/propose/").status_code == 404
    assert not RightsRequest.objects.exists()
