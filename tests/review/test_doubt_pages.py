"""Doubts as pages: a person looks at the department and decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from gridapp.delivery.models import Attempt, Delivery, Status

As = Callable[..., Client]


def status(row: Delivery) -> str:
    return Delivery.objects.get(pk=row.pk).status


@pytest.fixture
def doubt(waiting: dict[str, Delivery]) -> Delivery:
    """The ledger cannot be asked."""
    row = waiting["resident"]
    sent = {"sent_generation": 1, "sent_version": 1, "sent_digest": b"x" * 20, "maybe_sent": True}
    Delivery.objects.filter(pk=row.pk).update(status=Status.UNCERTAIN, reason="等待超时", **sent)
    return row


def decide(client: Client, row: Delivery, act: str, **posted: str) -> str:
    told = {"act": act, "generation": "1"} | posted
    return client.post(f"/review/uncertain/{row.pk}/", told, follow=True).content.decode()


def test_a_doubt_is_shown_with_what_was_sent(as_: As, doubt: Delivery) -> None:
    page = as_("supervisor").get("/review/uncertain/").content.decode()

    assert "等待超时" in page
    assert f"/review/records/{doubt.record_id}/targets/PAPER/" in page


@pytest.mark.parametrize(
    ("act", "said", "after"), [("arrived", "对方有", Status.DELIVERED), ("not_there", "马上重新推送", Status.WAITING)]
)
def test_who_looked_decides(as_: As, doubt: Delivery, act: str, said: str, after: str) -> None:
    page = decide(as_("supervisor"), doubt, act, reference="R-5")

    assert said in page
    assert status(doubt) == after
    assert Attempt.objects.get(delivery=doubt).by is not None


def test_a_doubt_is_decided_once(as_: As, doubt: Delivery) -> None:
    decide(as_("supervisor"), doubt, "arrived")

    assert "这一条已经处理过了" in decide(as_("supervisor"), doubt, "not_there")
    assert status(doubt) == Status.DELIVERED


def test_nothing_sensible_said_decides_nothing(as_: As, doubt: Delivery) -> None:
    client = as_("supervisor")

    assert client.post(f"/review/uncertain/{doubt.pk}/", {"act": "perhaps"}).status_code == 404
    assert "编号太长" in decide(client, doubt, "arrived", reference="x" * 129)
    assert "已经处理过了" in decide(client, doubt, "arrived", generation="7")
    assert status(doubt) == Status.UNCERTAIN
