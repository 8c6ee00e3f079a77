"""Who is to be certified: a connector, the package it lives in, and the sandbox department it is tried against."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from connectors.sandbox import Department
from connectors.sandbox.honoured import honoured
from gridapp.contract import ByHand, Capabilities, Connector, Misconfigured, Outcome, Profile

GROUP = "gridapp.connectors"
Claim = type[Outcome] | type[Misconfigured]


@dataclass(frozen=True)
class Subject:
    """One connector to be certified. `package`: where its `replies` and its README are."""

    connector: type[Connector]
    package: str
    department: type[Department]

    @property
    def profile(self) -> Profile:
        return self.connector.profile

    @property
    def can(self) -> Capabilities:
        return self.connector.capabilities

    @property
    def claims(self) -> Mapping[str, Claim]:
        """Their answer code -> what it becomes, from CLAIMS of the package's `replies`."""
        name = f"{self.package}.replies"
        replies = importlib.import_module(name) if importlib.util.find_spec(name) else None
        claims: Mapping[str, Claim] = getattr(replies, "CLAIMS", {})
        return claims

    @property
    def folder(self) -> Path:
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise AssertionError(f"{self.package} is no package")
        return Path(spec.submodule_search_locations[0])

    @cached_property
    def honours(self) -> frozenset[str]:
        """The faults that its department can be told."""
        return honoured(self.department)

    @property
    def by_workbook(self) -> bool:
        return self.can.by_hand is ByHand.WORKBOOK

    @property
    def on_the_wire(self) -> bool:
        """Whether send() itself tells the department: not with a workbook, with a card only where an agent does it."""
        return self.can.by_hand is None or (self.can.by_hand is ByHand.CARD and "hang" in self.honours)


def subjects(names: Iterable[str] = ()) -> list[Subject]:
    """Registered connectors with a sandbox, by name: all, or those of `names` (entry points or `module:Class`).

    Raises LookupError for a name that is no registered connector, or has no sandbox.
    """
    points = {point.name: point for point in entry_points(group=GROUP)}
    asked = list(names)
    if not asked:
        found = (_subject(points[name]) for name in sorted(points))
        return [one for one in found if one is not None]
    chosen = []
    for name in asked:
        if ":" not in name and name not in points:
            raise LookupError(f"no connector {name}, there are {', '.join(sorted(points))}")
        one = _subject(points.get(name) or EntryPoint(name, name, GROUP))
        if one is None:
            raise LookupError(f"{name} names no connector with a module sandbox beside it")
        chosen.append(one)
    return chosen


def _subject(point: EntryPoint) -> Subject | None:
    loaded = point.load()
    package = point.module.rpartition(".")[0]
    if not isinstance(loaded, type) or not importlib.util.find_spec(f"{package}.sandbox"):
        return None
    return Subject(loaded, package, importlib.import_module(f"{package}.sandbox").DEPARTMENT)
