"""What every connector that calls makes of a bad day at the department."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from unittest import mock

from connectors.trial import Ended, Trial, hurried
from gridapp.contract import Connector, Misconfigured, NotYet, Outcome, Submitted, Unavailable, Unknown

from .promise import QUICK, SUCCESS, fills, has_hours, honours, on_the_wire, promise, resend_safe

NEEDED = frozenset({"down", "slow", "hang", "reset", "lose", "wrong_credentials"})
"""What every department with a wire can be told."""
CALLS = frozenset(f"callback_{how}" for how in ("never", "twice", "early", "forged", "stale", "unknown"))


@promise(on_the_wire)
def its_department_can_be_told_to_misbehave(trial: Trial) -> None:
    needed = set(NEEDED)
    if has_hours(trial.subject):
        needed.add("window_closed")
    if trial.subject.can.calls_back:
        needed |= CALLS

    assert needed <= trial.subject.honours, f"its sandbox knows no {', '.join(sorted(needed - trial.subject.honours))}"


@promise(on_the_wire)
def down_is_unavailable_and_certainly_not_sent(trial: Trial) -> None:
    ended = _one_under(trial, "down")

    assert isinstance(ended, Unavailable) and not ended.maybe_sent, ended


@promise(on_the_wire)
def a_department_that_hangs_ends_within_the_deadline_in_doubt(trial: Trial) -> None:
    ended = _within_the_deadline(trial, "hang")

    assert isinstance(ended, Unavailable) and ended.maybe_sent, ended


@promise(on_the_wire, honours("drip"))
def an_answer_that_drips_ends_within_the_deadline_in_doubt(trial: Trial) -> None:
    ended = _within_the_deadline(trial, "drip", QUICK / 3)

    assert isinstance(ended, Unavailable) and ended.maybe_sent, ended


@promise(on_the_wire, honours("huge"))
def an_answer_without_end_is_not_read_to_the_end(trial: Trial) -> None:
    ended = _within_the_deadline(trial, "huge")

    assert isinstance(ended, Unavailable | Unknown), ended
    assert not isinstance(ended, Unavailable) or ended.maybe_sent, "it was sent: that is not known to be undone"


@promise(on_the_wire, honours("redirect"))
def a_redirect_is_not_followed(trial: Trial) -> None:
    for status in (302, 307):
        with trial.fault("redirect", status):
            (ended,) = trial.send(trial.parcel(trial.kinds[0]))

        assert trial.department.elsewhere.lines() == [], "it went where it was sent, with all it had"
        assert isinstance(ended, Misconfigured | Unavailable), ended


@promise(on_the_wire)
def a_slow_department_is_waited_for(trial: Trial) -> None:
    ended = _one_under(trial, "slow", 0.3)

    assert isinstance(ended, SUCCESS), ended


@promise(on_the_wire)
def a_cut_connection_is_unavailable(trial: Trial) -> None:
    assert isinstance(_one_under(trial, "reset"), Unavailable)


@promise(on_the_wire, honours("error_5xx"))
def a_server_error_is_unavailable(trial: Trial) -> None:
    assert isinstance(_one_under(trial, "error_5xx"), Unavailable)


@promise(on_the_wire, honours("too_many"))
def too_many_requests_wait_as_long_as_told(trial: Trial) -> None:
    ended = _one_under(trial, "too_many", 7)

    assert isinstance(ended, Unavailable | NotYet), ended
    assert ended.retry_after in (None, 7)  # a database has no word for it


@promise(on_the_wire, honours("error_in_200"))
def an_error_under_status_200_is_no_success(trial: Trial) -> None:
    assert not isinstance(_one_under(trial, "error_in_200"), SUCCESS)


@promise(on_the_wire, honours("html_instead"))
def a_page_instead_of_an_answer_is_no_success(trial: Trial) -> None:
    assert isinstance(_one_under(trial, "html_instead"), Unavailable | Misconfigured)


@promise(on_the_wire, honours("answer_lost"))
def a_lost_answer_is_in_doubt(trial: Trial) -> None:
    ended = _one_under(trial, "answer_lost")

    assert isinstance(ended, Unavailable) and ended.maybe_sent, ended


@promise(on_the_wire, honours("answer_lost"), resend_safe)
def a_lost_answer_is_in_doubt_and_sending_again_stores_once(trial: Trial) -> None:
    trial.send(trial.parcel(trial.kinds[0]))
    stored_once = trial.sizes()
    trial.department.reset()
    ended = _one_under(trial, "answer_lost")
    assert isinstance(ended, Unavailable) and ended.maybe_sent, ended

    (again,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(again, SUCCESS), again
    assert trial.sizes() == stored_once


@promise(on_the_wire)
def wrong_credentials_are_for_the_operator(trial: Trial) -> None:
    ended = _one_under(trial, "wrong_credentials")

    assert isinstance(ended, Misconfigured), ended


@promise(fills, has_hours, honours("window_closed"))
def outside_its_hours_nothing_is_a_success(trial: Trial) -> None:
    ended = _one_under(trial, "window_closed")

    assert not isinstance(ended, SUCCESS), ended
    assert not trial.subject.on_the_wire or isinstance(ended, NotYet | Unavailable | None), ended


@promise(fills, honours("duplicate"))
def what_it_has_already_is_a_success(trial: Trial) -> None:
    assert isinstance(_one_under(trial, "duplicate"), SUCCESS)


@promise(on_the_wire)
def a_kept_connection_that_died_is_replaced(trial: Trial) -> None:
    async def before_and_after(opened: Connector) -> list[Outcome]:
        first = await opened.send([trial.parcel(trial.kinds[0])])
        await asyncio.to_thread(trial.department.stop)
        await asyncio.to_thread(trial.department.start)
        return [*first, *await opened.send([trial.parcel(trial.kinds[0], 1)])]

    ended = trial.ask(before_and_after)

    assert [isinstance(one, (*SUCCESS, Submitted)) for one in ended] == [True, True], ended


def _one_under(trial: Trial, fault: str, value: object = True) -> Ended:
    with trial.fault(fault, value):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))
    return ended


def _within_the_deadline(trial: Trial, fault: str, value: object = True) -> Ended:
    """The same with deadlines of a second or two, and what it takes to open the channel (OPENS_WITHIN beside the
    connector); fails where it takes longer than send() may.

    On a busy machine all that time may go by before a byte is sent: then it is given twice as much, and more.
    """
    opens: float = getattr(sys.modules[trial.subject.connector.__module__], "OPENS_WITHIN", 0.0)
    for patience in (1, 3, 8):
        with trial.fault(fault, value):
            ended = _hurried(trial, QUICK * patience, opens * patience)
        if not isinstance(ended, Unavailable) or ended.maybe_sent:
            break
    return ended


def _hurried(trial: Trial, within: float, opens: float) -> Ended:
    deadline = 3 * within + opens
    quick = hurried(trial.subject.connector, deadline)
    began = time.monotonic()
    with contextlib.ExitStack() as during:
        for module in _timed(trial):
            during.enter_context(mock.patch.object(module, "ANSWER_WITHIN", within))
        (ended,) = trial.send(trial.parcel(trial.kinds[0]), connector=quick, limit=deadline + 1)
    assert time.monotonic() - began < deadline + 2, "it took longer than its deadline"
    return ended


def _timed(trial: Trial) -> Iterator[ModuleType]:
    """The modules of the connector, and of what it is made from, that say how long one call may take."""
    packages = {parent.__module__.rpartition(".")[0] for parent in trial.subject.connector.__mro__}
    for name, module in list(sys.modules.items()):
        own = name.rpartition(".")[0] in packages or name in packages
        if own and name.partition(".")[0] not in ("gridapp", "builtins", "abc") and hasattr(module, "ANSWER_WITHIN"):
            yield module
