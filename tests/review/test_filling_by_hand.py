"""What waits for a clerk: queues and cards as pages show them, and what people say on them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.org.models import User
from gridapp.registry.models import Record
from gridapp.review import byhand_pages

As = Callable[..., Client]
QUEUE = "/review/byhand/PAPER/"


def status(row: Delivery) -> str:
    return Delivery.objects.get(pk=row.pk).status


def card_of(row: Delivery) -> str:
    return f"{QUEUE}{row.pk}/"


def say(client: Client, row: Delivery, act: str, **posted: str) -> Any:
    return client.post(f"{card_of(row)}say/", {"act": act, "generation": "1"} | posted)


def test_what_waits_is_counted_by_system(as_: As, waiting: dict[str, Delivery]) -> None:
    page = as_("supervisor").get("/review/byhand/").content.decode()

    assert "纸质台账" in page
    assert "待填 2 条" in page


def test_nothing_waiting_says_so(as_: As) -> None:
    assert "没有等人工代填的内容" in as_("supervisor").get("/review/byhand/").content.decode()


def test_what_waits_for_the_systems_hours_is_announced(as_: As, waiting: dict[str, Delivery]) -> None:
    Delivery.objects.filter(pk=waiting["resident"].pk).update(status=Status.HELD, hold="window")

    page = as_("supervisor").get(QUEUE).content.decode()

    assert "待填 1 条" in page
    assert "还有 1 条等对方开放" in page


def test_a_card_is_in_full_for_who_fills_it_in_and_masked_for_who_looks_on(
    as_: As, waiting: dict[str, Delivery], officer: User, caplog: pytest.LogCaptureFixture
) -> None:
    row = waiting["resident"]

    with caplog.at_level(logging.INFO, "gridapp.review"):
        full = as_("supervisor").get(card_of(row)).content.decode()
        masked = [as_(role).get(card_of(row)).content.decode() for role in ("officer", "administrator")]

    assert "13912345678" in full
    for page in masked:
        assert "139****5678" in page
        assert "13912345678" not in page
        assert "<form" not in page.split("<main")[1].split("</main>")[0]
    assert [str(row.pk) in line.getMessage() for line in caplog.records] == [True]


def test_filled_in_leads_to_the_next_card_and_then_back(
    as_: As, waiting: dict[str, Delivery], people: dict[str, User]
) -> None:
    client = as_("supervisor")

    first = say(client, waiting["resident"], "filled", **{"number-": " TZ-1 "})
    last = say(client, waiting["housing"], "there")

    assert (first["Location"], last["Location"]) == (card_of(waiting["housing"]), QUEUE)
    done = Delivery.objects.get(pk=waiting["resident"].pk)
    assert (done.status, done.reference) == (Status.DELIVERED, "TZ-1")
    assert set(Attempt.objects.values_list("by__username", "outcome")) == {
        ("supervisor", "delivered"), ("supervisor", "alreadythere"),
    }  # fmt: skip


def test_sent_back_shows_on_the_workers_record(as_: As, waiting: dict[str, Delivery], resident: Record) -> None:
    say(as_("supervisor"), waiting["resident"], "back", reason="台账上是别人的电话", field="phone")

    page = as_("worker").get(f"/records/{resident.pk}/").content.decode()

    assert "台账上是别人的电话" in page
    assert f"/records/{resident.pk}/correct/#f-phone" in page


@pytest.mark.parametrize(
    ("posted", "complaint"),
    [
        ({"act": "back"}, "请写明退回的原因"),
        ({"act": "back", "reason": "x" * 501}, "原因请不要超过 500 字"),
        ({"act": "back", "reason": "x", "field": "religion"}, "没有这一项"),
        ({"act": "filled", "number-": "x" * 129}, "编号太长或含有无法识别的字符"),
        ({"act": "there", "number-": "a\0b"}, "编号太长或含有无法识别的字符"),
        ({"act": "send"}, "请选择已填、已有或退回"),
        ({}, "请选择已填、已有或退回"),
    ],
)
def test_what_cannot_be_noted_is_said_and_nothing_typed_is_lost(
    as_: As, waiting: dict[str, Delivery], posted: dict[str, str], complaint: str
) -> None:
    row = waiting["resident"]

    response = as_("supervisor").post(f"{card_of(row)}say/", {"generation": "1"} | posted)

    page = response.content.decode()
    assert response.status_code == 422
    assert complaint in page
    assert posted.get("reason", "")[:20] in page
    assert status(row) == Status.MANUAL


def test_a_card_that_changed_meanwhile_is_shown_again(as_: As, waiting: dict[str, Delivery]) -> None:
    row = waiting["resident"]
    Delivery.objects.filter(pk=row.pk).update(generation=F("generation") + 1)

    response = say(as_("supervisor"), row, "filled")

    assert response["Location"] == card_of(row)
    assert status(row) == Status.MANUAL


def test_a_card_that_somebody_else_has_done_leads_back(as_: As, waiting: dict[str, Delivery]) -> None:
    client = as_("supervisor")
    say(client, waiting["resident"], "filled")

    again = say(as_("chief"), waiting["resident"], "there")
    page = client.get(card_of(waiting["resident"]), follow=True).content.decode()

    assert again.status_code == 302
    assert "这一条已经处理过了" in page
    assert Attempt.objects.filter(delivery=waiting["resident"]).count() == 1


def test_a_queue_of_any_length_is_shown_in_pages(
    as_: As, waiting: dict[str, Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(byhand_pages, "LISTED", 1)
    client = as_("supervisor")

    first, second = (client.get(f"{QUEUE}?page={page}").content.decode() for page in (1, "99"))

    assert "第 1 页，共 2 页" in first
    assert "第 2 页，共 2 页" in second


def test_a_worker_is_not_led_where_they_may_not_go(as_: As, paper: Target) -> None:
    page = as_("worker").get("/review/targets/").content.decode()

    assert "/review/byhand/" not in page
    assert "/review/uncertain/" not in page
