"""A target that is not switched on yet, whose department really answers, and what is done to it by its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from connectors.plain_json.sandbox import PlainReceiver
from gridapp.catalogue.models import Target, TargetOfficer
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account

As = Callable[..., Client]
PAGE, ACT = "/review/targets/PLAIN/settings/", "/review/targets/PLAIN/settings/act/"
ENABLING, DECIDE = "/review/targets/PLAIN/enabling/", "/review/targets/PLAIN/enabling/decide/"
TOKEN = "a-token-that-nobody-may-read"


@pytest.fixture
def receiver() -> Iterator[PlainReceiver]:
    """The department, running."""
    running = PlainReceiver()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def plain(targets: None) -> Target:
    """The target, with settings as somebody filled them in."""
    row = Target(key="PLAIN", connector="plain_json", zh="试接系统", en="Trial system", position=98)
    row.seal_settings({"url": "http://127.0.0.1:9/records", "token": TOKEN, "success": "ok"})
    row.save()
    return row


@pytest.fixture
def named(plain: Target, people: dict[str, User]) -> User:
    """The officer, named for this target alone."""
    TargetOfficer.objects.create(target=plain, user=people["officer"], named_by=people["administrator"])
    return people["officer"]


@pytest.fixture
def second(areas: dict[str, Area]) -> Client:
    """Another administrator's browser."""
    user = create_account("second", name="测试第二人", role=Role.ADMINISTRATOR, staff_no="T2", areas=[areas["990101"]])
    client = Client()
    client.force_login(user)
    return client


def do(client: Client, act: str, **posted: Any) -> str:
    """What the page says after one of its forms."""
    return client.post(ACT, {"act": act, **posted}, follow=True).content.decode()


def decide(client: Client, act: str, **posted: Any) -> str:
    return client.post(DECIDE, {"act": act, **posted}, follow=True).content.decode()


def now(row: Target) -> Target:
    return Target.objects.get(pk=row.pk)
