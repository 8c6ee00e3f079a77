"""What a connector promises of a target that a person fills: nothing goes out by itself, and no answer is taken that
does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.subject import Subject
from connectors.trial import Trial
from gridapp.contract import Inexpressible, Manual, Outcome, Parcel, Rejected, UnreadableError

from .promise import SUCCESS, by_card, by_workbook, promise, rejection, rejects
from .saying import has_limits, too_long


def by_a_person_alone(subject: Subject) -> bool:
    return subject.can.by_hand is not None and not subject.on_the_wire


def of_several_kinds(subject: Subject) -> bool:
    return len(subject.profile.layouts) > 1


@promise(by_a_person_alone)
def nothing_goes_out_by_itself(trial: Trial) -> None:
    said = trial.submit(*trial.parcels(3))

    assert [(type(one), getattr(one, "code", "")) for one in said] == [(Manual, "by_hand")] * len(said), said
    assert len(trial.department.ledger) == 0 and not any(trial.sizes().values()), "somebody was told"


@promise(by_card, has_limits)
def a_card_shows_no_value_that_their_form_cannot_hold(trial: Trial) -> None:
    for name, parcel in too_long(trial):
        try:
            trial.closed().preview(parcel)
        except Inexpressible as error:
            assert error.field == name
        else:
            raise AssertionError(f"{name} is shown as if it could be typed")


@promise(by_workbook)
def what_a_sheet_holds_is_in_when_its_answer_comes_back(trial: Trial) -> None:
    for kind in trial.kinds:
        trial.department.reset()
        parcels = trial.parcels(5, kind)
        sheet = trial.closed().sheet(parcels)

        said = trial.closed().read_sheet(sheet.content, trial.department.upload(sheet.content))

        assert sheet.name and sheet.media_type and "/" not in sheet.name, sheet.name
        assert [isinstance(one, SUCCESS) for one in said] == [True] * len(parcels), said
        assert max(trial.sizes().values()) >= len(parcels), "fewer are held than were called successes"


@promise(by_workbook, rejects)
def bad_rows_come_back_and_the_others_are_in(trial: Trial) -> None:
    parcels = trial.parcels(5)
    for bad in (parcels[0], parcels[-1]):
        trial.script(bad, str(rejection(trial.subject)))

    ended = trial.send(*parcels)

    assert isinstance(ended[0], Rejected) and isinstance(ended[-1], Rejected), ended
    assert all(isinstance(one, SUCCESS) for one in ended[1:-1]), ended
    assert isinstance(ended[0], Rejected) and ended[0].reason, "a worker reads the reason in their words"


@promise(by_workbook)
def a_sheet_uploaded_twice_is_held_once(trial: Trial) -> None:
    parcels = trial.parcels(3)
    sheet = trial.closed().sheet(parcels)
    trial.department.upload(sheet.content)
    held = trial.sizes()

    said = trial.closed().read_sheet(sheet.content, trial.department.upload(sheet.content))

    assert all(isinstance(one, SUCCESS) for one in said), said
    assert trial.sizes() == held


@promise(by_workbook, rejects)
def the_answer_to_another_sheet_is_no_yes(trial: Trial) -> None:
    ours, theirs = trial.parcels(2), [trial.parcel(trial.kinds[0], number) for number in (7, 8, 9)]
    sheet, other = trial.closed().sheet(ours), trial.closed().sheet(theirs)
    for parcel in theirs:
        trial.script(parcel, str(rejection(trial.subject)))

    said = _read(trial, sheet.content, trial.department.upload(other.content))

    assert [one for one in said if isinstance(one, (*SUCCESS, Rejected))] == [], "it was made for other records"


@promise(by_workbook)
def a_file_that_is_no_answer_is_refused(trial: Trial) -> None:
    sheet = trial.closed().sheet(trial.parcels(2))

    for brought in (
        b"",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"1,2\n",
        sheet.content,
        sheet.content[:99],
    ):
        said = _read(trial, sheet.content, brought)

        assert [one for one in said if isinstance(one, SUCCESS)] == [], brought[:8]


@promise(by_workbook)
def more_than_a_batch_does_not_go_into_one_sheet(trial: Trial) -> None:
    one, many = trial.parcel(trial.kinds[0]), trial.subject.can.batch + 1

    assert _is_refused(trial, [replace(one, key=f"{number:032x}") for number in range(many)])


@promise(by_workbook, of_several_kinds)
def a_sheet_is_of_one_kind(trial: Trial) -> None:
    assert _is_refused(trial, [trial.parcel(kind) for kind in trial.kinds])


def _read(trial: Trial, sent: bytes, brought: bytes) -> Sequence[Outcome]:
    """What is read of it; nothing where it is refused as a whole."""
    try:
        return trial.closed().read_sheet(sent, brought)
    except UnreadableError:
        return []


def _is_refused(trial: Trial, parcels: Sequence[Parcel]) -> bool:
    try:
        trial.closed().sheet(parcels)
    except ValueError:
        return True
    return False
