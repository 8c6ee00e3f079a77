"""Notes an act in the transaction that does it."""

from __future__ import annotations

from .acts import Act
from .models import Note


def note(
    act: Act, *, by: int | None = None, about: str = "", result: str = "done", **what: str | int | bool | list[str]
) -> None:
    """One row; it stands or falls with the act itself. `what` never holds a person's value."""
    Note.objects.create(act=act, by=by, about=about, result=result, what=what)
