"""One thing that was looked at: how it stands, in words, and what to do where it does not stand well."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """`fail`: something does not work, or what is promised is not kept. `warn`: it will, or it could."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"

    @property
    def mark(self) -> str:
        return {"ok": "✓", "warn": "!", "fail": "✗"}[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: a stable name for machines, e.g. `database.version`. `said` and `remedy`: in the reader's language."""

    check: str
    level: Level
    said: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


def well(check: str, said: str) -> Finding:
    return Finding(check, Level.OK, said)


def warn(check: str, said: str, remedy: str) -> Finding:
    return Finding(check, Level.WARN, said, remedy)


def fail(check: str, said: str, remedy: str) -> Finding:
    return Finding(check, Level.FAIL, said, remedy)
