"""Where departments call us: who is let in, what is answered, and what a flood costs."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.api import flood
from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import Call, Capabilities, Connector, Forged, Notice, Profile, Setting, Signed
from gridapp.delivery.models import Callback

pytestmark = pytest.mark.django_db
PROFILE = Profile(key="CALLS", slug="calls", zh="测试", en="Test", owner="测试", basis="测试", layouts={})


class Calling(Connector):
    """A target that signs event, time and body with a key of its own."""

    profile = PROFILE
    capabilities = Capabilities(calls_back=True)
    settings: ClassVar[tuple[Setting, ...]] = (Setting("secret", "密钥", "Secret", secret=True),)

    async def send(self, parcels: Any) -> Any:
        return []

    def verify(self, call: Call) -> Signed:
        at, event = call.headers.get("x-time", ""), call.headers.get("x-event", "")
        if not hmac.compare_digest(call.headers.get("x-sign", ""), sign(self.setting["secret"], at, event, call.body)):
            raise Forged("signature")
        return Signed(datetime.fromtimestamp(int(at), UTC), event)

    def notices(self, body: bytes) -> list[Notice]:
        return [Notice(ticket, None) for ticket in json.loads(body)]


def sign(secret: str, at: str, event: str, body: bytes) -> str:
    return hmac.new(secret.encode(), b".".join([at.encode(), event.encode(), body]), hashlib.sha256).hexdigest()


@pytest.fixture(autouse=True)
def target(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Target]:
    row = Target.objects.create(key="CALLS", connector="calls", zh="测试", en="Test", enabled=True)
    row.seal_settings({"secret": "k1"})
    row.save()
    deaf = Target.objects.create(key="DEAF", connector="deaf", zh="测试", en="Test", enabled=True)
    silent = type("Silent", (Calling,), {"capabilities": Capabilities()})
    known = [Configured(row, PROFILE, Calling), Configured(deaf, PROFILE, silent)]
    monkeypatch.setattr(configured_targets, "targets", lambda: known)
    flood._limits.storage.reset()
    yield row
    flood._limits.storage.reset()


def call(
    body: bytes = b'["T1"]',
    *,
    key: str = "CALLS",
    secret: str = "k1",  # noqa: S107 - a made-up one
    event: str = "E1",
    late: timedelta = timedelta(0),
    **headers: Any,
) -> Any:
    at = str(int((timezone.now() - late).timestamp()))
    signed = {"X-Time": at, "X-Event": event, "X-Sign": sign(secret, at, event, body), **headers}
    told = {name: value for name, value in signed.items() if value is not None}
    return Client(enforce_csrf_checks=True).post(
        f"/callbacks/{key}/", body, content_type="application/json", headers=told
    )


def test_a_signed_call_is_kept_and_answered_before_it_is_worked_on() -> None:
    answer = call()

    assert (answer.status_code, answer.json()) == (202, {"received": True})
    assert answer["Cache-Control"].startswith("max-age=0")
    kept = Callback.objects.get()
    assert (kept.event, kept.came_of_it) == ("E1", "")
    assert kept.due_at is not None


def test_a_call_that_comes_again_is_answered_as_before_and_kept_once() -> None:
    assert [call().status_code for _ in range(3)] == [202, 202, 202]

    assert Callback.objects.count() == 1


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "k2"},
        {"X-Sign": ""},
        {"X-Sign": None},
        {"X-Sign": "Ω"},
        {"X-Time": "0"},
        {"X-Event": "E2"},
        {"late": timedelta(minutes=6)},
        {"late": timedelta(minutes=-6)},
    ],
    ids=["other key", "empty", "missing", "no ASCII", "other time", "other event", "stale", "of tomorrow"],
)
def test_a_call_that_is_not_theirs_or_not_of_now_changes_nothing(how: dict[str, Any]) -> None:
    answer = call(**how)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["code"] == "bad_signature"
    assert not Callback.objects.exists()


def test_a_body_altered_on_the_way_is_refused() -> None:
    at = str(int(timezone.now().timestamp()))
    signed = {"X-Time": at, "X-Event": "E1", "X-Sign": sign("k1", at, "E1", b'["T1"]')}

    answer = Client().post("/callbacks/CALLS/", b'["T1"] ', content_type="application/json", headers=signed)

    assert answer.status_code == 401


@pytest.mark.parametrize("key", ["NONE", "DEAF"])
def test_there_is_no_address_for_targets_that_do_not_call(key: str) -> None:
    assert call(key=key).status_code == 404


def test_a_switched_off_target_is_not_heard(target: Target) -> None:
    target.enabled = False

    assert call().status_code == 404


def test_a_call_is_a_post_and_not_too_large() -> None:
    assert Client().get("/callbacks/CALLS/").status_code == 405
    assert call(b"x" * (256 * 1024 + 1)).status_code == 413


def behind_the_guard(seen: list[str]) -> Any:
    """What answers `path` from `address`: the status, "200 OK" where the application was reached."""

    def application(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return []

    guarded = flood.guarded(application)

    def ask(path: str, address: str = "10.0.0.1") -> str:
        said: list[str] = []
        environ = {"PATH_INFO": path, "REMOTE_ADDR": address, "wsgi.input": io.BytesIO()}
        list(guarded(environ, lambda status, headers: said.append(status)))
        return said[0]

    return ask


def test_a_caller_whose_signatures_do_not_hold_is_not_checked_any_more_and_others_are() -> None:
    seen: list[str] = []
    ask = behind_the_guard(seen)
    for _ in range(flood.FORGED.amount):
        flood.forged({"PATH_INFO": "/callbacks/CALLS/", "REMOTE_ADDR": "10.0.0.1"})

    assert ask("/callbacks/CALLS/").startswith("429")
    assert ask("/callbacks/CALLS/", "10.0.0.2").startswith("200")
    assert ask("/callbacks/OTHER/").startswith("200")
    assert ask("/").startswith("200")


def test_a_flood_is_turned_away_before_it_reaches_the_application() -> None:
    seen: list[str] = []
    ask = behind_the_guard(seen)

    said = [ask("/callbacks/CALLS/", f"10.0.0.{number % 200}") for number in range(5000)]

    turned_away = sum(answer.startswith("429") for answer in said)
    assert turned_away >= 5000 - 2 * flood.CALLS.amount, "at most one full second on each side of the clock's tick"
    assert len(seen) == 5000 - turned_away
