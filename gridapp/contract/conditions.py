"""Conditions as data: when a target applies, when a row is required. Shown in words, shipped as JSON, evaluated here.

A handful of operators and no lambdas, so that a person can read them and a tablet can evaluate them offline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Label = Callable[[str, str | None], str]
"""(field, code or None) -> the word for a person: a field's label, or the label of one of its codes."""


def is_known(value: Any) -> bool:
    """True for anything a person stated: False and 0 are answers, None, "" and [] are not."""
    return value is not None and value != "" and value != []


class Condition:
    """One truth about a view (canonical name -> value)."""

    def holds(self, view: Mapping[str, Any]) -> bool:
        raise NotImplementedError

    def fields(self) -> frozenset[str]:
        """The canonical names it reads."""
        raise NotImplementedError

    def consulted(self, view: Mapping[str, Any]) -> list[str]:
        """The names that decide it for this view, in order: parts after the one that settles it are not read."""
        return sorted(self.fields())

    def words(self, label: Label, lang: str = "zh") -> str:
        """The condition as a sentence part, zh or en."""
        raise NotImplementedError

    def as_json(self) -> list[Any]:
        """`["is_in", field, [values]]`, `["all_of", [...]]` …: what the tablet evaluates."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class IsIn(Condition):
    field: str
    values: tuple[str | bool, ...]

    def holds(self, view: Mapping[str, Any]) -> bool:
        value = view.get(self.field)
        if isinstance(value, list | tuple):  # a list field is in when any of its codes is
            return any(code in self.values for code in value)
        return value in self.values

    def fields(self) -> frozenset[str]:
        return frozenset({self.field})

    def words(self, label: Label, lang: str = "zh") -> str:
        return self.sentence(label, lang, "为" if lang == "zh" else " is ")

    def sentence(self, label: Label, lang: str, verb: str) -> str:
        """Field, verb, codes: "人口类别为流动人口/境外人员"; some labels have commas of their own."""
        if set(self.values) <= {True, False}:
            yes, no = ("是", "否") if lang == "zh" else ("yes", "no")
            return label(self.field, None) + verb + (yes if True in self.values else no)
        names = ("/" if lang == "zh" else " / ").join(label(self.field, str(value)) for value in self.values)
        return label(self.field, None) + verb + names

    def as_json(self) -> list[Any]:
        return ["is_in", self.field, list(self.values)]


@dataclass(frozen=True, slots=True)
class AtLeast(Condition):
    field: str
    number: int

    def holds(self, view: Mapping[str, Any]) -> bool:
        value = view.get(self.field)
        return isinstance(value, int | float | Decimal) and value >= self.number

    def fields(self) -> frozenset[str]:
        return frozenset({self.field})

    def words(self, label: Label, lang: str = "zh") -> str:
        return f"{label(self.field, None)}{'不小于' if lang == 'zh' else ' is at least '}{self.number}"

    def as_json(self) -> list[Any]:
        return ["at_least", self.field, self.number]


@dataclass(frozen=True, slots=True)
class Known(Condition):
    field: str

    def holds(self, view: Mapping[str, Any]) -> bool:
        return is_known(view.get(self.field))

    def fields(self) -> frozenset[str]:
        return frozenset({self.field})

    def words(self, label: Label, lang: str = "zh") -> str:
        return f"{label(self.field, None)}{'已填写' if lang == 'zh' else ' is known'}"

    def as_json(self) -> list[Any]:
        return ["known", self.field]


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    parts: tuple[Condition, ...]

    def holds(self, view: Mapping[str, Any]) -> bool:
        return all(part.holds(view) for part in self.parts)

    def fields(self) -> frozenset[str]:
        return frozenset().union(*(part.fields() for part in self.parts))

    def consulted(self, view: Mapping[str, Any]) -> list[str]:
        return _until(self.parts, view, stop_at=False)

    def words(self, label: Label, lang: str = "zh") -> str:
        if not self.parts:
            return "总是" if lang == "zh" else "always"
        return ("且" if lang == "zh" else " and ").join(_grouped(part, label, lang) for part in self.parts)

    def as_json(self) -> list[Any]:
        return ["all_of", [part.as_json() for part in self.parts]]


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    parts: tuple[Condition, ...]

    def holds(self, view: Mapping[str, Any]) -> bool:
        return any(part.holds(view) for part in self.parts)

    def fields(self) -> frozenset[str]:
        return frozenset().union(*(part.fields() for part in self.parts))

    def consulted(self, view: Mapping[str, Any]) -> list[str]:
        return _until(self.parts, view, stop_at=True)

    def words(self, label: Label, lang: str = "zh") -> str:
        if not self.parts:
            return "从不" if lang == "zh" else "never"
        return ("或" if lang == "zh" else " or ").join(_grouped(part, label, lang) for part in self.parts)

    def as_json(self) -> list[Any]:
        return ["any_of", [part.as_json() for part in self.parts]]


@dataclass(frozen=True, slots=True)
class Not(Condition):
    part: Condition

    def holds(self, view: Mapping[str, Any]) -> bool:
        return not self.part.holds(view)

    def fields(self) -> frozenset[str]:
        return self.part.fields()

    def consulted(self, view: Mapping[str, Any]) -> list[str]:
        return self.part.consulted(view)

    def words(self, label: Label, lang: str = "zh") -> str:
        if isinstance(self.part, AtLeast):
            said = "小于" if lang == "zh" else " is below "
            return f"{label(self.part.field, None)}{said}{self.part.number}"
        if isinstance(self.part, Known):
            return label(self.part.field, None) + ("未填写" if lang == "zh" else " is not known")
        if isinstance(self.part, IsIn):
            return self.part.sentence(label, lang, "不为" if lang == "zh" else " is not ")
        return f"{'非' if lang == 'zh' else 'not '}({self.part.words(label, lang)})"

    def as_json(self) -> list[Any]:
        return ["not", self.part.as_json()]


def _until(parts: tuple[Condition, ...], view: Mapping[str, Any], *, stop_at: bool) -> list[str]:
    names: dict[str, None] = {}
    for part in parts:
        names.update(dict.fromkeys(part.consulted(view)))
        if part.holds(view) is stop_at:
            break
    return list(names)


def _grouped(part: Condition, label: Label, lang: str) -> str:
    said = part.words(label, lang)
    return f"({said})" if isinstance(part, AllOf | AnyOf) and len(part.parts) > 1 else said


ALWAYS: Condition = AllOf(())
NEVER: Condition = AnyOf(())


def is_in(field: str, *values: str | bool) -> Condition:
    """The field's code is one of `values`; for a list field, any of its codes."""
    return IsIn(field, values)


def at_least(field: str, number: int) -> Condition:
    """The field is a number and not below `number` (years for age, whole months or days for residency.*)."""
    return AtLeast(field, number)


def known(field: str) -> Condition:
    return Known(field)


def all_of(*parts: Condition) -> Condition:
    return AllOf(parts)


def any_of(*parts: Condition) -> Condition:
    return AnyOf(parts)


def not_(part: Condition) -> Condition:
    return Not(part)
