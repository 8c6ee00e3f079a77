"""Who may know what: the departmental systems of this district, what each receives, why, and what it still misses.

`profiles` finds the connectors, `targets` are those configured here, `asking` is what a form must know of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .asking import Readiness, asked, compulsory, needed, readiness
    from .targets import Configured

_HOMES = {
    "Configured": "targets",
    "Readiness": "asking",
    "asked": "asking",
    "compulsory": "asking",
    "needed": "asking",
    "readiness": "asking",
}

__all__ = ["Configured", "Readiness", "asked", "compulsory", "needed", "readiness"]


def __getattr__(name: str) -> Any:
    # Looked up at first use: models cannot be imported while Django is still collecting its applications.
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
