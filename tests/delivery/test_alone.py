"""A record that killed its workers, in a real child: with a limit that hungry code meets and a browser does not.

The child finds its connector as any third party's is found: by an entry point, here of a folder on its path.
"""

from __future__ import annotations

import os
import textwrap
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from gridapp.catalogue import targets
from gridapp.delivery import alone, wake
from gridapp.delivery.claim import POISON
from gridapp.delivery.models import Attempt, Delivery, Lane, Status

from .receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Delivery]

CONNECTOR = """
import ctypes
import os
import signal
from connectors.transport.browser import Browser
from gridapp.contract import Action, Capabilities, Connector, Delivered, Kind, Layout, Profile, Row, Setting

PROFILE = Profile(
    key="TEST", slug="scripted", zh="测试系统", en="Test system", owner="测试", basis="测试",
    layouts={Kind.RESIDENT: Layout(rows=(Row("name", "XM"), Row("phone", "DH")), actions=frozenset(Action))},
)


class Odd(Connector):
    profile = PROFILE
    capabilities = Capabilities(batch=10, resend_safe=True, deadline=60)
    settings = (Setting("does", "", ""), Setting("url", "", "", required=False))

    async def send(self, parcels):
        return [await getattr(self, self.setting["does"])() for _ in parcels]

    async def eats(self):
        return Delivered(str(len([0] * (2 << 27))))  # two gigabytes

    async def dies(self):
        ctypes.string_at(0)

    async def works(self):
        return Delivered(str(os.getpid()))

    async def told_to_end(self):
        signal.raise_signal(signal.SIGTERM)
        return await self.works()

    async def works_once(self):
        Odd.works_once = Odd.dies
        return await self.works()

    async def looks(self):
        async with Browser(self.setting["url"], deadline=20) as browser:
            visit = await browser.visit()
            await visit.open()
            return Delivered(await visit.frame().title())
"""


@pytest.fixture
def poisoned(
    make_delivery: Make, scripted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Delivery]:
    """`poisoned("eats")`: a delivery that killed three workers, and what the connector does with it in the child."""
    (tmp_path / "odd_connector.py").write_text(textwrap.dedent(CONNECTOR))
    known = tmp_path / "odd_connector-1.dist-info"
    known.mkdir()
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-connector\nVersion: 1\n")
    (known / "entry_points.txt").write_text("[gridapp.connectors]\nscripted = odd_connector:Odd\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "gridapp.settings")
    monkeypatch.setenv("DATABASE_NAME", str(connection.settings_dict["NAME"]))
    monkeypatch.setattr(scripted, "capabilities", replace(scripted.capabilities, deadline=60))

    def make(does: str, **more: str) -> Delivery:
        scripted.target.seal_settings({"does": does, **more})
        scripted.target.save(update_fields=["sealed_settings"])
        return make_delivery(crashes=POISON, maybe_sent=True)

    return make


def serve(target_id: int, *, most: int = 100) -> int:
    """As the lane does when nothing else is due."""
    token, one = uuid.uuid4(), targets.targets()[0]
    assert one.connector is not None
    Lane.objects.update_or_create(target_id=target_id, defaults={"token": token})
    return alone.serve(one, one.connector({}), token=token, most=most, rest=0)


def standing(*, of: int) -> dict[int, str]:
    return dict(Delivery.objects.filter(target_id=of).order_by("pk").values_list("pk", "status"))


def test_where_nothing_killed_a_worker_nothing_is_tried_alone(scripted: Any, make_delivery: Make) -> None:
    make_delivery()

    assert serve(scripted.target.pk) == 0


@pytest.mark.parametrize(("does", "code"), [("eats", "connector"), ("dies", "poison")])
def test_a_record_that_eats_or_kills_its_process_is_parked_and_nothing_else_is_touched(
    poisoned: Callable[..., Delivery], make_delivery: Make, does: str, code: str
) -> None:
    row, other = poisoned(does), make_delivery()

    served = serve(row.target_id)

    row.refresh_from_db()
    other.refresh_from_db()
    assert (served, row.status, row.reason_code, row.maybe_sent) == (1, Status.FAILED, code, True)
    assert list(Attempt.objects.values_list("delivery", "outcome")) == [(row.pk, "broken")]
    assert other.status == Status.WAITING


def test_one_child_takes_up_one_after_the_other(poisoned: Callable[..., Delivery]) -> None:
    rows = [poisoned("works") for _ in range(4)]

    assert serve(rows[0].target_id, most=3) == 3

    told = list(Delivery.objects.order_by("pk").values_list("status", "reference", "maybe_sent"))
    assert [status for status, _, _ in told] == [Status.DELIVERED] * 3 + [Status.WAITING]
    assert len({reference for _, reference, _ in told[:3]}) == 1, "each had a process of its own"
    assert all(reference != str(os.getpid()) for _, reference, _ in told)


def test_the_one_that_kills_the_child_is_parked_and_those_before_and_after_it_arrive(
    poisoned: Callable[..., Delivery],
) -> None:
    rows = [poisoned("works_once") for _ in range(3)]
    target, (first, second, third) = rows[0].target_id, [row.pk for row in rows]

    assert serve(target) == 2
    assert standing(of=target) == {first: Status.DELIVERED, second: Status.FAILED, third: Status.WAITING}

    assert serve(target) == 1
    assert standing(of=target) == {first: Status.DELIVERED, second: Status.FAILED, third: Status.DELIVERED}


def test_what_goes_wrong_while_it_is_parked_is_not_hushed_up(
    poisoned: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = poisoned("dies")

    def broken(*_: Any, **__: Any) -> int:
        raise KeyError("source")

    monkeypatch.setattr(alone, "settle", broken)

    with pytest.raises(KeyError):
        serve(row.target_id)


def test_a_worker_that_is_asked_to_end_gives_back_what_its_child_has_not_begun(
    poisoned: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = poisoned("works")
    monkeypatch.setattr(wake, "stopping", lambda: True)
    monkeypatch.setattr(alone, "_LOOK", 0.01)

    serve(row.target_id)

    row.refresh_from_db()
    assert (row.status, row.attempts, row.crashes, row.reason_code) == (Status.WAITING, 0, POISON, "")
    assert not Attempt.objects.exists()


def test_a_child_that_is_asked_to_end_finishes_the_record_in_its_hands(poisoned: Callable[..., Delivery]) -> None:
    rows = [poisoned("told_to_end") for _ in range(2)]

    assert serve(rows[0].target_id) == 1

    assert standing(of=rows[0].target_id) == {rows[0].pk: Status.DELIVERED, rows[1].pk: Status.WAITING}


def test_what_needs_a_browser_is_sent_alone_too(
    poisoned: Callable[..., Delivery], receiver: Receiver, browser_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", browser_path)
    monkeypatch.setenv("BROWSER_SANDBOX", "0")
    row = poisoned("looks", url=receiver.url)

    serve(row.target_id)

    row.refresh_from_db()
    assert (row.status, row.reason, row.reference) == (Status.DELIVERED, "", "入口")
