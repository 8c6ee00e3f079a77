"""What a target cannot say is refused with the field's name; what it can say arrives as it was; nothing is ever cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.subject import Subject
from connectors.trial import Trial, usual_view
from gridapp.contract import Kind, Layout, Manual, Parcel, Rejected
from gridapp.contract.layout import View
from gridapp.dictionary import FIELDS

from .promise import SUCCESS, fills, in_batches, promise

LONGEST = 400
"""Characters; no field of the dictionary is longer than 500."""
RARE = "㛃"
"""U+36C3: a character of real names that GBK does not have."""
MARKS = '甲|乙,"丙"<丁>&戊;己\t庚'
"""What formats part values with: columns, quotes, tags, entities."""
APART = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"
"""A character for each field, so that one field's value is not found in another's."""


def free_texts(layout: Layout, view: View) -> list[str]:
    """The fields in which a worker writes words, and whose words are sent as they are."""
    known = {name: FIELDS[name].type for name in layout.sources if name in FIELDS and isinstance(view.get(name), str)}
    words = [name for name, kind in known.items() if kind in ("text", "name") and not view[name].isascii()]
    return sorted(name for name in words if any(view[name] in str(said) for said in layout.content(view).values()))


def refuses(layout: Layout, view: View, name: str, value: str) -> bool:
    return any(error.field == name for error in layout.refusals({**view, name: value}))


def too_long(trial: Trial) -> Iterator[tuple[str, Parcel]]:
    """For every field with a limit: its name and a record that goes beyond it."""
    for kind, layout in trial.subject.profile.layouts.items():
        view = trial.parcel(kind).fields
        for name in free_texts(layout, view):
            if refuses(layout, view, name, "长" * LONGEST):
                yield name, trial.parcel(kind, changed={name: "长" * LONGEST})


def has_limits(subject: Subject) -> bool:
    """Whether its mapping refuses anything for its length."""
    for kind, layout in subject.profile.layouts.items():
        view = usual_view(subject.profile, kind)
        if any(refuses(layout, view, name, "长" * LONGEST) for name in free_texts(layout, view)):
            return True
    return False


def longest_sayable(layout: Layout, view: View, name: str) -> str:
    """The longest text of this field that a worker can enter and the mapping lets through."""
    least, most = len(view[name]), (FIELDS[name].length or LONGEST) + 1
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if refuses(layout, view, name, "长" * middle) else (middle, most)
    return "长" * least


@promise(fills, has_limits)
def a_value_beyond_its_limit_is_refused_with_its_field(trial: Trial) -> None:
    for name, parcel in too_long(trial):
        (ended,) = trial.send(parcel)

        assert isinstance(ended, Rejected | Manual), (name, ended)
        assert name in ended.fields, (name, ended)
    assert len(trial.department.ledger) == 0, "it was sent all the same"


@promise(fills, in_batches, has_limits)
def a_value_that_cannot_be_said_stops_no_other_record(trial: Trial) -> None:
    name, unsayable = next(too_long(trial))
    others = [trial.parcel(unsayable.kind, number) for number in (1, 2)][: trial.subject.can.batch - 1]

    ended = trial.send(unsayable, *others)

    assert isinstance(ended[0], Rejected | Manual) and name in ended[0].fields, ended[0]
    assert all(isinstance(one, SUCCESS) for one in ended[1:]), ended


@promise(fills)
def the_longest_value_it_can_say_arrives_whole(trial: Trial) -> None:
    for kind, layout in trial.subject.profile.layouts.items():
        view = trial.parcel(kind).fields
        names = free_texts(layout, view)
        longest = {name: longest_sayable(layout, view, name) for name in names}
        _arrive_whole(trial, kind, {name: mark * len(longest[name]) for name, mark in zip(names, APART, strict=False)})


@promise(fills)
def a_rare_character_arrives_or_is_refused_with_its_field(trial: Trial) -> None:
    for kind, layout in trial.subject.profile.layouts.items():
        for name in sorted({"name", "housing.owner_name"} & layout.sources):
            trial.department.reset()
            (ended,) = trial.send(trial.parcel(kind, changed={name: f"测{RARE}"}))

            if isinstance(ended, SUCCESS):
                assert trial.holds(RARE) or trial.holds("&#x36C3;"), f"{name} has lost its character"
            else:
                assert isinstance(ended, Rejected | Manual) and name in ended.fields, (name, ended)


@promise(fills)
def what_their_format_parts_values_with_changes_nothing_else(trial: Trial) -> None:
    for kind, layout in trial.subject.profile.layouts.items():
        view = trial.parcel(kind).fields
        marked = {name: mark + MARKS for name, mark in zip(free_texts(layout, view), APART, strict=False)}
        sayable = {name: value for name, value in marked.items() if not refuses(layout, view, name, value)}
        _arrive_whole(trial, kind, sayable)


def _arrive_whole(trial: Trial, kind: Kind, values: Mapping[str, str]) -> None:
    """All of these at once; where they are refused together, each half by itself, down to the one that is refused.

    A refusal may be theirs and name no field: that a worker sees it is what counts.
    """
    trial.department.reset()
    (ended,) = trial.send(trial.parcel(kind, changed=values))
    if isinstance(ended, SUCCESS):
        lost = [name for name, value in values.items() if not trial.holds(value)]
        assert lost == [], f"{lost} have not arrived as they were"
    elif len(values) > 1:
        names = list(values)
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            _arrive_whole(trial, kind, {name: values[name] for name in half})
    else:
        assert isinstance(ended, Rejected | Manual), (list(values), ended)
