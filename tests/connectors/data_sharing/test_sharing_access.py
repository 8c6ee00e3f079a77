"""Who we are to the sharing platform: account, appkey, secret, clock, and what the account may do."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import psycopg
import pytest

from connectors.data_sharing.connector import DataSharing
from connectors.data_sharing.sandbox import SharingPlatform
from gridapp.contract import Misconfigured, NotYet, Outcome, Unavailable
from tests.connectors.data_sharing.asking import ask, send, ticket
from tests.connectors.data_sharing.delta_rows import record


def check(platform: SharingPlatform, **settings: str) -> None:
    async def checking() -> None:
        async with DataSharing({**platform.settings(), **settings}) as connector:
            await connector.check()

    asyncio.run(checking())


def test_checking_finds_what_the_operator_has_to_mend(platform: SharingPlatform) -> None:
    check(platform)

    for wrong, code in (
        ({"appkey": "wrong"}, "1004"),
        ({"rid": "nobody"}, "1004"),
        ({"user": "nobody_knows"}, "login"),
        ({"sm4_key": "00" * 16}, "sm4_key"),
        ({"sm4_key": "short"}, "sm4_key"),
        ({"catalogue_housing": "30799010101/000009"}, "DQ-05"),
        ({"url": "ftp://x"}, "url"),
    ):
        with pytest.raises(Misconfigured) as refused:
            check(platform, **wrong)
        assert refused.value.code == code


def test_a_secret_of_yesterday_is_fetched_anew(platform: SharingPlatform) -> None:
    async def over_midnight() -> list[Outcome | None]:
        async with DataSharing(platform.settings()) as connector:
            before = await connector.track([f"{1:032x}.x"])
            platform.gateway.expire()
            return [*before, *await connector.track([f"{1:032x}.x"])]

    assert [type(one) for one in asyncio.run(over_midnight())] == [NotYet, NotYet]


def test_a_clock_that_is_off_is_for_the_operator(platform: SharingPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    # the connector's clock alone: the platform runs in this process and has the machine's
    monkeypatch.setattr("connectors.data_sharing.gateway.time", SimpleNamespace(time=lambda: 0.0))

    with pytest.raises(Misconfigured, match="1002"):
        ask(platform, "track", ["x"])


@pytest.mark.parametrize("fault", ["error_in_200", "error_5xx", "answer_lost"])
def test_services_that_do_not_answer_decide_nothing(platform: SharingPlatform, fault: str) -> None:
    platform.faults.set("window_closed")
    given = ticket(platform, record())
    platform.faults.set(fault)

    with pytest.raises(Unavailable):
        ask(platform, "track", [given])


def test_the_account_may_do_nothing_but_add_and_look(platform: SharingPlatform) -> None:
    settings = platform.settings()
    account = psycopg.connect(
        host=settings["host"], port=settings["port"], dbname=settings["database"], user=settings["user"],
        password=settings["password"], autocommit=True,
    )  # fmt: skip
    with account:
        for forbidden in (
            'UPDATE "T_GX_RK_DELTA" SET "XM" = \'x\'',
            'DELETE FROM "T_GX_RK_DELTA"',
            "CREATE TABLE mine (n int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                account.execute(forbidden)


def test_a_record_of_another_kind_uses_its_own_entry(platform: SharingPlatform) -> None:
    platform.faults.set("window_closed")
    send(platform, record(1), record(2, "shared_rental"))

    with psycopg.connect(platform.database.url) as connection:
        people = connection.execute('SELECT "ZYDM" FROM "T_GX_RK_DELTA"').fetchall()
        flats = connection.execute('SELECT "ZYDM" FROM "T_GX_FW_DELTA"').fetchall()
    assert (people, flats) == ([("30799010101/000001",)], [("30799010101/000002",)])
