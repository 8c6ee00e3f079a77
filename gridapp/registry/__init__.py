"""What is true: residents, housing, residencies, and every entry that was made of them.

The path of an entry: `forms` (its shape) → `entries` (same or new) → `residents` or `housings` (what the act does) →
`views` (the record as everybody else reads it).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import search, views
    from .entries import enter
    from .forms import EntryForm
    from .reach import find, residents_at, visible
    from .references import receive
    from .refusals import OutOfScope, Refused, SameIdOtherContent
    from .timeline import history

_HOMES = {
    "enter": "entries",
    "EntryForm": "forms",
    "history": "timeline",
    "find": "reach",
    "residents_at": "reach",
    "visible": "reach",
    "receive": "references",
    "OutOfScope": "refusals",
    "Refused": "refusals",
    "SameIdOtherContent": "refusals",
}

__all__ = [
    "EntryForm",
    "OutOfScope",
    "Refused",
    "SameIdOtherContent",
    "enter",
    "find",
    "history",
    "receive",
    "residents_at",
    "search",
    "views",
    "visible",
]


def __getattr__(name: str) -> Any:
    # Looked up at first use: models cannot be imported while Django is still collecting its applications.
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    if name in __all__:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
