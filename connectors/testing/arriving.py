"""What every connector promises on a good day: what is sent arrives, once, whole, and nothing else is looked at."""

from __future__ import annotations

from collections import Counter

from connectors.trial import Trial, Watched
from gridapp.contract import Action, Rejected

from .promise import SUCCESS, fills, in_batches, on_the_wire, promise, rejection, rejects, resend_safe


@promise(fills)
def a_record_of_every_kind_arrives(trial: Trial) -> None:
    for number, kind in enumerate(trial.kinds):
        before = trial.sizes()

        (ended,) = trial.send(trial.parcel(kind, number))

        assert isinstance(ended, SUCCESS), ended
        assert trial.sizes() != before, "it is called a success, and the department holds nothing of it"


@promise(fills)
def everything_that_a_preview_shows_is_held(trial: Trial) -> None:
    for kind, layout in trial.subject.profile.layouts.items():
        trial.department.reset()
        parcel = trial.parcel(kind)
        trial.send(parcel)

        shown = {line.name: line.value for line in trial.closed().preview(parcel).lines}
        said = layout.content(parcel.fields)
        lost = [name for name, value in shown.items() if not _is_held(trial, value, said.get(name))]
        assert lost == [], f"shown as sent, and the department holds nothing of it: {lost}"


@promise(fills)
def no_parcels_are_no_call(trial: Trial) -> None:
    assert trial.send() == []
    assert len(trial.department.ledger) == 0, "the department was told of nothing"


@promise(fills, in_batches)
def a_batch_gets_one_answer_each_in_order(trial: Trial) -> None:
    parcels = trial.parcels(4)

    ended = trial.send(*parcels)

    assert [type(one) in SUCCESS for one in ended] == [True] * len(parcels), ended
    references = {one.reference for one in ended if isinstance(one, SUCCESS)}
    assert len(references) in (1, len(parcels)), references  # "" where none is given
    assert max(trial.sizes().values()) >= len(parcels), "fewer records are held than were called successes"


@promise(fills, in_batches, rejects)
def a_refusal_hits_its_own_record_and_no_other(trial: Trial) -> None:
    parcels = trial.parcels(3)
    refused = min(1, len(parcels) - 1)
    trial.script(parcels[refused], str(rejection(trial.subject)))

    ended = trial.send(*parcels)

    assert isinstance(ended[refused], Rejected), ended
    assert all(isinstance(one, SUCCESS) for place, one in enumerate(ended) if place != refused), ended


@promise(fills, resend_safe)
def the_same_key_sent_twice_is_stored_once(trial: Trial) -> None:
    parcel = trial.parcel(trial.kinds[0])
    trial.send(parcel)
    stored = trial.sizes()

    (ended,) = trial.send(parcel)

    assert isinstance(ended, SUCCESS), ended
    assert trial.sizes() == stored


@promise(on_the_wire)
def a_record_goes_out_once(trial: Trial) -> None:
    trial.send(trial.parcel(trial.kinds[0]))

    told = Counter((line["key"], line["action"]) for line in trial.seen_by_send)
    assert [line for line, times in told.items() if times > 1] == [], "one send() told the department twice"


@promise(on_the_wire, rejects)
def a_refused_record_is_not_sent_again(trial: Trial) -> None:
    parcel = trial.parcel(trial.kinds[0])
    trial.script(parcel, str(rejection(trial.subject)))

    (ended,) = trial.send(parcel)

    told = Counter((line["key"], line["action"]) for line in trial.seen_by_send)
    assert isinstance(ended, Rejected), ended
    assert [line for line, times in told.items() if times > 1] == [], "it was told no, and asked again"


@promise(fills)
def a_change_and_an_end_follow_the_record(trial: Trial) -> None:
    for kind in trial.kinds:
        trial.department.reset()
        (first,) = trial.send(trial.parcel(kind))
        assert isinstance(first, SUCCESS), first
        stored = trial.sizes()
        actions = trial.subject.profile.layouts[kind].actions
        for turn, action in enumerate(one for one in (Action.CHANGE, Action.CLOSE) if one in actions):
            later = trial.parcel(kind, action=action, reference=first.reference, key=f"{turn + 1000:032x}")

            (ended,) = trial.send(later)

            assert isinstance(ended, SUCCESS), ended
            assert action is Action.CLOSE or trial.sizes() == stored, "a change has made another record"


@promise()
def nothing_undeclared_is_read(trial: Trial) -> None:
    for kind in trial.kinds:
        parcel = trial.parcel(kind)
        trial.send(parcel)

        assert isinstance(parcel.fields, Watched)
        asked = {name for name in parcel.fields.asked if name}
        assert asked <= trial.subject.profile.layouts[kind].sources, asked


def _is_held(trial: Trial, shown: str, said: object) -> bool:
    """What is one text there as it is; what has parts, all of its parts. A character or two are found anywhere."""
    parts = (
        [said] if not isinstance(said, dict | list | tuple) else list(said.values() if isinstance(said, dict) else said)
    )
    return trial.holds(shown) or (parts != [said] and all(_is_held(trial, str(part), part) for part in parts))
