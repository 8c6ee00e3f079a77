"""Who: the area tree, the people who sign in what they may see, API tokens, other systems' codes of our grids."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import scope, staff, tokens
    from .grids import mapped

__all__ = ["mapped", "scope", "staff", "tokens"]


def __getattr__(name: str) -> Any:
    # Looked up at first use: models cannot be imported while Django is still collecting its applications.
    if name == "mapped":
        return import_module(".grids", __name__).mapped
    if name in __all__:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
