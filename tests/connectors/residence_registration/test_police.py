"""The connector, the ferry and the police over real tables: what only shows between them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from connectors.residence_registration.connector import ResidenceRegistration
from connectors.residence_registration.mapping import PROFILE
from connectors.residence_registration.sandbox import PoliceRegister
from connectors.residence_registration.signature import sign
from gridapp.contract import (
    Conflict,
    Delivered,
    Misconfigured,
    NeedsFirst,
    NotApplicable,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Submitted,
)
from tests.conftest import Until
from tests.connectors.samples import sample

SAMPLES = Path(__file__).parent / "samples"
GRID = {"mapped.police_grid": "990101001001"}
OTHER_FLAT = "9901010010010000012000999"


def resident(number: int = 1, name: str = "floating_tenant", **changed: Any) -> Parcel:
    one = sample(SAMPLES, name, **changed)
    return replace(one, view=one.view | GRID).parcel(PROFILE, key=f"{number:032x}")


def send(police: PoliceRegister, *parcels: Parcel, **settings: str) -> list[Outcome]:
    async def sending() -> list[Outcome]:
        async with ResidenceRegistration({**police.settings(), **settings}) as connector:
            return list(await connector.send(parcels))

    return asyncio.run(sending())


def track(police: PoliceRegister, *numbers: int) -> Sequence[Outcome | None]:
    async def tracking() -> Sequence[Outcome | None]:
        async with ResidenceRegistration(police.settings()) as connector:
            return await connector.track([f"{number:032x}" for number in numbers])

    return asyncio.run(tracking())


def decided(police: PoliceRegister, until: Until, number: int = 1) -> Outcome:
    outcome: Outcome = until(lambda: track(police, number)[0])
    return outcome


def test_a_resident_is_registered_once_ferry_and_officer_have_been(police: PoliceRegister, until: Until) -> None:
    assert send(police, resident()) == [Submitted(f"{1:032x}")]

    came = decided(police, until)

    assert isinstance(came, Delivered)
    assert came.gives == {"JZDJ.RKBM": came.reference, "JZDJ.DJBH": came.gives["JZDJ.DJBH"]}
    (held,) = police.store.table("residents").values()
    assert (held["XM"], held["RKBM"]) == ("张伟", came.reference)


def test_nothing_is_decided_while_no_ferry_comes(police: PoliceRegister, until: Until) -> None:
    police.faults.set("window_closed")
    send(police, resident())

    assert track(police, 1) == [None]

    police.faults.clear()
    assert isinstance(decided(police, until), Delivered)


def test_the_same_key_twice_is_one_row_and_one_resident(police: PoliceRegister, until: Until) -> None:
    send(police, resident())
    first = decided(police, until)

    send(police, resident())

    assert decided(police, until) == first
    assert [line["key"] for line in police.ledger.lines()] == [f"{1:032x}"]


def test_what_an_earlier_run_left_is_not_remembered_once_it_was_thrown_away(
    police: PoliceRegister, until: Until
) -> None:
    send(police, resident())
    decided(police, until)
    with psycopg.connect(police.database.url, row_factory=dict_row, autocommit=True) as connection:
        remembering = threading.Thread(target=police.remember, args=[connection])
        with police._working:
            remembering.start()
            police.store.clear()
            police.database.empty()
        remembering.join()

    assert police.store.table("residents") == {}


def test_a_cancelled_resident_is_gone(police: PoliceRegister, until: Until) -> None:
    send(police, resident())
    registered = decided(police, until)
    assert isinstance(registered, Delivered)

    send(police, resident(2, "moved_out"))

    assert isinstance(decided(police, until, 2), Delivered)
    assert police.store.table("residents") == {}


def test_registered_at_another_address_is_a_conflict_and_a_change_is_a_move(
    police: PoliceRegister, until: Until
) -> None:
    send(police, resident())
    decided(police, until)

    send(police, resident(2, housing__housing_code=OTHER_FLAT))
    assert isinstance(decided(police, until, 2), Conflict)

    send(police, resident(3, "new_phone", housing__housing_code=OTHER_FLAT))
    assert isinstance(decided(police, until, 3), Delivered)


def test_a_code_they_do_not_know_is_waited_for_and_then_taken(police: PoliceRegister, until: Until) -> None:
    code = "9901010010010000012000301"
    police.store.put("retired", code, {})
    send(police, resident())
    assert isinstance(decided(police, until), NeedsFirst)

    police.store.remove("retired", code)
    send(police, resident())

    assert isinstance(decided(police, until), Delivered)


def test_a_local_at_home_is_not_theirs(police: PoliceRegister, until: Until) -> None:
    at_home = resident(hukou_division="990101", hukou_address="测试路8号测试花园12栋3层301")

    send(police, at_home)

    assert isinstance(decided(police, until), NotApplicable)


@pytest.mark.parametrize(("code", "field"), [("3002", "name"), ("3101", "inflow_reason"), ("3102", "phone")])
def test_a_corrected_record_passes_after_a_refusal(police: PoliceRegister, until: Until, code: str, field: str) -> None:
    police.faults.script("990101199202290010", code, times=1)
    send(police, resident())
    returned = decided(police, until)
    assert isinstance(returned, Rejected)
    assert returned.fields[0] == field

    send(police, resident(2))

    assert isinstance(decided(police, until, 2), Delivered)


def test_a_late_ferry_needs_nobody(police: PoliceRegister, until: Until) -> None:
    police.faults.script("990101199202290010", "9002", times=1)
    send(police, resident())

    assert until(lambda: isinstance(track(police, 1)[0], Delivered))


def test_a_row_they_have_lost_is_put_there_again(police: PoliceRegister, until: Until) -> None:
    assert isinstance(track(police, 77)[0], NotYet)

    send(police, resident(77))

    assert isinstance(decided(police, until, 77), Delivered)


def test_a_wrong_secret_stops_the_lane_at_the_second_try_and_a_right_one_mends_it(
    police: PoliceRegister, until: Until
) -> None:
    send(police, resident(), sign_secret="wrong")
    refused = decided(police, until)
    assert isinstance(refused, NotYet)
    assert refused.code == "9001"

    with pytest.raises(Misconfigured, match="9001"):
        send(police, resident(), sign_secret="wrong")
    send(police, resident())

    assert isinstance(decided(police, until), Delivered)


def test_one_bad_row_does_not_stop_five_hundred(police: PoliceRegister) -> None:
    police.faults.set("window_closed")
    crowd = [resident(number) for number in range(1, 501)]
    crowd[250] = resident(251, ethnicity="77")

    outcomes = send(police, *crowd)

    assert outcomes[250] == Rejected("23514", "不符合前置表的取值规定", ("ethnicity",))
    assert [type(one) for one in outcomes].count(Submitted) == 499


def test_what_may_have_arrived_can_be_looked_up(police: PoliceRegister) -> None:
    police.faults.set("window_closed")
    send(police, resident(1))

    async def reading() -> Sequence[Outcome]:
        async with ResidenceRegistration(police.settings()) as connector:
            return await connector.read_back([resident(1), resident(2)])

    there, absent = asyncio.run(reading())

    assert there == Submitted(f"{1:032x}")
    assert isinstance(absent, NotYet)


def test_the_account_may_do_nothing_but_put_and_look(police: PoliceRegister) -> None:
    settings = police.settings()
    account = psycopg.connect(
        host=settings["host"], port=settings["port"], dbname=settings["database"], user=settings["user"],
        password=settings["password"], autocommit=True,
    )  # fmt: skip
    with account:
        for forbidden in (
            'UPDATE "T_JH_JZDJ_UP" SET "XM" = \'x\'',
            'DELETE FROM "T_JH_JZDJ_UP"',
            'INSERT INTO "T_JH_JZDJ_DOWN" ("DSBM", "CLZT", "CLSJ") VALUES (\'x\', \'2\', now())',
            'SELECT * FROM "CS"',
            "CREATE TABLE mine (n int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                account.execute(forbidden)


def test_the_register_survives_a_restart(police: PoliceRegister, until: Until) -> None:
    send(police, resident())
    decided(police, until)
    police.store.clear()

    police.stop()
    police.start()

    assert until(lambda: police.store.table("residents"))


def test_the_signature_is_sm3_over_gbk() -> None:
    row = {"DSBM": "0" * 32, "CZLX": "A", "CYZJDM": "111", "GMSFHM": "990101199202290010", "ZJHM": None, "XM": "张伟"}

    assert sign(row, "密钥") == "0B757C77B1AB20E53457E665D4584090E7673779BCA5FA7F5D1B7023338E1193"
