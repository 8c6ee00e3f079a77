"""Workbooks as pages: made of what waits, fetched, answered, taken back."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gridapp.delivery import brought
from gridapp.delivery.models import Delivery, Sheet, Status
from gridapp.registry.models import Record

As = Callable[..., Client]
QUEUE = "/review/byhand/PAPER/"
LOOKING = 7
"""Statements of the page that shows an answer."""


SAYS_NO = '{"1": "空号"}'.encode()


def status(row: Delivery) -> str:
    return Delivery.objects.get(pk=row.pk).status


def export(client: Client, kind: str = "resident") -> Sheet:
    client.post(f"{QUEUE}export/?kind={kind}")
    return Sheet.objects.latest("pk")


def bring(client: Client, sheet: Sheet, content: bytes) -> Any:
    """The page that shows what a file says, or why it is refused."""
    return client.post(
        f"{QUEUE}sheets/{sheet.pk}/answer/", {"came_back": SimpleUploadedFile("台账.json", content)}, follow=True
    )


def settle(client: Client, sheet: Sheet, act: str = "apply", seen: str | None = None) -> str:
    """The page that follows; `seen`: the word of the file that was looked at, of the one that is kept unless told."""
    sheet.refresh_from_db()
    told = {"act": act, "seen": brought.word(sheet) if seen is None else seen}
    page: str = client.post(f"{QUEUE}sheets/{sheet.pk}/answer/settle/", told, follow=True).content.decode()
    return page


def test_a_workbook_is_made_fetched_and_waited_for(
    as_: As, waiting: dict[str, Delivery], caplog: pytest.LogCaptureFixture
) -> None:
    client = as_("supervisor")

    sheet = export(client)
    with caplog.at_level(logging.INFO, "gridapp.review"):
        fetched = client.get(f"{QUEUE}sheets/{sheet.pk}/")

    assert json.loads(fetched.content)[0]["phone"] == "13912345678"
    assert "filename*=utf-8''%E5%8F%B0%E8%B4%A6.json" in fetched["Content-Disposition"]
    assert fetched["X-Content-Type-Options"] == "nosniff"
    assert "fetched workbook" in caplog.text
    assert status(waiting["resident"]) == Status.SUBMITTED
    page = client.get(QUEUE).content.decode()
    assert "没有上传，收回" in page
    assert "导出房屋 1 条" in page


def test_the_workers_record_says_that_a_clerk_has_it(as_: As, waiting: dict[str, Delivery], resident: Record) -> None:
    export(as_("supervisor"))

    page = as_("worker").get(f"/records/{resident.pk}/").content.decode()

    assert "已交人工" in page
    assert "等人工上传并带回结果" in page


def test_a_file_that_nobody_looked_at_does_not_count(as_: As, waiting: dict[str, Delivery]) -> None:
    client = as_("supervisor")
    sheet = export(client)
    looked_at = bring(client, sheet, b"{}").content.decode()
    sheet.refresh_from_db()
    seen = brought.word(sheet)
    bring(client, sheet, SAYS_NO)  # somebody else, meanwhile

    page = settle(client, sheet, seen=seen)

    assert f'value="{seen}"' in looked_at
    assert "又带回了另一个文件" in page
    assert "确认导入" in page, "the file that is kept now is shown"
    assert status(waiting["resident"]) == Status.SUBMITTED


def test_the_answer_settles_every_row_and_says_how_many(as_: As, waiting: dict[str, Delivery]) -> None:
    client = as_("supervisor")
    sheet = export(client)

    bring(client, sheet, SAYS_NO)
    first = settle(client, sheet)
    again = bring(client, sheet, SAYS_NO).content.decode()
    second = settle(client, sheet)

    assert "结果已导入：退回 1。" in first
    assert "已处理过，不再变" in again
    assert "没有新的变化" in second
    assert "<b>退回 1</b>" in second
    assert status(waiting["resident"]) == Status.RETURNED


def test_nothing_counts_before_somebody_has_looked(as_: As, waiting: dict[str, Delivery]) -> None:
    client = as_("supervisor")
    sheet = export(client)

    shown = bring(client, sheet, SAYS_NO).content.decode()

    assert "还没有导入。确认后：" in shown
    assert "<b>退回 1</b>" in shown
    assert "空号" in shown
    assert status(waiting["resident"]) == Status.SUBMITTED
    assert SAYS_NO not in bytes(Sheet.objects.get().sealed_answer)
    assert "有一份结果还没有确认" in client.get(QUEUE).content.decode()


def test_a_file_chosen_by_mistake_is_put_away_and_nothing_has_moved(as_: As, waiting: dict[str, Delivery]) -> None:
    client = as_("supervisor")
    sheet = export(client)
    bring(client, sheet, SAYS_NO)

    page = settle(client, sheet, "drop")

    assert "没有导入，各条保持原样" in page
    assert status(waiting["resident"]) == Status.SUBMITTED
    assert bytes(Sheet.objects.get().sealed_answer) == b""
    assert "没有新的变化" in settle(client, sheet), "there is nothing left to apply"


def test_looking_costs_the_same_however_many_rows(
    as_: As, waiting: dict[str, Delivery], django_assert_num_queries: Any
) -> None:
    client = as_("supervisor")
    sheet = export(client)
    bring(client, sheet, SAYS_NO)

    with django_assert_num_queries(LOOKING):
        client.get(f"{QUEUE}sheets/{sheet.pk}/answer/")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "不是这份模板的结果"),
        (b"", "请选择对方系统给回的文件"),
        (b"no JSON at all", "读这个文件时出错"),
        (b" " * (settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1), "文件太大"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_says_why(
    as_: As, waiting: dict[str, Delivery], content: bytes, said: str
) -> None:
    client = as_("supervisor")
    sheet = export(client)

    response = bring(client, sheet, content)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert status(waiting["resident"]) == Status.SUBMITTED


def test_no_file_at_all_is_said(as_: As, waiting: dict[str, Delivery]) -> None:
    client = as_("supervisor")
    sheet = export(client)

    response = client.post(f"{QUEUE}sheets/{sheet.pk}/answer/", {"came_back": "a text"})

    assert response.status_code == 422


def test_a_workbook_is_taken_back_once_and_not_after_its_answer(as_: As, waiting: dict[str, Delivery]) -> None:
    client = as_("supervisor")
    sheet = export(client)

    taken = client.post(f"{QUEUE}sheets/{sheet.pk}/withdraw/", follow=True).content.decode()
    assert "已收回 1 行" in taken
    assert status(waiting["resident"]) == Status.MANUAL
    another = export(client)
    bring(client, another, b"{}")
    settle(client, another)
    late = client.post(f"{QUEUE}sheets/{another.pk}/withdraw/", follow=True).content.decode()

    assert "不能再收回" in late
    assert status(waiting["resident"]) == Status.DELIVERED


@pytest.mark.parametrize("kind", ["", "nothing"])
def test_an_export_of_nothing_says_so(as_: As, waiting: dict[str, Delivery], kind: str) -> None:
    page = as_("supervisor").post(f"{QUEUE}export/?kind={kind}", follow=True).content.decode()

    assert "现在没有可以导出的内容" in page


def test_a_system_without_workbooks_offers_none(as_: As, waiting: dict[str, Delivery], flat: Record) -> None:
    Delivery.objects.filter(record=flat, target__key="FWBM").update(status=Status.MANUAL, due_at=None)
    client = as_("supervisor")

    page = client.get("/review/byhand/FWBM/").content.decode()
    refused = client.post("/review/byhand/FWBM/export/?kind=housing")

    assert "/export/" not in page
    assert refused.status_code == 422
