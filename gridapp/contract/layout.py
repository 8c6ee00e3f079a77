"""The mapping as data: our field -> their field, their code, their format, required when.

Seven things are read from a layout: the payload, what the form asks, what is still missing, the minimum a connector is
handed, which targets an edit concerns, the catalogue page, and what waits for another target's number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .conditions import ALWAYS, NEVER, Condition, is_known
from .connector import Window
from .parcel import Action, Kind

View = Mapping[str, Any]
"""One record as the product knows it on a day: canonical name -> value, with derived and linked fields."""

Format = Callable[[Any], Any]
"""Our value -> theirs. Raises ValueError (message in Chinese) for a value the target cannot express."""


class Inexpressible(Exception):
    """A value that the target cannot express: refused loudly with the field's name, never cut or dropped."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(f"{field_name}: {reason}")
        self.field = field_name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    `source`: a canonical name of the dictionary, a number another target gave (`JZDJ.DJBH`), or an `@` value that the
    connector makes itself (`@id @op @worker @time @hash @catalog`).
    `whole`: for an odd field that reads more than its source; it gets the view, and `reads` names what it reads.
    """

    source: str
    name: str
    format: Format | None = None
    required: Condition = NEVER
    whole: Callable[[View], Any] | None = None
    reads: tuple[str, ...] = ()
    note: str = ""

    def value(self, view: View) -> Any:
        """Their value, or None where we have none. Raises Inexpressible."""
        try:
            if self.whole is not None:
                return self.whole(view)
            value = view.get(self.source)
            if not is_known(value):
                return None
            return self.format(value) if self.format else value
        except ValueError as error:
            raise Inexpressible(self.source, str(error)) from error


@dataclass(frozen=True)
class Layout:
    """What one target receives of one kind of record.

    `applies`: whom it concerns. `closes`: which ended residencies it must be told of. `actions`: what it can take.
    """

    rows: tuple[Row, ...]
    applies: Condition = ALWAYS
    closes: Condition = NEVER
    actions: frozenset[Action] = frozenset({Action.CREATE, Action.CHANGE})

    @cached_property
    def content_rows(self) -> tuple[Row, ...]:
        """The rows that carry the record's own content: no @ values."""
        return tuple(row for row in self.rows if not row.source.startswith("@"))

    @cached_property
    def sources(self) -> frozenset[str]:
        """Every canonical name or reference that the payload reads: the minimum the connector is handed."""
        return frozenset(name for row in self.content_rows for name in (row.source, *row.reads))

    def content(self, view: View) -> dict[str, Any]:
        """Their field -> their value, in their order, without @ values. Raises Inexpressible."""
        return {row.name: row.value(view) for row in self.content_rows}

    def required(self, view: View) -> list[str]:
        """Canonical names that this record must have for this target, in their order."""
        return [row.source for row in self.content_rows if row.required.holds(view)]

    def missing(self, view: View) -> list[str]:
        """Required names that are not known yet, in their order."""
        return [name for name in self.required(view) if not is_known(view.get(name))]

    def minimum(self, view: View) -> dict[str, Any]:
        """The declared fields alone."""
        return {name: view[name] for name in self.sources if is_known(view.get(name))}


@dataclass(frozen=True)
class Profile:
    """One kind of departmental system: who it is, what it receives, what it waits for and gives."""

    key: str
    slug: str
    zh: str
    en: str
    owner: str
    basis: str
    layouts: Mapping[Kind, Layout]
    needs: tuple[str, ...] = ()
    gives: Mapping[str, str] = field(default_factory=dict)
    """Their name -> the name it is known under here: {"FWBM": "housing.housing_code"}, {"DJBH": "JZDJ.DJBH"}."""
    window: Window = Window()
    channel: str = ""

    @cached_property
    def sources(self) -> frozenset[str]:
        return frozenset().union(*(layout.sources for layout in self.layouts.values()))
