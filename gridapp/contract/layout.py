"""The mapping as data: our field -> their field, their code, their format, required when.

Seven things are read from a layout: the payload, what the form asks, what is still missing, the minimum a connector is
handed, which targets an edit concerns, the catalogue page, and what waits for another target's number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .conditions import ALWAYS, NEVER, Condition, is_known, known
from .parcel import ATTACHMENT, Action, Kind
from .recoded import Recoded
from .window import Window

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

    `source`: a canonical name of the dictionary, a number another target gave (`JZDJ.DJBH`), the code of our grid in
    their system (`mapped.police_grid`), or an `@` value that the connector makes itself (`@id @op @worker @time @hash
    @catalog`).
    `whole`: for an odd value that reads more, or less, than its source; it gets the view, and `reads` names all it
    reads. A constant reads nothing, so nobody is asked for it and the connector never sees what is behind it.
    `offered`: of whom the form asks an optional row at all; sending does not depend on it. `asks`: what is asked for a
    `whole` row, where that is less than all it reads. `stands`: when a `whole` has a value, where that is more than its
    source being known; the tablet goes by it, for it runs no function.
    """

    source: str
    name: str
    format: Format | None = None
    required: Condition = NEVER
    whole: Callable[[View], Any] | None = None
    reads: tuple[str, ...] = ()
    note: str = ""
    offered: Condition = ALWAYS
    asks: tuple[str, ...] | None = None
    stands: Condition | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every name of the view that its value is made of."""
        return (self.source,) if self.whole is None else self.reads

    @property
    def code_from(self) -> str:
        """Where a code stands that its target may have renumbered: its source where that is read at all, else ""."""
        return self.source if self.source in self.inputs else ""

    def value(self, view: View) -> Any:
        """Their value, or None where we have none. Raises Inexpressible."""
        value = view.get(self.code_from)
        if type(value) is Recoded and self.name in value.told:
            return value.told[self.name]
        try:
            if self.whole is not None:
                return self.whole(view)
            if not is_known(value):
                return None
            return self.format(value) if self.format else value
        except ValueError as error:
            raise Inexpressible(self.source, str(error)) from error

    def is_missing(self, view: View) -> bool:
        """Whether a person or another target still has to give what the row is made of."""
        if self.whole is None:
            return not is_known(view.get(self.source))
        try:
            return not is_known(self.whole(view))
        except ValueError:
            return False  # there is something, though the target cannot express it

    def is_asked(self, view: View) -> bool:
        """Whether the form asks for it: required now, or optional and sensible for this record."""
        return self.asked_when.holds(view)

    @property
    def asked_when(self) -> Condition:
        """A row that is required of some is asked of those alone: nobody else is bothered with it."""
        return self.offered if self.required is NEVER else self.required

    @property
    def stands_when(self) -> Condition:
        """The contrary of `is_missing`, as data. A constant always stands."""
        if self.stands is not None:
            return self.stands
        return ALWAYS if self.whole is not None and not self.reads else known(self.source)

    @property
    def asked_names(self) -> tuple[str, ...]:
        """What is asked for it."""
        return self.inputs if self.asks is None else self.asks


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
        return frozenset(name for row in self.content_rows for name in row.inputs)

    @cached_property
    def attachments(self) -> frozenset[str]:
        """The attachments it may be handed: `attachment.hazard_photo`."""
        return frozenset(name for name in self.sources if name.startswith(ATTACHMENT))

    @cached_property
    def _steps(self) -> tuple[tuple[str, str, str, Format | None, Callable[[View], Any] | None], ...]:
        return tuple((row.name, row.source, row.code_from, row.format, row.whole) for row in self.content_rows)

    def content(self, view: View) -> dict[str, Any]:
        """Their field -> their value, in their order, without @ values. Raises Inexpressible.

        Called for every record and target at planning and again at sending: one loop, no call per row.
        """
        sent: dict[str, Any] = {}
        get = view.get
        source = ""
        try:
            for name, source, code_from, form, whole in self._steps:  # noqa: B007 - who fails is named
                value = get(code_from)
                if type(value) is Recoded and name in value.told:
                    value = value.told[name]
                elif whole is not None:
                    value = whole(view)
                elif value is None or value == "" or value == []:
                    value = None
                elif form is not None:
                    value = form(value)
                sent[name] = value
        except ValueError as error:
            raise Inexpressible(source, str(error)) from error
        return sent

    def required(self, view: View) -> list[str]:
        """Canonical names that this record must have for this target, in their order; constants need nothing."""
        return [row.source for row in self.content_rows if row.source in row.inputs and row.required.holds(view)]

    def missing(self, view: View) -> list[str]:
        """Required names that are not known yet, in their order."""
        return [row.source for row in self.content_rows if row.required.holds(view) and row.is_missing(view)]

    def refusals(self, view: View) -> list[Inexpressible]:
        """Every known value that the target cannot express, not just the first."""
        refused = []
        for row in self.content_rows:
            try:
                row.value(view)
            except Inexpressible as error:
                refused.append(error)
        return refused

    def asked(self, view: View) -> list[str]:
        """Canonical names that the form must offer for this record, in their order, required and optional."""
        asked = (row for row in self.content_rows if row.is_asked(view))
        return list(dict.fromkeys(name for row in asked for name in row.asked_names))

    def minimum(self, view: View) -> dict[str, Any]:
        """The declared fields alone."""
        return {name: view[name] for name in self.sources & view.keys() if is_known(view[name])}


@dataclass(frozen=True)
class Profile:
    """One kind of departmental system: who it is, what it receives, what it waits for and gives.

    `owner`, `basis` (the legal basis in the catalogue), `channel` and `purpose` are Chinese, `…_en` their English.
    `position`: its place on pages. `listed` False: no system of a district (a bench's counterpart, say), so it gets no
    place by itself. `permits`: fields of sharing class N that a law named in `basis` lets it have.
    """

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
    gives_for: Mapping[str, Kind] = field(default_factory=dict)
    """The name here -> the kind of record it is given for, where a target gives numbers for several kinds."""
    window: Window = field(default_factory=Window)
    channel: str = ""
    channel_en: str = ""
    owner_en: str = ""
    basis_en: str = ""
    purpose: str = ""
    purpose_en: str = ""
    position: int = 100
    listed: bool = True
    permits: frozenset[str] = frozenset()

    @cached_property
    def sources(self) -> frozenset[str]:
        return frozenset().union(*(layout.sources for layout in self.layouts.values()))
