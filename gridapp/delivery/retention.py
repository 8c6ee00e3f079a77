"""保存期限: one night's round through everything that is past its period, and how long each kind of thing is kept.

The table is retention_rules; who throws away is named in it, for some of them stand above this module.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext, ngettext

from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from .dispatch import trace

logger = logging.getLogger(__name__)


class Unit(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Period:
    """So long. `setting`: which one says so where it is another than the usual."""

    usual: int
    unit: Unit
    setting: str = ""

    @property
    def now(self) -> int:
        return int(getattr(settings, self.setting)) if self.setting else self.usual

    def __str__(self) -> str:
        return words(self.now, self.unit)


@dataclass(frozen=True, slots=True)
class Rule:
    """How long something is kept. `models`: whose rows it is about. `since`: what the period counts from; where there
    is no period, why it is kept. `least`: what the law asks for. `by`: the function that throws away."""

    what: str | Promise
    models: tuple[str, ...]
    period: Period | None
    since: str | Promise
    source: str | Promise
    least: Period | None = None
    by: str = ""


def days(period: timedelta) -> Period:
    return Period(period.days, Unit.DAYS)


def words(number: int, unit: Unit) -> str:
    """A number of them in the language that is active."""
    told = {
        Unit.HOURS: gettext("%(number)s 小时"),
        Unit.DAYS: ngettext("%(number)s 日", "%(number)s 日", number),
        Unit.MONTHS: ngettext("%(number)s 个月", "%(number)s 个月", number),
        Unit.YEARS: ngettext("%(number)s 年", "%(number)s 年", number),
    }
    return told[unit] % {"number": number}


def markdown(rules: Iterable[Rule]) -> str:
    """The table as docs/privacy.md has it, in the language that is active, with the usual periods."""
    lines = ["| What | Tables | Kept | Counted from; why | At least | Law | Setting |", "|---|---|---|---|---|---|---|"]
    for rule in rules:
        told = Period(rule.period.usual, rule.period.unit) if rule.period else "–"
        setting = f"`{rule.period.setting}`" if rule.period and rule.period.setting else ""
        tables = " ".join(f"`{label}`" for label in rule.models)
        lines.append(
            f"| {rule.what} | {tables} | {told} | {rule.since} | {rule.least or ''} | {rule.source} | {setting} |"
        )
    return "\n".join(lines)


def run(rules: Iterable[Rule]) -> Mapping[str, int]:
    """Everybody who throws away, once; how many of each went. One who fails keeps nobody else from it."""
    gone: dict[str, int] = {}
    broken: list[str] = []
    for name in dict.fromkeys(rule.by for rule in rules if rule.by):
        try:
            gone |= _counted(name, import_string(name)())
        except Exception as error:  # what it does not throw away tonight it throws away tomorrow
            logger.error("%s: %s", name, trace(error))
            broken.append(name)
    what: dict[str, Any] = {word: number for word, number in gone.items() if number}
    if broken:
        what["broken"] = broken
    note(Act.PERIODS_KEPT, result="failed" if broken else "done", **what)
    return gone


def _counted(name: str, said: Mapping[str, int] | int) -> dict[str, int]:
    if isinstance(said, Mapping):
        return {word.replace(" ", "_"): number for word, number in said.items()}
    return {name.removeprefix("gridapp."): said}
