"""What every act of an entry is given and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from gridapp.org.models import User

from .books import ONE_BY_ONE, Books
from .forms import EntryForm
from .models import Record

Stored = Mapping[str, Any]
"""Canonical name -> value as it is sealed (JSON types)."""


@dataclass(frozen=True, slots=True)
class Act:
    """One entry under way: the form, whose it is, when it was made, the day its values are judged on, and the books
    that an arrival asks and writes."""

    form: EntryForm
    by: User
    at: datetime
    on: date
    books: Books = ONE_BY_ONE


@dataclass(frozen=True, slots=True)
class Done:
    """What an act did. `before` and `after`: the record's whole document, for the entry to keep the difference.

    `entered`: the values of the form as they were understood. `others`: records whose views this changed as well.
    `new`: rows to be inserted together with the entry.
    """

    record: Record
    before: Stored
    after: Stored
    entered: Stored = field(default_factory=dict)
    others: tuple[UUID, ...] = ()
    new: tuple[Model, ...] = ()


def difference(before: Stored, after: Stored) -> dict[str, Any]:
    """What turns `before` into `after`; None for a field that was emptied."""
    names = before.keys() | after.keys()
    return {name: after.get(name) for name in sorted(names) if before.get(name) != after.get(name)}
