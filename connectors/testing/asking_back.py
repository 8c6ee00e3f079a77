"""What a connector that can ask promises: it finds what is held, and takes nothing for held that is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.subject import Subject
from connectors.trial import Trial
from gridapp.contract import Differs, Evidence, NotYet, Outcome, Parcel, Submitted, Unavailable, Unknown

from .promise import SUCCESS, fills, honours, on_the_wire, promise, reads_back
from .saying import free_texts, refuses


def sees_the_register(subject: Subject) -> bool:
    """It asks what is held, not what was once answered: a return file says yes for ever."""
    return subject.can.evidence is Evidence.CONFIRMED


@promise(reads_back, fills)
def what_is_held_is_found(trial: Trial) -> None:
    for kind in trial.kinds:
        trial.department.reset()
        parcel = trial.parcel(kind)
        (ended,) = trial.send(parcel)
        assert isinstance(ended, SUCCESS), ended

        for asked in (parcel, replace(parcel, reference=ended.reference)):
            (found,) = _read_back(trial, asked)

            assert isinstance(found, (*SUCCESS, Submitted)), found


@promise(reads_back, fills)
def what_never_arrived_is_not_found(trial: Trial) -> None:
    (found,) = _read_back(trial, trial.parcel(trial.kinds[0]))

    assert isinstance(found, NotYet), found


@promise(reads_back, fills)
def each_of_several_is_found_for_itself(trial: Trial) -> None:
    here, absent = trial.parcel(trial.kinds[0]), trial.parcel(trial.kinds[0], 1)
    trial.send(here)

    found = _read_back(trial, absent, here)

    assert isinstance(found[0], NotYet) and isinstance(found[1], (*SUCCESS, Submitted)), found


@promise(reads_back, fills, sees_the_register, honours("lose"))
def a_yes_that_kept_nothing_is_found_out(trial: Trial) -> None:
    parcel = trial.parcel(trial.kinds[0])
    with trial.fault("lose"):
        trial.send(parcel)

    (found,) = _read_back(trial, parcel)

    assert isinstance(found, NotYet), found


@promise(reads_back, fills, sees_the_register)
def other_content_is_not_taken_for_ours(trial: Trial) -> None:
    kind = trial.kinds[0]
    parcel = trial.parcel(kind)
    (ended,) = trial.send(parcel)
    assert isinstance(ended, SUCCESS), ended
    layout = trial.subject.profile.layouts[kind]
    sayable = (name for name in free_texts(layout, parcel.fields) if not refuses(layout, parcel.fields, name, "另一"))
    changed = trial.parcel(kind, changed={next(sayable): "另一"}, key="f" * 32, reference=ended.reference)

    (found,) = _read_back(trial, changed)

    assert isinstance(found, Differs | NotYet | Unknown), found


@promise(reads_back, on_the_wire)
def asking_a_department_that_is_down_says_so(trial: Trial) -> None:
    parcel = trial.parcel(trial.kinds[0])
    trial.send(parcel)
    with trial.fault("down"):
        try:
            found = _read_back(trial, parcel)
        except Unavailable:
            return

    assert all(isinstance(one, Unknown) for one in found), found


def _read_back(trial: Trial, *parcels: Parcel) -> Sequence[Outcome]:
    found: Sequence[Outcome] = trial.ask(lambda opened: opened.read_back(parcels))
    assert len(found) == len(parcels), "one outcome per parcel, in order"
    return found
