"""Who may be told, where, and how it is known that it was us: secrets, addresses, senders, rows."""

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
from gridapp.delivery import alarms
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm
from gridapp.webhooks import endpoints, following, sending
from gridapp.webhooks.models import Endpoint, Event, Message
from tests import factories
from tests.webhooks.conftest import Tell
from tests.webhooks.receiving import Receiver

pytestmark = pytest.mark.django_db
Made = tuple[Endpoint, str]


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


def test_an_address_that_was_switched_off_by_itself_is_an_alarm_until_it_is_on_again(
    made: Made, security: User
) -> None:
    endpoint = made[0]
    endpoints.disable(endpoint, Endpoint.Why.BY_HAND, by=security)
    endpoints.tell_of_disabled()
    by_hand = alarms.open_alarms()
    endpoints.enable(endpoint, by=security)
    endpoints.disable(endpoint, Endpoint.Why.FAILING)
    endpoints.tell_of_disabled()
    by_itself = [(one.kind, alarms.words(one)) for one in alarms.open_alarms()]
    endpoints.enable(endpoint, by=security)
    endpoints.tell_of_disabled()

    assert by_hand == []
    assert by_itself == [("webhook", "1 件")]
    assert alarms.open_alarms() == []


def test_long_ago_it_is_none_any_more(made: Made) -> None:
    endpoints.disable(made[0], Endpoint.Why.GONE)
    Endpoint.objects.update(disabled_at=timezone.now() - endpoints.SAID - timedelta(minutes=1))

    endpoints.tell_of_disabled()

    assert alarms.open_alarms() == []
