"""The page of what one system would be sent: masked for most, in full on request, with what changed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.registry.models import Record

As = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("waiting")


def path_of(record: Record) -> str:
    return f"/review/records/{record.pk}/targets/PAPER/"


def told(record: Record) -> None:
    """As if the ledger held it as it is wanted now."""
    rows = Delivery.objects.filter(record=record, target__key="PAPER")
    rows.update(status=Status.DELIVERED, held_version=F("wanted_version"), held_digest=F("wanted_digest"))
    now, row = timezone.now(), rows.get()
    said = {"version": 1, "generation": 1, "action": "create", "outcome": "delivered"}
    Attempt.objects.create(delivery=row, started_at=now, finished_at=now, **said)


def test_a_worker_sees_it_masked_and_is_offered_no_more(as_: As, resident: Record) -> None:
    page = as_("worker").get(path_of(resident)).content.decode()

    assert "139****5678" in page
    assert "13912345678" not in page
    assert "990101199202290010" not in page
    assert "显示完整内容" not in page
    assert "还没有送达过" in page


def test_who_decides_sees_it_in_full_on_request_and_that_is_written_down(
    as_: As, resident: Record, caplog: pytest.LogCaptureFixture
) -> None:
    client = as_("supervisor")
    offered = client.get(path_of(resident)).content.decode()

    with caplog.at_level(logging.INFO, "gridapp.review"):
        page = client.post(path_of(resident)).content.decode()

    assert "13912345678" not in offered
    assert "显示完整内容" in offered
    assert "13912345678" in page
    assert any(str(resident.pk) in line.getMessage() for line in caplog.records)
    assert "13912345678" not in caplog.text


def test_a_change_is_shown_against_what_was_told(as_: As, resident: Record) -> None:
    told(resident)
    worker = as_("worker")
    posted = {"entry_id": str(uuid4()), "act": "change", "phone": "13987654321", "base_version": "1"}
    worker.post(f"/records/{resident.pk}/correct/", posted)

    page = worker.get(path_of(resident)).content.decode()

    assert 'data-how="changed"' in page
    assert "139****5678" in page
    assert "139****4321" in page
    assert "第 1 版" in page


def test_nothing_new_says_so(as_: As, resident: Record) -> None:
    told(resident)

    page = as_("worker").get(path_of(resident)).content.decode()

    assert "对方已有最新内容" in page
    assert "没有不同。" in page


def test_what_is_missing_is_named(as_: As, resident: Record) -> None:
    page = as_("worker").get(f"/review/records/{resident.pk}/targets/WG/").content.decode()

    assert "还缺必填内容：籍贯" in page


def test_a_record_of_no_concern_says_what_would_be(as_: As, resident: Record) -> None:
    page = as_("worker").get(f"/review/records/{resident.pk}/targets/MZYL/").content.decode()

    assert "这个系统现在不需要这条档案" in page
    assert "年龄不小于60" in page


def test_the_record_leads_here(as_: As, resident: Record) -> None:
    page = as_("worker").get(f"/records/{resident.pk}/").content.decode()

    assert f'href="{path_of(resident)}"' in page
