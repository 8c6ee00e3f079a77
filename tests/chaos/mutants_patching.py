"""How a known-bad design is put into a running worker: by replacing what it calls, or the words of its statements.

Every patch makes sure that what it replaces is there: a house that was rebuilt must not disarm a mutant unseen.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import psycopg

OURS = ("gridapp.", "connectors.", "chaos_connectors.")
Make = Callable[[Any], Any]
_said: list[tuple[str, str, str]] = []


class DisarmedError(RuntimeError):
    """What a mutant replaces is not there (any more)."""


def replaced(module: str, name: str, make: Make) -> None:
    """`make(old)` instead of the function `name` of a module, wherever it was imported to.

    Raises DisarmedError.
    """
    home = importlib.import_module(module)
    importlib.import_module("gridapp.delivery.tasks")  # whoever imports it has done so
    old = getattr(home, name, None)
    if not callable(old):
        raise DisarmedError(f"{module} has no {name}()")
    new = make(old)
    for other in [one for key, one in sys.modules.items() if one is not None and key.startswith(OURS)]:
        for at, found in list(vars(other).items()):
            if found is old:
                setattr(other, at, new)


def method(owner: type, name: str, make: Make) -> None:
    """`make(old)` instead of a method. Raises DisarmedError."""
    if not callable(getattr(owner, name, None)):
        raise DisarmedError(f"{owner.__qualname__} has no {name}()")
    setattr(owner, name, make(getattr(owner, name)))


def reworded(module: str, old: str, new: str, *, where: str = "") -> None:
    """`new` for `old` in every statement that holds `where`; `old` must stand in the source of the module.

    Raises DisarmedError.
    """
    source = inspect.getsource(_loaded(module))
    if old not in source or where not in source:
        raise DisarmedError(f"{module} does not say: {old}")
    if not _said:
        for kind in (psycopg.Cursor, psycopg.AsyncCursor):
            method(kind, "execute", _rewording)
    _said.append((where, old, new))


def _rewording(execute: Any) -> Any:
    def executed(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        return execute(self, _rewritten(query), *args, **options)

    return executed


def _rewritten(query: Any) -> Any:
    if not isinstance(query, str | bytes):
        return query
    text = query.decode() if isinstance(query, bytes) else query
    for where, old, new in _said:
        if where in text:
            text = text.replace(old, new)
    return text.encode() if isinstance(query, bytes) else text


def rewordings() -> int:
    """How many there are."""
    return len(_said)


def _loaded(module: str) -> ModuleType:
    return importlib.import_module(module)
