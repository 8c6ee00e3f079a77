"""What would go out for one record, for people to look at, and files that people carry where no wire goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Line:
    """One field as the target sees it: its name there, its value there as text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent. `message`: the whole message before it is encrypted or signed, "" where there is none."""

    lines: tuple[Line, ...]
    message: str = ""


class ByHand(StrEnum):
    """How a person fills a target that no wire reaches."""

    CARD = "card"  # field by field from a copy-card (代填单)
    WORKBOOK = "workbook"  # by uploading a workbook and bringing back what it answers


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that a person uploads at the target. `name`: as the target wants it called."""

    name: str
    content: bytes
    media_type: str


class UnreadableError(ValueError):
    """A file that is no answer to the sheet it was brought back for; the text says why, in Chinese, naming no value."""
