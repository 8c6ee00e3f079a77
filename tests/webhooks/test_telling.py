"""What happens is told to who wants to know it and may: signed, thin, in order, again until it arrives."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from gridapp import egress
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


def test_for_a_day_both_secrets_sign_and_then_the_new_one_alone(
    made: Made, there: Receiver, tell: Tell, security: User
) -> None:
    newer = endpoints.rotate(made[0], by=security)
    endpoints.test(made[0])
    tell()
    both = [there.verified(secret)[0]["type"] for secret in (made[1], newer)]
    Endpoint.objects.update(former_until=timezone.now() - timedelta(seconds=1))
    there.taken.clear()

    endpoints.test(made[0])
    tell()

    assert both == ["webhook.test", "webhook.test"]
    assert there.verified(newer)
    with pytest.raises(WebhookVerificationError):
        there.verified(made[1])


@pytest.mark.parametrize(
    "touch",
    [
        lambda headers, body: (headers, body.replace(b"webhook.test", b"webhook.tost")),
        lambda headers, body: (headers | {"webhook-id": "msg_1x"}, body),
        lambda headers, body: (headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}, body),
        lambda headers, body: (headers | {"webhook-signature": "v1,AAAA"}, body),
    ],
    ids=["the body", "the id", "the time", "the signature"],
)
def test_what_was_touched_on_the_way_does_not_verify(
    touch: Callable[..., Any], made: Made, there: Receiver, tell: Tell
) -> None:
    endpoints.test(made[0])
    tell()

    headers, body = touch(*there.taken[0])

    with pytest.raises(WebhookVerificationError):
        Webhook(made[1]).verify(body, headers)


def test_two_senders_do_not_send_to_one_address_at_once(made: Made, there: Receiver) -> None:
    endpoints.test(made[0])
    Endpoint.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    held = sending.serve(made[0].pk)
    Endpoint.objects.update(lease_until=timezone.now() - timedelta(seconds=1))  # it died

    assert (held, sending.serve(made[0].pk)) == (0, 1)


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "https://", "//a.example/",
        "https://user:pass@a.example/", "https://a.example/#x", "https://169.254.169.254/latest/meta-data/",
        "https://[fe80::1]/", "https://[::ffff:169.254.169.254]/", "http://0.0.0.0/", "http://2852039166/",
        "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "https://a.example/ x", "https://a.example/é",
        "https://a.example:99999/", "https://100.100.100.200/", "https://[64:ff9b::a9fe:a9fe]/", "https://a\\b.example/",
    ],
)  # fmt: skip
def test_an_address_that_no_system_has_is_refused(url: str, accounts: dict[str, User], security: User) -> None:
    with pytest.raises(endpoints.Unfit):
        endpoints.make("x", url, ["record.closed"], user=accounts["supervisor"], by=security)

    assert not Endpoint.objects.exists()


def test_in_production_an_address_has_https_and_stands_on_the_list(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEVELOPMENT = False
    monkeypatch.setenv("EGRESS_ALLOW", "hooks.example:443")
    refused = {}

    for url in ("http://hooks.example/", "https://other.example/", "https://hooks.example:8443/", "https://127.0.0.1/"):
        with pytest.raises(endpoints.Unfit) as unfit:
            endpoints.check(url)
        refused[url] = str(unfit.value)
    endpoints.check("https://hooks.example/in")

    assert list(refused.values()) == ["https", "egress", "egress", "egress"]


def test_a_name_that_leads_elsewhere_meanwhile_is_not_connected_to(
    made: Made, there: Receiver, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    Endpoint.objects.update(url=there.url.replace("127.0.0.1", "rebound.example"))

    async def answers(host: str, port: int) -> list[str]:
        return egress._judged(host, port, ["169.254.169.254"])

    monkeypatch.setattr(egress, "addresses", answers)
    endpoints.test(made[0])

    tell()

    assert (Message.objects.get().error, there.taken) == ("egress", [])


def test_an_answer_that_does_not_come_is_not_waited_for(
    made: Made, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        Endpoint.objects.update(url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        endpoints.test(made[0])

        tell()

    assert Message.objects.get().error == "timeout"


def test_the_secret_is_sealed_and_its_row_says_nothing(made: Made) -> None:
    row = Endpoint.objects.get()

    kept = b"".join(bytes(getattr(row, name)) for name in ("sealed_secret", "sealed_former"))
    assert made[1].encode() not in kept
    assert made[1] not in str(Note.objects.get(act="webhook.made").what)
    assert endpoints.secrets_of(row) == [made[1]]


def test_who_enters_does_not_know_who_is_told(made: Made, accounts: dict[str, User]) -> None:
    flat = factories.flat(accounts["worker"])

    def statements() -> int:
        form = EntryForm.parse(factories.resident_body(flat))
        with CaptureQueriesContext(connection) as asked:
            submit(form, by=accounts["worker"])
        return len(asked)

    statements()
    told = statements()
    Endpoint.objects.all().delete()

    assert statements() == told


def test_what_is_long_over_is_thrown_away(made: Made, tell: Tell) -> None:
    endpoints.test(made[0])
    tell()
    Event.objects.update(at=timezone.now() - following.KEPT - timedelta(days=1))

    assert following.tidy() > 0
    assert (Event.objects.count(), Message.objects.count()) == (0, 0)
