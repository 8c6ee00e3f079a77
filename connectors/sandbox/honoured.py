"""Which faults a department can be told of: those that its own modules name, and those of its channel."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .department import Department
from .faults import NAMES
from .http import GENERIC, HttpChannel


@cache
def honoured(department: type[Department]) -> frozenset[str]:
    """Read from the source of its modules (its own and every `sandbox*.py` beside it), so that no list can go stale.

    A department that gets its faults from elsewhere adds them in `honours`.
    """
    words: set[str] = set()
    for path in _modules(department):
        words |= set(_words(ast.parse(path.read_text(encoding="utf-8"))))
    generic = GENERIC if HttpChannel.__name__ in words else frozenset()
    return department.honours | department.shuts_port | generic | (words & NAMES.keys())


def _modules(department: type[Department]) -> set[Path]:
    """Where the class and its parents are written, up to what all departments are."""
    own = {Path(inspect.getfile(one)) for one in department.__mro__ if issubclass(one, Department)}
    own.discard(Path(inspect.getfile(Department)))
    return own | {beside for path in own for beside in path.parent.glob("sandbox*.py")}


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
