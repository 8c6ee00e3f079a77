"""What a check is: a promise that every connector makes of whom it makes sense, and which of them those are."""

from __future__ import annotations

from collections.abc import Callable

from connectors.subject import Subject
from connectors.trial import Trial
from gridapp.contract import AlreadyThere, ByHand, Delivered, Rejected, Window

Check = Callable[[Trial], None]
When = Callable[[Subject], bool]

SUCCESS = (Delivered, AlreadyThere)
QUICK = 0.7
"""Seconds of a call where a check has to wait for its end."""

_PROMISES: dict[Check, tuple[When, ...]] = {}


def promise(*when: When) -> Callable[[Check], Check]:
    """Makes a function one of the kit's checks, for subjects of whom all of `when` is true."""

    def register(check: Check) -> Check:
        _PROMISES[check] = when
        return check

    return register


def all_checks() -> tuple[Check, ...]:
    """Every check, in the order in which they were written."""
    return tuple(_PROMISES)


def checks_for(subject: Subject) -> tuple[Check, ...]:
    """The checks that make sense for what this connector says it can do: none of them is skipped later."""
    return tuple(check for check, when in _PROMISES.items() if all(one(subject) for one in when))


# --- Of whom a promise makes sense -----------------------------------------------------------------------------------


def fills(subject: Subject) -> bool:
    """Somebody fills the department in a trial: a call, or a person with a workbook."""
    return subject.on_the_wire or subject.by_workbook


def on_the_wire(subject: Subject) -> bool:
    return subject.on_the_wire


def in_one_call(subject: Subject) -> bool:
    """Several records travel together, so that an answer can be about some of them."""
    return subject.can.batch > 1 and (subject.can.batch_is_one_call or subject.by_workbook)


def in_batches(subject: Subject) -> bool:
    return subject.can.batch > 1


def resend_safe(subject: Subject) -> bool:
    return subject.can.resend_safe


def asynchronous(subject: Subject) -> bool:
    return subject.can.asynchronous


def calls_back(subject: Subject) -> bool:
    return subject.can.calls_back


def reads_back(subject: Subject) -> bool:
    return subject.can.can_read_back


def by_workbook(subject: Subject) -> bool:
    return subject.by_workbook


def by_card(subject: Subject) -> bool:
    return subject.can.by_hand is ByHand.CARD


def has_hours(subject: Subject) -> bool:
    return subject.profile.window != Window()


def rejects(subject: Subject) -> bool:
    """There is a code by which it refuses a record."""
    return rejection(subject) is not None


def rejection(subject: Subject) -> str | None:
    return next((code for code, outcome in subject.claims.items() if outcome is Rejected), None)


def honours(*names: str) -> When:
    """The department can be told these faults."""
    return lambda subject: set(names) <= subject.honours


def without(when: When) -> When:
    return lambda subject: not when(subject)
