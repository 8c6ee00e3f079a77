"""A connection that is tested ends in words, whatever the connector does; never in a page that fails or hangs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest

from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import Capabilities, Connector, Misconfigured, Outcome, Parcel, Setting, Unavailable
from gridapp.delivery import checking
from tests.delivery.conftest import PROFILE

SECRET = "a-secret-in-an-error"


class Tried(Connector):
    """Its check does what a test says; it opens and closes like any other."""

    profile = PROFILE
    capabilities = Capabilities()
    settings = (Setting("password", "口令", "Password", secret=True),)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        raise AssertionError("a check sends nothing")


class Well(Tried):
    async def check(self) -> None:
        return None


class Hanging(Tried):
    async def check(self) -> None:
        await asyncio.Event().wait()


class Refused(Tried):
    async def check(self) -> None:
        raise Misconfigured("1001", "账号已停用")


class Unreached(Tried):
    async def check(self) -> None:
        raise Unavailable("拒绝连接", maybe_sent=False, reached=False)


class Resting(Tried):
    async def check(self) -> None:
        raise Unavailable("系统维护", maybe_sent=False)


class Broken(Tried):
    async def check(self) -> None:
        raise KeyError(SECRET)


class Shut(Tried):
    def __init__(self, settings: Any) -> None:
        raise ValueError(f"no address: {SECRET}")


def found(connector: type[Connector] | None) -> checking.Checked:
    row = Target(key="TEST", connector="scripted", zh="测试系统", en="Test system")
    row.seal_settings({"password": SECRET})
    return checking.check(Configured(row, PROFILE, connector))


@pytest.mark.parametrize(
    ("connector", "code", "said"),
    [
        (None, "not_connected", ""),
        (Well, "well", ""),
        (Tried, "cannot", ""),
        (Refused, "misconfigured", "账号已停用"),
        (Unreached, "unreached", "拒绝连接"),
        (Resting, "unavailable", "系统维护"),
        (Broken, "broken", "KeyError"),
        (Shut, "settings", ""),
    ],
)
def test_what_a_check_says(
    connector: type[Connector] | None, code: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    came = found(connector)

    assert (came.code, came.said, came.well) == (code, said, code == "well")
    assert came.words
    assert SECRET not in caplog.text


def test_nobody_waits_longer_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "LONGEST", 0.05)

    assert found(Hanging).code == "late"


def test_settings_sealed_with_a_lost_key_are_said() -> None:
    row = Target(key="TEST", connector="scripted", zh="测试系统", en="Test system", sealed_settings=b"lost" * 20)

    assert checking.check(Configured(row, PROFILE, Well)).code == "settings"
