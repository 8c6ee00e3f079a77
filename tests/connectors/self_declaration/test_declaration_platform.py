"""The connector against the running platform: what only shows between them."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.self_declaration.sandbox import DeclarationPlatform
from gridapp.contract import (
    AlreadyThere,
    Conflict,
    Delivered,
    Manual,
    Misconfigured,
    NeedsFirst,
    Rejected,
    Submitted,
    Unavailable,
    Unknown,
)
from tests.conftest import Until
from tests.connectors.self_declaration.platform_of import ask, decided, number, send, tenant, track

OTHER_ROOM = "9901010010010000012000302"


def resident(platform: DeclarationPlatform, person: int) -> dict[str, Any] | None:
    return platform.store.get("residents", f"SFZ-{number(person)}")


# --- Nothing happens ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"sign_key": "no hex"},
        {"sign_key": "0" * 64},
        {"field_key": "no hex"},
        {"field_key": "00"},
        {"app_key": "another"},
        {"field_key": "0" * 32},
    ],
    ids=["no key", "zero", "no key of fields", "a short one", "another application", "another key of fields"],
)
def test_wrong_keys_are_the_operators(platform: DeclarationPlatform, changed: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        send(platform, tenant(1), **changed)

    assert platform.store.dump() == {}


@pytest.mark.parametrize("key", ["", "no hex", "04" + "0" * 128])
def test_a_platform_key_that_is_none_is_found_by_checking(platform: DeclarationPlatform, key: str) -> None:
    with pytest.raises(Misconfigured, match="SM2"):
        ask(platform, lambda connector: connector.check(), platform_key=key)


def test_nothing_is_decided_while_nobody_decides(platform: DeclarationPlatform) -> None:
    platform.decides_after = 3600.0

    (came,) = send(platform, tenant(1))

    assert isinstance(came, Submitted)
    assert track(platform, came.ticket) == [None]
    assert resident(platform, 1) is None


# --- Moving in ---------------------------------------------------------------------------------------------------


def test_a_tenant_is_registered_once_landlord_and_station_have_decided(
    platform: DeclarationPlatform, until: Until
) -> None:
    came = decided(platform, until, tenant(1))

    assert isinstance(came, Delivered)
    assert came.gives == {"ZZSB.declareNo": came.reference}
    held = resident(platform, 1) or {}
    assert (held["residentName"], held["gender"], held["birthday"], held["nation"], held["mobile"]) == (
        "张伟",
        1,
        "1990-01-01",
        "汉族",
        "13912340001",
    )
    assert (held["idNo"], held["declareNo"], held["status"]) == (number(1), came.reference, "PASSED")


def test_the_same_key_twice_is_one_declaration(platform: DeclarationPlatform, until: Until) -> None:
    first = decided(platform, until, tenant(1))

    assert send(platform, tenant(1)) == [first]
    assert len(platform.store.table("declarations")) == 1


def test_what_is_sent_again_after_a_day_takes_the_place_of_what_was(
    platform: DeclarationPlatform, until: Until
) -> None:
    first = decided(platform, until, tenant(1))
    asked = platform.store.get("requests", f"{1:032x}") or {}
    platform.store.put("requests", f"{1:032x}", {**asked, "at": asked["at"] - 24 * 3600 - 1})

    again = decided(platform, until, tenant(1))

    assert isinstance(first, Delivered)
    assert isinstance(again, Delivered)
    assert again.reference != first.reference
    assert (platform.store.get("declarations", first.reference) or {})["status"] == "ENDED"
    assert list(platform.store.table("residents")) == [f"SFZ-{number(1)}"]


def test_a_change_takes_the_place_of_what_was(platform: DeclarationPlatform, until: Until) -> None:
    decided(platform, until, tenant(1))

    decided(platform, until, tenant(1, "new_phone", key=2))

    assert (resident(platform, 1) or {})["mobile"] == "13912349999"
    assert len(platform.store.table("residents")) == 1


def test_a_landlord_who_was_first_is_no_error(platform: DeclarationPlatform, until: Until) -> None:
    """B3, for a change as well: what he declared is his."""
    platform.faults.set("duplicate", times=1)

    first, again = send(platform, tenant(1)), send(platform, tenant(1, "new_phone", key=2))

    assert isinstance(first[0], AlreadyThere)
    assert first[0].code == "40031"
    assert first[0].gives == {"ZZSB.declareNo": first[0].reference}
    assert again == first
    assert (resident(platform, 1) or {})["source"] == "OWNER"


def test_a_landlord_who_knows_nobody_of_that_name_sends_us_there_again(
    platform: DeclarationPlatform, until: Until
) -> None:
    platform.faults.script(number(1), "50001", times=1)

    came = decided(platform, until, tenant(1))

    assert came == Rejected("50001", "退回:业主反馈无此人居住")
    assert resident(platform, 1) is None
    assert isinstance(decided(platform, until, tenant(1)), Delivered)  # he does live there: the same again


def test_a_room_nobody_has_coded_waits(platform: DeclarationPlatform) -> None:
    (came,) = send(platform, tenant(1, housing__housing_code="9" * 12 + "0" * 13))

    assert came == NeedsFirst("FWBM", "40010", "houseCode不存在")


def test_a_foreign_number_is_the_residents_to_mend(platform: DeclarationPlatform) -> None:
    (came,) = send(platform, tenant(1, phone="+85291234567"))

    assert came == Rejected("40021", "手机号格式错误", ("phone",))


# --- Moving out --------------------------------------------------------------------------------------------------


def test_who_moves_out_is_gone_at_once(platform: DeclarationPlatform, until: Until) -> None:
    decided(platform, until, tenant(1))

    (came,) = send(platform, tenant(1, "moved_out", key=2))

    assert isinstance(came, Delivered)
    assert resident(platform, 1) is None
    assert (platform.store.get("declarations", came.reference) or {})["leaveReason"] == "LEAVE_CITY"


def test_another_room_is_a_conflict_until_the_first_is_left(platform: DeclarationPlatform, until: Until) -> None:
    decided(platform, until, tenant(1))
    elsewhere = tenant(1, key=3, housing__housing_code=OTHER_ROOM)

    assert send(platform, elsewhere) == [Conflict("40032", "该人员存在未搬离记录")]

    send(platform, tenant(1, "moved_out", key=2))
    assert isinstance(decided(platform, until, elsewhere), Delivered)


def test_a_move_out_ends_what_nobody_has_decided_yet(platform: DeclarationPlatform) -> None:
    platform.decides_after = 3600.0
    (first,) = send(platform, tenant(1))
    assert isinstance(first, Submitted)

    send(platform, tenant(1, "moved_out", key=2))

    assert isinstance(track(platform, first.ticket)[0], Unknown)
    assert platform.store.table("waiting") == {}


def test_moving_out_and_in_may_travel_together(platform: DeclarationPlatform, until: Until) -> None:
    decided(platform, until, tenant(1))

    out, into = send(platform, tenant(1, "moved_out", key=2), tenant(1, key=3, housing__housing_code=OTHER_ROOM))

    assert isinstance(out, Delivered)
    assert isinstance(into, Submitted)


# --- Batches -----------------------------------------------------------------------------------------------------


def test_each_of_fifty_has_an_answer_of_its_own(platform: DeclarationPlatform) -> None:
    crowd = [tenant(person) for person in range(50)]
    for person, code in ((3, "40010"), (17, "40021"), (20, "40031"), (21, "40032"), (48, "40051")):
        platform.faults.script(number(person), code)

    came = send(platform, *crowd)

    assert len(platform.ledger) == 50
    found = {place: type(one) for place, one in enumerate(came) if not isinstance(one, Submitted)}
    assert found == {3: NeedsFirst, 17: Rejected, 20: AlreadyThere, 21: Conflict, 48: Manual}
    assert len({one.ticket for one in came if isinstance(one, Submitted)}) == 45


def test_a_name_they_cannot_say_stays_behind_alone(platform: DeclarationPlatform) -> None:
    came = send(platform, tenant(1), tenant(2, name="阿" * 21), tenant(3))

    assert [type(one) for one in came] == [Submitted, Manual, Submitted]


def test_what_half_an_answer_does_not_speak_of_is_in_doubt(platform: DeclarationPlatform) -> None:
    platform.faults.set("half")

    came = send(platform, *[tenant(person) for person in range(4)])

    assert [type(one) for one in came] == [Submitted, Submitted, Unknown, Unknown]


def test_too_many_calls_wait_as_long_as_they_say(platform: DeclarationPlatform) -> None:
    platform.per_day = 1

    with pytest.raises(Unavailable) as late:
        send(platform, tenant(1), tenant(2))

    assert not late.value.maybe_sent
    assert late.value.retry_after is not None
    assert 0 < late.value.retry_after <= 86_400
    assert platform.store.dump() == {}
