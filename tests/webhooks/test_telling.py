"""What happens is told to who wants to know it and may: signed, thin, in order, again until it arrives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gridapp.audit.models import Note
from gridapp.catalogue.models import Target
from gridapp.delivery.models import Delivery
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm
from gridapp.webhooks import endpoints, following, sending
from gridapp.webhooks.models import Endpoint, Event, Message
from tests import factories
from tests.webhooks.conftest import Tell, again_now, try_made
from tests.webhooks.receiving import Receiver

pytestmark = pytest.mark.django_db
Made = tuple[Endpoint, str]


def test_what_happens_arrives_signed_and_in_order(
    made: Made, there: Receiver, tell: Tell, accounts: dict[str, User], live_targets: dict[str, Target]
) -> None:
    flat = factories.flat(accounts["worker"])
    person = factories.resident(accounts["worker"], flat)
    row = Delivery.objects.filter(record=flat).first() or Delivery.objects.create(
        record=flat, target=live_targets["WG"], status="delivered", wanted_version=1
    )
    try_made(row, "delivered")
    submit(EntryForm.parse(factories.act(person, "close", residency__end_reason="1")), by=accounts["worker"])

    arrived = tell()

    row.refresh_from_db()
    told = there.verified(made[1])
    assert arrived == len(told) == 5
    kinds = ["entry.accepted", "entry.accepted", "entry.accepted", "record.closed", "delivery.changed"]
    assert [one["type"] for one in told] == kinds
    assert told[4]["data"] == {
        "record": str(flat.pk), "version": 1, "target": row.target.key, "outcome": "delivered", "status": row.status,
    }  # fmt: skip
    assert told[0]["data"]["record"] == str(flat.pk) and told[3]["data"]["record"] == str(person.pk)
    assert len(set(there.ids)) == 5
    assert tell() == 0


def test_nothing_of_a_person_is_told(made: Made, there: Receiver, tell: Tell, accounts: dict[str, User]) -> None:
    body = factories.resident_body(factories.flat(accounts["worker"]))
    submit(EntryForm.parse(body), by=accounts["worker"])

    tell()

    sent = b"".join(taken for _headers, taken in there.taken).decode()
    values = [str(value) for value in body["fields"].values() if len(str(value)) > 3]
    assert [value for value in values if value in sent] == []
    assert {key for event in Event.objects.all() for key in event.thin} <= {
        "record", "version", "entry", "action", "target", "outcome", "status",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["other_worker", "officer"])
def test_what_the_account_does_not_see_it_is_not_told_of(
    name: str, there: Receiver, tell: Tell, accounts: dict[str, User], security: User
) -> None:
    endpoints.make("别处", there.url, ["entry.accepted"], user=accounts[name], by=security)
    factories.flat(accounts["worker"])

    tell()

    assert there.taken == []


def test_only_what_was_asked_for_is_told_and_only_from_then_on(
    there: Receiver, tell: Tell, accounts: dict[str, User], security: User
) -> None:
    flat = factories.flat(accounts["worker"])
    endpoints.make("测试系统", there.url, ["record.closed"], user=accounts["supervisor"], by=security)
    person = factories.resident(accounts["worker"], flat)
    submit(EntryForm.parse(factories.act(person, "close", residency__end_reason="1")), by=accounts["worker"])

    tell()

    assert [one["webhook-id"][:4] for one, _body in there.taken] == ["msg_"]


@pytest.mark.parametrize("answers", [[500], [503, 429], [404], [302], [200, 500]])
def test_what_does_not_arrive_is_sent_again_under_the_same_id(
    answers: list[int], made: Made, there: Receiver, tell: Tell, accounts: dict[str, User]
) -> None:
    there.answers = list(answers)
    factories.flat(accounts["worker"])

    for _ in answers:
        tell()
        again_now()
    tell()

    failed = [status for status in answers if status >= 300]
    assert len(there.taken) == len(failed) + 1 if answers[0] >= 300 else 1
    assert len(set(there.ids)) == 1
    assert there.verified(made[1])
    assert Message.objects.get().status == "delivered"


def test_a_redirect_is_not_followed(made: Made, there: Receiver, tell: Tell, accounts: dict[str, User]) -> None:
    there.answers, there.location = [307], there.url
    factories.flat(accounts["worker"])

    tell()

    assert len(there.taken) == 1
    assert (Message.objects.get().status, Message.objects.get().answer) == ("waiting", 307)


def test_of_one_record_nothing_overtakes_what_was_before_it(
    made: Made, there: Receiver, tell: Tell, accounts: dict[str, User]
) -> None:
    flat, other = factories.flat(accounts["worker"]), factories.flat(accounts["worker"])
    submit(EntryForm.parse(factories.act(flat, "change", floor_area="77")), by=accounts["worker"])
    there.answers = [400]

    tell()
    first = [one["data"]["record"] for one in there.verified(made[1])]
    again_now()
    tell()

    told = [(one["data"]["record"], one["data"]["action"]) for one in there.verified(made[1])]
    assert first == [str(flat.pk), str(other.pk)]
    assert told[2:] == [(str(flat.pk), "create"), (str(flat.pk), "change")]


def test_a_message_that_never_arrives_fails_and_can_be_sent_again(
    made: Made, there: Receiver, tell: Tell, accounts: dict[str, User]
) -> None:
    there.answers = [400] * (len(sending.DELAYS) + 1)
    factories.flat(accounts["worker"])
    for _ in range(len(sending.DELAYS) + 1):
        tell()
        again_now()
    given_up = Message.objects.get().status

    queued = endpoints.replay(made[0])
    tell()

    assert (given_up, queued, Message.objects.get().status) == ("failed", 1, "delivered")
    assert len(set(there.ids)) == 1


def test_the_times_between_tries_grow_over_days(
    made: Made, there: Receiver, tell: Tell, accounts: dict[str, User]
) -> None:
    there.answers = [400] * 9
    factories.flat(accounts["worker"])

    waits = []
    for _ in range(9):
        tell()
        row = Message.objects.get()
        assert row.tried_at is not None
        waits.append(row.due_at - row.tried_at)
        again_now()

    assert waits == sorted(waits) == list(sending.DELAYS)
    assert sum(waits, timedelta()) > timedelta(days=3)


def test_an_address_that_is_away_rests_and_is_disabled_after_days(
    made: Made, there: Receiver, tell: Tell, accounts: dict[str, User]
) -> None:
    there.answers = [500, 500]
    factories.flat(accounts["worker"])
    factories.flat(accounts["worker"])
    tell()
    resting = (len(there.taken), sending.due())
    again_now()
    Endpoint.objects.update(failing_since=timezone.now() - sending.GIVEN_UP - timedelta(hours=1))

    tell()

    endpoint = Endpoint.objects.get()
    assert resting == (1, [])
    assert (endpoint.disabled_why, sending.due()) == ("failing", [])
    assert Note.objects.get(act="webhook.disabled").what["why"] == "failing"
    assert not Message.objects.exclude(status="waiting").exists()  # kept, for when it is enabled again


def test_an_address_that_is_gone_is_disabled_at_once(
    made: Made, there: Receiver, tell: Tell, accounts: dict[str, User], security: User
) -> None:
    there.answers = [410]
    factories.flat(accounts["worker"])
    tell()
    gone = Endpoint.objects.get().disabled_why

    endpoints.enable(made[0], by=security)
    again_now()

    assert (gone, tell()) == ("gone", 1)


def test_nothing_is_told_of_an_account_that_is_closed(
    made: Made, there: Receiver, tell: Tell, accounts: dict[str, User]
) -> None:
    factories.flat(accounts["worker"])
    following.follow()
    User.objects.filter(pk=accounts["supervisor"].pk).update(is_active=False)

    assert (tell(), there.taken) == (0, [])
