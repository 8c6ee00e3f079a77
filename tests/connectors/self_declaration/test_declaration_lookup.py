"""What the platform holds, asked by our own key: after a lost answer, and every night."""

from __future__ import annotations

import pytest

from connectors.self_declaration.sandbox import DeclarationPlatform
from gridapp.contract import (
    Action,
    Delivered,
    Differs,
    NotYet,
    Submitted,
    Unavailable,
    Unknown,
)
from tests.conftest import Until
from tests.connectors.self_declaration.platform_of import decided, read_back, send, tenant, track


def test_a_lost_answer_is_looked_up_by_our_own_key(platform: DeclarationPlatform, until: Until) -> None:
    platform.faults.set("answer_lost", times=1)
    with pytest.raises(Unavailable):
        send(platform, tenant(1))

    assert until(lambda: [type(one) for one in read_back(platform, tenant(1), tenant(2))] == [Delivered, NotYet])


def test_what_is_not_decided_yet_is_looked_up_as_submitted(platform: DeclarationPlatform) -> None:
    platform.decides_after = 3600.0

    sent = send(platform, tenant(1))

    assert read_back(platform, tenant(1)) == sent


def test_a_yes_that_kept_nothing_is_found_out(platform: DeclarationPlatform) -> None:
    platform.faults.set("lose", times=1)

    (came,) = send(platform, tenant(1))

    assert isinstance(came, Submitted)
    assert isinstance(track(platform, came.ticket)[0], Unknown)
    assert isinstance(read_back(platform, tenant(1))[0], NotYet)


def test_what_somebody_has_changed_there_is_named_and_put_right(platform: DeclarationPlatform, until: Until) -> None:
    came = decided(platform, until, tenant(1))
    assert isinstance(came, Delivered)
    record = platform.store.get("declarations", came.reference) or {}
    platform.store.put("declarations", came.reference, {**record, "mobile": "13900000000", "stayReason": "STUDY"})

    assert read_back(platform, tenant(1)) == [Differs(came.reference, ("phone", "inflow_reason"))]

    again = decided(platform, until, tenant(1))  # under the same key, within the day
    assert read_back(platform, tenant(1)) == [again]


def test_whom_somebody_else_has_moved_out_is_declared_again(platform: DeclarationPlatform, until: Until) -> None:
    came = decided(platform, until, tenant(1))
    assert isinstance(came, Delivered)
    send(platform, tenant(1, "moved_out", key=9))

    assert read_back(platform, tenant(1)) == [Differs(came.reference)]
    assert isinstance(decided(platform, until, tenant(1)), Delivered)


def test_the_landlords_own_declaration_is_not_compared(platform: DeclarationPlatform) -> None:
    platform.faults.set("duplicate", times=1)
    sent = send(platform, tenant(1))
    later = send(platform, tenant(1, "new_phone", key=2))

    assert read_back(platform, tenant(1), tenant(1, "new_phone", key=2)) == [*sent, *later]


def test_a_move_out_is_looked_up_too(platform: DeclarationPlatform) -> None:
    leaving = tenant(1, "moved_out")

    sent = send(platform, leaving)

    assert leaving.action is Action.CLOSE
    assert read_back(platform, leaving) == sent


def test_what_cannot_be_decrypted_cannot_be_compared(platform: DeclarationPlatform, until: Until) -> None:
    decided(platform, until, tenant(1))

    assert read_back(platform, tenant(1), field_key="0" * 32) == [Unknown("对方所存内容无法比对")]
