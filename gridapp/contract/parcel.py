"""What a connector is handed: one parcel per record, holding only the fields its layout declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    RESIDENT = "resident"
    HOUSING = "housing"


class Action(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    VERIFY = "verify"  # nothing changed, the person still lives here (核实)
    CLOSE = "close"


ATTACHMENT = "attachment."
"""How the canonical names of attachments begin; in a view they stand for the SHA-256 of the content (hex)."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A scan or photo that a target asked for: `application/pdf` or `image/jpeg`, at most 5 MB."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Worker:
    """Who made the entry, for targets that ask: staff number, name, document number."""

    no: str
    name: str
    id_number: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One record for one target.

    `key` (32 hex digits) stays the same across retries of the same content and is new for new content: a target that
    keys on it stores one thing once. `reference` is the number this target gave for the record earlier, "" before.
    `attachments`: canonical name (`attachment.hazard_photo`) -> content, of those the layout declares and we have.
    """

    key: str
    kind: Kind
    action: Action
    fields: Mapping[str, Any]
    worker: Worker
    made_at: datetime
    reference: str = ""
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
