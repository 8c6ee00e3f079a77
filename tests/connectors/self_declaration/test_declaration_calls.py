"""How the platform calls us, and how we know that it was the platform."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from connectors.self_declaration.connector import SelfDeclaration
from connectors.self_declaration.sandbox import DeclarationPlatform
from connectors.self_declaration.signature import signed
from connectors.transport.guomi import Sm2Key, new_sm2_pair
from gridapp.contract import Call, Delivered, Forged, Notice, Rejected, Submitted
from tests.conftest import Until
from tests.connectors.self_declaration.conftest import Ear
from tests.connectors.self_declaration.platform_of import number, send, tenant, track

Change = Callable[[Call], Call]
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


def connector(platform: DeclarationPlatform, **settings: str) -> SelfDeclaration:
    return SelfDeclaration({**platform.settings(), **settings})


def ticket(platform: DeclarationPlatform, person: int = 1) -> str:
    (came,) = send(platform, tenant(person))
    assert isinstance(came, Submitted)
    return came.ticket


def genuine(platform: DeclarationPlatform, ear: Ear, until: Until) -> Call:
    ticket(platform)
    until(lambda: ear.calls)
    return ear.calls[0]


# --- Who calls ---------------------------------------------------------------------------------------------------


def test_a_call_of_the_platform_is_known(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    call = genuine(platform, ear, until)

    signed = connector(platform).verify(call)

    assert abs(datetime.now(UTC) - signed.at) < timedelta(minutes=1)
    assert signed.event == call.headers["x-nonce"]
    assert ear.paths == ["/callbacks/ZZSB/"]


def malleable(call: Call) -> Call:
    """The other half of what ECDSA would take: (r, n - s) is no SM2 signature."""
    r, s = decode_dss_signature(base64.b64decode(call.headers["x-sign"]))
    other = base64.b64encode(encode_dss_signature(r, ORDER - s)).decode()
    return Call(call.body, {**call.headers, "x-sign": other})


def with_header(name: str, value: str | None) -> Change:
    """The call with another header, or without it."""

    def changed(call: Call) -> Call:
        others = {one: given for one, given in call.headers.items() if one != name}
        return Call(call.body, others if value is None else {**others, name: value})

    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda call: Call(call.body + b" ", call.headers),
        lambda call: Call(orjson.dumps(orjson.loads(call.body), option=orjson.OPT_SORT_KEYS), call.headers),
        lambda call: Call(call.body[:-1] + b',"code":50001}', call.headers),
        lambda call: Call(b"", call.headers),
        lambda call: Call(call.body, {}),
        malleable,
        with_header("x-nonce", "0" * 32),
        with_header("x-nonce", ""),
        with_header("x-nonce", None),
        with_header("x-nonce", "0" * 129),
        with_header("x-timestamp", "1700000000000"),
        with_header("x-timestamp", "٣" * 13),
        with_header("x-timestamp", "soon"),
        with_header("x-timestamp", None),
        with_header("x-app-key", "another"),
        with_header("x-app-key", None),
        with_header("x-sign", ""),
        with_header("x-sign", "none"),
        with_header("x-sign", "签名"),
        with_header("x-sign", None),
    ],
)
def test_a_call_that_was_touched_is_forged(
    platform: DeclarationPlatform, ear: Ear, until: Until, change: Change
) -> None:
    call = genuine(platform, ear, until)

    with pytest.raises(Forged):
        connector(platform).verify(change(call))


@pytest.mark.parametrize(
    "settings",
    [{"platform_key": new_sm2_pair()[1]}, {"app_key": "another"}, {"platform_key": ""}, {"platform_key": "no hex"}],
    ids=["another key", "another application", "no key", "no hex"],
)
def test_a_call_for_another_target_is_forged_here(
    platform: DeclarationPlatform, ear: Ear, until: Until, settings: dict[str, str]
) -> None:
    call = genuine(platform, ear, until)

    with pytest.raises(Forged):
        connector(platform, **settings).verify(call)


def test_our_own_signature_is_not_theirs(platform: DeclarationPlatform) -> None:
    agreed = platform.settings()
    headers = signed(agreed["app_key"], Sm2Key(agreed["sign_key"]), b"{}")

    with pytest.raises(Forged):
        connector(platform).verify(Call(b"{}", {name.lower(): value for name, value in headers.items()}))


# --- What is told ------------------------------------------------------------------------------------------------


def test_what_was_decided_is_told_with_our_ticket(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    given = ticket(platform)
    until(lambda: ear.calls)

    told = connector(platform).notices(ear.calls[0].body)

    assert told == [Notice(given, Delivered(given, {"ZZSB.declareNo": given}))]


def test_what_was_returned_is_told(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    platform.faults.script(number(1), "50001")
    given = ticket(platform)
    until(lambda: ear.calls)

    (told,) = connector(platform).notices(ear.calls[0].body)

    assert told == Notice(given, Rejected("50001", "退回:业主反馈无此人居住"))


def test_a_call_tells_no_more_of_a_person_than_the_number(
    platform: DeclarationPlatform, ear: Ear, until: Until
) -> None:
    call = genuine(platform, ear, until)

    assert set(orjson.loads(call.body)) == {"requestId", "code", "msg", "data"}
    assert set(orjson.loads(call.body)["data"]) == {"declareNo", "status"}


def test_a_move_out_is_answered_and_not_called_about(platform: DeclarationPlatform, ear: Ear) -> None:
    send(platform, tenant(1, "moved_out"))

    assert ear.calls == []


# --- Bad days ----------------------------------------------------------------------------------------------------


def test_who_is_not_heard_calls_again_about_the_same_event(
    platform: DeclarationPlatform, ear: Ear, until: Until
) -> None:
    ear.answers = [500, 401, 202]
    ticket(platform)

    until(lambda: len(ear.calls) == 3)

    verified = [connector(platform).verify(call) for call in ear.calls]
    assert len({one.event for one in verified}) == 1
    assert until(lambda: [one["status"] for one in platform.calls.made] == [500, 401, 202])


def test_who_is_never_heard_gives_up_and_can_be_asked(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    ear.answers = [503]
    given = ticket(platform)

    until(lambda: len(platform.calls.made) == 5)

    assert isinstance(track(platform, given)[0], Delivered)


def test_at_night_nobody_calls(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    platform.faults.set("window_closed")
    given = ticket(platform)
    until(lambda: isinstance(track(platform, given)[0], Delivered))
    assert ear.calls == []

    platform.faults.clear("window_closed")

    assert until(lambda: ear.calls)


def test_no_call_at_all_is_made_good_by_asking(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    platform.faults.set("callback_never")
    given = ticket(platform)

    assert until(lambda: isinstance(track(platform, given)[0], Delivered))
    assert ear.calls == []


def test_two_calls_at_once_are_one_event(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    platform.faults.set("callback_twice")
    ticket(platform)

    until(lambda: len(ear.calls) == 2)

    assert len({connector(platform).verify(call).event for call in ear.calls}) == 1
    assert ear.calls[0].body == ear.calls[1].body


def test_a_call_may_come_before_the_answer(platform: DeclarationPlatform, ear: Ear) -> None:
    platform.faults.set("callback_early")

    given = ticket(platform)

    (call,) = ear.calls  # it was there when send() returned
    assert [one.ticket for one in connector(platform).notices(call.body)] == [given]


def test_somebody_without_the_key_says_the_contrary_in_vain(
    platform: DeclarationPlatform, ear: Ear, until: Until
) -> None:
    platform.faults.set("callback_forged")
    given = ticket(platform)
    until(lambda: ear.calls)

    (told,) = connector(platform).notices(ear.calls[0].body)

    assert told == Notice(given, Rejected("50001", "退回:业主反馈无此人居住"))
    with pytest.raises(Forged):
        connector(platform).verify(ear.calls[0])


def test_an_old_call_says_how_old_it_is(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    platform.faults.set("callback_stale")
    ticket(platform)
    until(lambda: ear.calls)

    signed = connector(platform).verify(ear.calls[0])

    assert datetime.now(UTC) - signed.at > timedelta(minutes=59)


def test_a_call_about_nobody_names_another_ticket(platform: DeclarationPlatform, ear: Ear, until: Until) -> None:
    platform.faults.set("callback_unknown")
    given = ticket(platform)

    until(lambda: len(ear.calls) == 2)

    told = {one.ticket for call in ear.calls for one in connector(platform).notices(call.body)}
    assert given in told
    assert len(told) == 2
