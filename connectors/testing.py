"""The conformance kit: certifies a connector against its sandbox department, ours or a third party's.

Each function in CHECKS takes a `Trial` and reads as a promise; tests/connectors/test_conformance.py runs them over all
of `trial.subjects()`: registered connectors whose package has a module `sandbox` with a DEPARTMENT. Two conventions:
`ANSWER_WITHIN` in the connector's module is the seconds of one call, which the kit shortens where it has to wait for
them; `CLAIMS` in its `replies` module is {their answer code: the outcome class it becomes}.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from connectors.trial import Trial, Watched
from gridapp.contract import (
    Action,
    AlreadyThere,
    Connector,
    Delivered,
    Misconfigured,
    NotYet,
    Outcome,
    Submitted,
    Unavailable,
    Window,
)

SUCCESS = (Delivered, AlreadyThere)
QUICK = 0.7
"""Seconds of a call where a check has to wait for its end."""
README_SECTIONS = ("What it is", "Access", "Settings", "Fields", "How it answers", "Quirks", "Try it by hand")

# --- What every connector promises -----------------------------------------------------------------------------------


def a_record_of_every_kind_arrives(trial: Trial) -> None:
    for number, kind in enumerate(trial.kinds):
        before = trial.sizes()

        (ended,) = trial.send(trial.parcel(kind, number))

        assert isinstance(ended, SUCCESS), ended
        assert trial.sizes() != before


def a_batch_gets_one_answer_each_in_order(trial: Trial) -> None:
    kind, many = trial.kinds[0], min(trial.subject.connector.capabilities.batch, 4)

    ended = trial.send(*[trial.parcel(kind, number) for number in range(many)])

    assert [type(one) in SUCCESS for one in ended] == [True] * many
    assert len({one.reference for one in ended if isinstance(one, SUCCESS)}) in (1, many)  # "" where none is given


def the_same_key_sent_twice_is_stored_once(trial: Trial) -> None:
    parcel = trial.parcel(trial.kinds[0])
    trial.send(parcel)
    stored = trial.sizes()

    (ended,) = trial.send(parcel)

    if trial.subject.connector.capabilities.resend_safe:
        assert isinstance(ended, SUCCESS), ended
        assert trial.sizes() == stored


def a_change_and_an_end_follow_the_record(trial: Trial) -> None:
    for kind in trial.kinds:
        trial.department.reset()
        (first,) = trial.send(trial.parcel(kind))
        assert isinstance(first, SUCCESS), first
        stored = trial.sizes()
        actions = trial.subject.connector.profile.layouts[kind].actions
        for turn, action in enumerate(one for one in (Action.CHANGE, Action.CLOSE) if one in actions):
            later = trial.parcel(kind, action=action, reference=first.reference, key=f"{turn + 1000:032x}")

            (ended,) = trial.send(later)

            assert isinstance(ended, SUCCESS), ended
            assert action is Action.CLOSE or trial.sizes() == stored


def nothing_undeclared_is_read(trial: Trial) -> None:
    for kind in trial.kinds:
        parcel = trial.parcel(kind)
        trial.send(parcel)

        assert isinstance(parcel.fields, Watched)
        assert {name for name in parcel.fields.asked if name} <= trial.subject.connector.profile.layouts[kind].sources


def settings_are_declared_and_secrets_are_marked(trial: Trial) -> None:
    declared = {one.name: one for one in trial.subject.connector.settings}
    given = trial.department.settings()

    assert set(given) <= set(declared)
    assert {name for name, one in declared.items() if one.required and not one.default} <= set(given)
    assert all(one.zh and one.en for one in declared.values())
    assert [name for name, one in declared.items() if re.search("password|secret|token", name) and not one.secret] == []


def the_readme_has_every_section(trial: Trial) -> None:
    spec = importlib.util.find_spec(trial.subject.package)
    assert spec is not None and spec.submodule_search_locations
    readme = (Path(spec.submodule_search_locations[0]) / "README.md").read_text(encoding="utf-8")

    headings = re.findall(r"^#+ +(.+?)\s*$", readme, re.MULTILINE)

    assert [heading for heading in headings if heading in README_SECTIONS] == list(README_SECTIONS)


def checking_changes_nothing_and_finds_wrong_credentials(trial: Trial) -> None:
    before = trial.sizes()
    trial.ask(lambda opened: opened.check())
    assert trial.sizes() == before

    with trial.fault("wrong_credentials"):
        assert isinstance(_raised(lambda: trial.ask(lambda opened: opened.check())), Misconfigured)
    with trial.fault("down"):
        assert isinstance(_raised(lambda: trial.ask(lambda opened: opened.check())), Unavailable)


def a_ticket_nobody_gave_is_no_success(trial: Trial) -> None:
    if trial.subject.connector.capabilities.asynchronous:
        (ended,) = trial.ask(lambda opened: opened.track(["0" * 32]))

        assert not isinstance(ended, SUCCESS)


# --- What every connector makes of a bad day -------------------------------------------------------------------------


def down_is_unavailable_and_certainly_not_sent(trial: Trial) -> None:
    with trial.fault("down"):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(ended, Unavailable) and not ended.maybe_sent


def a_department_that_hangs_ends_within_the_deadline_in_doubt(trial: Trial) -> None:
    original = trial.subject.connector
    can = replace(original.capabilities, deadline=3 * QUICK)
    hurried = type(original.__name__, (original,), {"capabilities": can})
    modules = {importlib.import_module(parent.__module__) for parent in original.__mro__}
    began = time.monotonic()

    with contextlib.ExitStack() as during:
        during.enter_context(trial.fault("hang"))
        for module in modules:
            if hasattr(module, "ANSWER_WITHIN"):
                during.enter_context(mock.patch.object(module, "ANSWER_WITHIN", QUICK))
        (ended,) = trial.send(trial.parcel(trial.kinds[0]), connector=hurried)

    assert isinstance(ended, Unavailable) and ended.maybe_sent
    assert time.monotonic() - began < can.deadline + 1


def a_slow_department_is_waited_for(trial: Trial) -> None:
    with trial.fault("slow", 0.3):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(ended, SUCCESS), ended


def a_cut_connection_is_unavailable(trial: Trial) -> None:
    with trial.fault("reset"):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(ended, Unavailable)


def a_server_error_is_unavailable(trial: Trial) -> None:
    with trial.fault("error_5xx"):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(ended, Unavailable)


def too_many_requests_wait_as_long_as_told(trial: Trial) -> None:
    with trial.fault("too_many", 7):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(ended, Unavailable | NotYet)
    assert ended.retry_after in (None, 7)  # a database has no word for it


def an_error_under_status_200_is_no_success(trial: Trial) -> None:
    with trial.fault("error_in_200"):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert not isinstance(ended, SUCCESS)


def a_page_instead_of_an_answer_is_no_success(trial: Trial) -> None:
    with trial.fault("html_instead"):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(ended, Unavailable | Misconfigured)


def a_lost_answer_is_in_doubt_and_sending_again_stores_once(trial: Trial) -> None:
    trial.send(trial.parcel(trial.kinds[0]))
    stored_once = trial.sizes()
    trial.department.reset()
    with trial.fault("answer_lost"):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))
    assert isinstance(ended, Unavailable) and ended.maybe_sent

    if trial.subject.connector.capabilities.resend_safe:
        (again,) = trial.send(trial.parcel(trial.kinds[0]))

        assert isinstance(again, SUCCESS), again
        assert trial.sizes() == stored_once


def wrong_credentials_are_for_the_operator(trial: Trial) -> None:
    with trial.fault("wrong_credentials"):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(ended, Misconfigured)


def outside_its_hours_nothing_is_a_success(trial: Trial) -> None:
    if trial.subject.connector.profile.window != Window():
        with trial.fault("window_closed"):
            (ended,) = trial.send(trial.parcel(trial.kinds[0]))

        assert isinstance(ended, NotYet | Unavailable)


def what_it_has_already_is_a_success(trial: Trial) -> None:
    with trial.fault("duplicate"):
        (ended,) = trial.send(trial.parcel(trial.kinds[0]))

    assert isinstance(ended, SUCCESS)


def a_kept_connection_that_died_is_replaced(trial: Trial) -> None:
    async def before_and_after(opened: Connector) -> list[Outcome]:
        first = await opened.send([trial.parcel(trial.kinds[0])])
        await asyncio.to_thread(trial.department.stop)
        await asyncio.to_thread(trial.department.start)
        return [*first, *await opened.send([trial.parcel(trial.kinds[0], 1)])]

    ended = trial.ask(before_and_after)

    assert [isinstance(one, (*SUCCESS, Submitted)) for one in ended] == [True, True]


def _raised(act: Callable[[], Any]) -> Exception | None:
    try:
        act()
    except (Unavailable, Misconfigured) as error:
        return error
    return None


CHECKS: tuple[Callable[[Trial], None], ...] = tuple(
    check
    for name, check in list(globals().items())
    if callable(check) and name[0] != "_" and getattr(check, "__annotations__", {}).get("trial") == "Trial"
)
"""Every check above, in its order."""


def gives_the_claimed_outcome(trial: Trial, code: str) -> None:
    """Make the department answer `code` for one record: it becomes what the connector claims."""
    parcel = trial.parcel(trial.kinds[0])
    names = ("id_number", "housing.housing_code", "housing.room_no")
    trial.department.faults.script(next(parcel.fields[name] for name in names if name in parcel.fields), code)

    (ended,) = trial.send(parcel)

    assert type(ended) is trial.subject.claims[code], ended
