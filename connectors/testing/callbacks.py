"""What a connector promises of calls to our address: the department's are known, everybody else's are refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.trial import Ended, Trial
from gridapp.contract import Call, Connector, Forged, Submitted

from .promise import SUCCESS, asynchronous, calls_back, promise
from .receiver import receiving

TRANSPORTS_OWN = frozenset(
    {"host", "content-type", "content-length", "accept", "accept-encoding", "user-agent", "connection", "date"}
)
"""Headers that every call has: no signature is in them."""


@promise(calls_back)
def a_call_of_the_department_is_known_and_speaks_of_our_ticket(trial: Trial) -> None:
    with receiving(trial) as calls:
        (said,) = trial.submit(trial.parcel(trial.kinds[0]))
        call = _first(trial, calls)

    signed = trial.closed().verify(call)
    assert abs(datetime.now(UTC) - signed.at) < timedelta(minutes=2), signed.at
    notices = trial.closed().notices(call.body)
    assert isinstance(said, Submitted) and said.ticket in {one.ticket for one in notices}, notices


@promise(calls_back)
def what_was_decided_is_told(trial: Trial) -> None:
    with receiving(trial) as calls:
        trial.submit(trial.parcel(trial.kinds[0]))
        decided = trial.until(lambda: _decisions(trial, calls))

    assert decided and all(isinstance(one, SUCCESS) for one in decided), decided


@promise(calls_back)
def a_changed_body_is_forged(trial: Trial) -> None:
    call = _genuine(trial)

    for body in (call.body + b" ", call.body.replace(b"1", b"2") + b"\n", b"", b"{}", call.body[:-1]):
        assert _is_forged(trial.closed(), Call(body, call.headers)), "a body that nobody signed"


@promise(calls_back)
def a_changed_header_is_forged_or_counts_for_nothing(trial: Trial) -> None:
    call = _genuine(trial)
    signed = trial.closed().verify(call)

    for name, value in _own_headers(call).items():
        for other in _variants(value):
            changed = Call(call.body, {**call.headers, name: other})

            assert _is_forged(trial.closed(), changed) or trial.closed().verify(changed) == signed, name


@promise(calls_back)
def a_call_without_its_headers_is_forged(trial: Trial) -> None:
    call = _genuine(trial)
    signed = trial.closed().verify(call)
    own = _own_headers(call)

    bare = {name: value for name, value in call.headers.items() if name not in own}
    assert _is_forged(trial.closed(), Call(call.body, bare)), "nothing is left that could prove it"
    for name in own:
        left = Call(call.body, {other: value for other, value in call.headers.items() if other != name})
        assert _is_forged(trial.closed(), left) or trial.closed().verify(left) == signed, name


@promise(calls_back)
def another_targets_key_does_not_open_this_one(trial: Trial) -> None:
    call = _genuine(trial)
    other = type(trial.department)(database_url=trial.department.database_url).settings()
    # secret or not: a signature with two keys is checked with the public one
    keys = {name: value for name, value in other.items() if value != trial.settings[name]}
    assert keys, "no key of this target's own is behind its signature"

    assert _is_forged(trial.closed({**trial.settings, **keys}), call)


@promise(calls_back)
def a_forged_call_is_refused(trial: Trial) -> None:
    with receiving(trial) as calls, trial.fault("callback_forged"):
        trial.submit(trial.parcel(trial.kinds[0]))
        _first(trial, calls)

    assert any(_is_forged(trial.closed(), call) for call in calls)


@promise(calls_back)
def a_stale_call_says_how_old_it_is(trial: Trial) -> None:
    with receiving(trial) as calls, trial.fault("callback_stale"):
        trial.submit(trial.parcel(trial.kinds[0]))
        call = _first(trial, calls)

    with contextlib.suppress(Forged):
        signed = trial.closed().verify(call)
        assert datetime.now(UTC) - signed.at > timedelta(minutes=30), signed.at


@promise(calls_back)
def a_call_that_comes_twice_is_the_same_call(trial: Trial) -> None:
    with receiving(trial) as calls, trial.fault("callback_twice"):
        trial.submit(trial.parcel(trial.kinds[0]))
        trial.until(lambda: len(calls) > 1)

    assert len(calls) > 1
    first, second = (trial.closed().verify(call).event for call in calls[:2])
    told = [[one.ticket for one in trial.closed().notices(call.body)] for call in calls[:2]]
    assert first == second and told[0] == told[1], "nothing tells that it is the same"


@promise(calls_back)
def a_call_before_the_answer_names_the_ticket_that_comes(trial: Trial) -> None:
    with receiving(trial) as calls, trial.fault("callback_early"):
        (said,) = trial.submit(trial.parcel(trial.kinds[0]))
        call = _first(trial, calls)

    trial.closed().verify(call)
    named = {one.ticket for one in trial.closed().notices(call.body)}
    assert isinstance(said, Submitted) and said.ticket in named, named


@promise(calls_back)
def a_call_about_nobodys_record_is_read_like_any_other(trial: Trial) -> None:
    with receiving(trial) as calls, trial.fault("callback_unknown"):
        (said,) = trial.submit(trial.parcel(trial.kinds[0]))
        assert isinstance(said, Submitted), said
        # The call about their own record may come first.
        assert trial.until(lambda: _told(trial, calls) - {said.ticket}), "nobody has called about another ticket"


def _told(trial: Trial, calls: list[Call]) -> set[str]:
    """The tickets that the calls speak of so far."""
    return {one.ticket for call in list(calls) for one in trial.closed().notices(call.body)}


@promise(calls_back, asynchronous)
def a_call_that_never_comes_is_made_good_by_asking(trial: Trial) -> None:
    with receiving(trial), trial.fault("callback_never"):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(ended, SUCCESS), ended


@promise(calls_back)
def a_body_that_says_nothing_is_a_value_error(trial: Trial) -> None:
    for body in (b"", b"{", b"[]", b"{}", b"null", b"1", b'{"a": {"b": []}}', b"\xff\xfe"):
        with contextlib.suppress(ValueError):
            assert list(trial.closed().notices(body)) == [], body


def _genuine(trial: Trial) -> Call:
    with receiving(trial) as calls:
        trial.submit(trial.parcel(trial.kinds[0]))
        return _first(trial, calls)


def _first(trial: Trial, calls: list[Call]) -> Call:
    assert trial.until(lambda: calls), "nobody has called"
    return calls[0]


def _decisions(trial: Trial, calls: list[Call]) -> list[Ended]:
    told = [one for call in list(calls) for one in trial.closed().notices(call.body)]
    return [one.outcome for one in told if one.outcome is not None]


def _own_headers(call: Call) -> Mapping[str, str]:
    return {name: value for name, value in call.headers.items() if name not in TRANSPORTS_OWN}


def _variants(value: str) -> Iterator[str]:
    """What somebody in between could make of a header: one sign changed, cut, empty, sent twice."""
    if value:
        yield value[:-1] + ("0" if value[-1] != "0" else "1")
        yield ("1" if value[0] != "1" else "2") + value[1:]
    yield value[: len(value) // 2]
    yield ""
    yield f"{value},{value}"


def _is_forged(connector: Connector, call: Call) -> Any:
    try:
        connector.verify(call)
    except Forged as error:
        return str(error) or True
    return False
