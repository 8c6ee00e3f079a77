"""核实: still lives there, still as known. Nothing changes but the time it was last seen to be true."""

from __future__ import annotations

from datetime import datetime

from . import homes
from .acts import Act, Done
from .changes import mine
from .departures import meant, reached
from .forms import Kind
from .models import Record, Residency
from .refusals import refuse


def verify_resident(act: Act) -> Done:
    """One tap at the door; the version does not rise. Raises Refused, OutOfScope."""
    _nothing_else(act)
    person, residencies = reached(act)
    residency = meant(act, residencies)
    _seen(residency, act.at)
    _seen(person, act.at)
    known = {**person.document(), **homes.document(residencies[0])}
    return Done(person, known, known)


def verify_housing(act: Act) -> Done:
    """The same for a housing unit."""
    _nothing_else(act)
    housing = mine(act, Kind.HOUSING)
    if housing.closed_at is not None:
        refuse("record", "housing_closed")
    _seen(housing, act.at)
    known = housing.document()
    return Done(housing, known, known)


def _nothing_else(act: Act) -> None:
    if act.form.fields:
        refuse("fields", "nothing_to_change")


def _seen(row: Record | Residency, at: datetime) -> None:
    # An entry made offline may arrive after a newer one.
    if row.verified_at is None or row.verified_at < at:
        row.verified_at = at
        row.save(update_fields=["verified_at"])
