"""Which target receives which field: a table of fields and targets, in words of a language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gridapp.contract import ALWAYS, NEVER, Condition, Kind, Row
from gridapp.dictionary import FIELDS

from .sharing import CLASSES, class_of, sensitivity_of
from .targets import Configured, targets
from .wording import name_of, words

_Received = tuple[Kind, Row]


@dataclass(frozen=True)
class Cell:
    """What one target does with one field of a record. `needed`: always, sometimes, optional; `when`: the second in
    words."""

    target: str
    kind: Kind
    needed: str
    when: str
    theirs: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One field, and what each target does with it; `cells` has the targets that receive it."""

    name: str
    label: str
    sharing: str
    sharing_label: str
    sensitivity: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Coverage:
    """`targets` in the order of pages, `lines` in the order of the dictionary, other systems' numbers last."""

    targets: tuple[Configured, ...]
    lines: tuple[Line, ...]


def coverage(kind: Kind | None = None, lang: str = "zh", *, ones: Iterable[Configured] | None = None) -> Coverage:
    """The table for one kind of record, or for both. Only targets that receive something of it. One statement.

    `ones`: the targets that it is about; None: all of them.
    """
    shown, received = [], dict[str, dict[str, list[_Received]]]()
    for one in targets() if ones is None else ones:
        rows = list(_rows(one, kind))
        if rows:
            shown.append(one)
        for row in rows:
            for name in row[1].inputs:  # a constant says nothing of the record
                received.setdefault(name, {}).setdefault(one.target.key, []).append(row)
    order = {name: place for place, name in enumerate(FIELDS)}
    names = sorted(received, key=lambda name: (order.get(name, len(order)), name))
    return Coverage(tuple(shown), tuple(_line(name, received[name], lang) for name in names))


def _rows(one: Configured, kind: Kind | None) -> Iterable[_Received]:
    for of_kind, layout in one.profile.layouts.items():
        if kind in (None, of_kind):
            yield from ((of_kind, row) for row in layout.content_rows)


def _line(name: str, by_target: Mapping[str, list[_Received]], lang: str) -> Line:
    sharing = class_of(name)
    return Line(
        name=name,
        label=name_of(name, lang),
        sharing=sharing,
        sharing_label=CLASSES[sharing][lang.startswith("en")],
        sensitivity=sensitivity_of(name),
        cells={key: _cell(key, rows, lang) for key, rows in by_target.items()},
    )


def _cell(key: str, received: list[_Received], lang: str) -> Cell:
    kind, rows = received[0][0], [row for _, row in received]
    theirs = tuple(dict.fromkeys(row.name for row in rows))
    required = list(dict.fromkeys(row.required for row in rows))
    if ALWAYS in required:
        return Cell(key, kind, "always", "", theirs)
    sometimes: list[Condition] = [condition for condition in required if condition is not NEVER]
    said = ("；", "; ")[lang.startswith("en")].join(words(condition, lang) for condition in sometimes)
    return Cell(key, kind, "sometimes" if sometimes else "optional", said, theirs)
