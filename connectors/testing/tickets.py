"""What a connector promises of answers that come later or that are about several records: nobody gets another's."""

from __future__ import annotations

from connectors.trial import Trial
from gridapp.contract import Rejected, Submitted, Unknown

from .promise import (
    SUCCESS,
    asynchronous,
    by_workbook,
    fills,
    honours,
    in_batches,
    in_one_call,
    on_the_wire,
    promise,
    rejection,
    rejects,
    without,
)

LONGEST_TICKET = 128
STRANGER = "e" * 32
"""A ticket that nobody gave."""


@promise(asynchronous, on_the_wire)
def a_ticket_nobody_gave_is_no_success(trial: Trial) -> None:
    (ended,) = trial.track(STRANGER)

    assert not isinstance(ended, SUCCESS), ended


@promise(asynchronous, on_the_wire)
def every_record_gets_a_ticket_of_its_own(trial: Trial) -> None:
    said = trial.submit(*trial.parcels(3))

    tickets = [one.ticket for one in said if isinstance(one, Submitted)]
    assert len(set(tickets)) == len(tickets), "two records share a ticket"
    assert all(0 < len(ticket) <= LONGEST_TICKET for ticket in tickets), tickets


@promise(asynchronous, on_the_wire)
def a_ticket_outlives_the_connection_it_was_given_on(trial: Trial) -> None:
    said = trial.submit(*trial.parcels(3))
    tickets = [one.ticket for one in said if isinstance(one, Submitted)]

    trial.until(lambda: None not in trial.track(*tickets))

    decided = trial.track(*tickets)  # by a connector that has sent nothing
    assert all(isinstance(one, SUCCESS) for one in decided), decided


@promise(asynchronous, on_the_wire)
def tickets_are_answered_each_in_its_place(trial: Trial) -> None:
    said = trial.submit(*trial.parcels(3))
    tickets = [one.ticket for one in said if isinstance(one, Submitted)]
    trial.until(lambda: None not in trial.track(*tickets))

    alone = [trial.track(ticket)[0] for ticket in tickets]

    assert trial.track(*reversed(tickets)) == alone[::-1]
    stranger, *known = trial.track(STRANGER, *tickets)
    assert not isinstance(stranger, SUCCESS) and known == alone, "a ticket that nobody gave moves the others' answers"


@promise(asynchronous, on_the_wire)
def what_is_not_decided_is_none(trial: Trial) -> None:
    """Of many at once, since some departments are quick with this one and slow with that."""
    with trial.unhurried() as slow:
        said = slow.submit(*slow.parcels(20 if slow.subject.can.batch_is_one_call else 2))
        tickets = [one.ticket for one in said if isinstance(one, Submitted)]

        assert not tickets or None in slow.track(*tickets), "nobody can have looked at all of them yet"


@promise(asynchronous, on_the_wire)
def nothing_is_a_success_before_it_is_decided(trial: Trial) -> None:
    said = trial.submit(*trial.parcels(2))
    tickets = [one.ticket for one in said if isinstance(one, Submitted)]

    for ended in trial.track(*tickets):
        assert not isinstance(ended, SUCCESS) or trial.sizes(), "a yes, and the department holds nothing"


@promise(asynchronous, rejects, in_batches)
def a_refusal_that_comes_later_hits_its_own_record(trial: Trial) -> None:
    parcels = trial.parcels(3)
    trial.script(parcels[0], str(rejection(trial.subject)))

    ended = trial.send(*parcels)

    assert isinstance(ended[0], Rejected), ended
    assert all(isinstance(one, SUCCESS) for one in ended[1:]), ended


@promise(fills, in_one_call, honours("half"))
def what_a_batch_does_not_answer_is_no_success(trial: Trial) -> None:
    parcels = trial.parcels(4)
    with trial.fault("half"):
        ended = trial.send(*parcels)

    told = [place for place, one in enumerate(ended) if isinstance(one, SUCCESS)]
    held = max(trial.sizes().values(), default=0)
    assert len(told) <= held < len(parcels), f"{len(told)} successes, {held} records held"


@promise(fills, honours("return_short"))
def a_return_that_lacks_a_row_is_no_yes_for_it(trial: Trial) -> None:
    with trial.fault("return_short"):
        ended = trial.send(*trial.parcels(4))

    assert not all(isinstance(one, SUCCESS) for one in ended), "the row that is missing was called a success"
    assert all(isinstance(one, (*SUCCESS, Unknown)) or _open(one) for one in ended), ended


@promise(fills, honours("return_foreign"))
def a_row_of_others_in_a_return_harms_nobody(trial: Trial) -> None:
    parcels = trial.parcels(4)
    with trial.fault("return_foreign"):
        ended = trial.send(*parcels)

    assert all(isinstance(one, (*SUCCESS, Unknown)) or _open(one) for one in ended), ended


@promise(fills, honours("return_shuffled"), rejects, in_batches)
def rows_are_matched_by_their_own_key_and_never_by_their_place(trial: Trial) -> None:
    parcels = trial.parcels(4)
    trial.script(parcels[0], str(rejection(trial.subject)))
    with_fault = trial.department.faults
    with_fault.set("return_shuffled")

    ended = trial.send(*parcels)

    assert not isinstance(ended[0], SUCCESS), "another's yes was taken for its own"
    assert not any(isinstance(one, Rejected) for one in ended[1:]), "another's refusal was taken for its own"


@promise(asynchronous, on_the_wire, without(by_workbook), honours("lose"))
def a_lost_record_is_decided_or_open_but_breaks_nothing(trial: Trial) -> None:
    with trial.fault("lose"):
        said = trial.submit(*trial.parcels(2))
        tickets = [one.ticket for one in said if isinstance(one, Submitted)]

        for ended in trial.track(*tickets):
            assert ended is None or not isinstance(ended, Rejected), "a record was refused that nobody has looked at"


def _open(ended: object) -> bool:
    """Nobody has said anything of it yet: still with the department, or still with the clerk."""
    return ended is None or type(ended).__name__ in ("Manual", "NotYet", "Unavailable")
