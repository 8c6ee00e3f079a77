"""变更 and 更正 of a resident: another phone, another document, a mistake put right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gridapp import sealing
from gridapp.org import scope

from . import homes, households, locks
from .acts import Act, Done, Stored
from .checks import RESIDENCY, RESIDENT, judged_changes, none_of
from .documents import stored
from .forms import Action, Kind
from .identity import blind_identities, brought_forward, may_follow
from .models import FormerDocument, Record, Residency
from .rebase import rebased
from .refusals import OutOfScope, Refused, refuse
from .search_tokens import of_resident

_COLUMNS = ["version", "sealed", "tokens", "identity", "grid_code", "closed_at", "verified_at", "updated_at"]


def change(act: Act) -> Done:
    """Lays the form's fields over what is known of a person. Raises Refused, OutOfScope."""
    person = mine(act, Kind.RESIDENT)
    correcting = act.form.action == Action.CORRECT
    if person.closed_at is not None and not correcting:
        refuse("record", "closed")
    residencies = homes.of(person)
    home = residencies[0] if residencies else None
    _same_home(act, home)
    _nothing_of_the_end(act, home)
    own = person.document()
    before = {**own, **homes.document(home)}
    changes = _changes(act, person, before)
    after = {name: value for name, value in {**before, **changes}.items() if value is not None}
    if after == before:
        return Done(person, before, before, changes)
    _document(act, person, before, after)
    others = _write_home(home, before, after, person)
    own = homes.part(after, "")
    write(person, own)
    return Done(person, before, {**own, **homes.document(home)}, changes, others)


def mine(act: Act, kind: Kind) -> Record:
    """The locked record that the form names, kept in one of the user's grids. Raises OutOfScope."""
    rows = locks.records(act.form.record)
    if not rows or rows[0].kind != kind or not scope.allows(act.by, rows[0].grid_code):
        raise OutOfScope
    return rows[0]


def laid_over(act: Act, record: Record, before: Stored, required: tuple[str, ...]) -> dict[str, Any]:
    """What the form changes of `before`, judged, against the version the worker had. Raises Refused."""
    values = judged_changes(before, act.form.fields, on=act.on, required=required)
    known = stored(values)
    return rebased(record, before, {name: known.get(name) for name in values}, act.form.base_version)


def _changes(act: Act, person: Record, before: Stored) -> dict[str, Any]:
    return laid_over(act, person, before, (*RESIDENT, *RESIDENCY, "id_type"))


def _same_home(act: Act, home: Residency | None) -> None:
    wanted = act.form.housing
    if wanted is None or (home and wanted in (home.housing_id, home.housing.housing_code)):
        return
    refuse("housing", "lives_elsewhere")


def _nothing_of_the_end(act: Act, home: Residency | None) -> None:
    """The end of a residency is given by closing it; afterwards it can be corrected."""
    ended = home is not None and not home.is_open
    names = [] if ended and act.form.action == Action.CORRECT else [*homes.ENDED, "death_date"]
    if refusals := none_of(act.form.fields, names, "use_close"):
        raise Refused(refusals)


def _document(act: Act, person: Record, before: Stored, after: Stored) -> None:
    """Another document: an upgrade leads to the same person from both, a mistyped one is forgotten."""
    old, new = ((known.get("id_type", ""), known.get("id_number", "")) for known in (before, after))
    identities = blind_identities(*new)
    identity, had = next(iter(identities), None), brought_forward(person.identity, *old)
    if identity == had:
        return
    if act.form.action != Action.CORRECT and not may_follow(old, new):
        refuse("id_number", "other_document")
    locks.hold_document(identities)
    if _is_taken(identities, person):
        refuse("id_number", "document_taken")
    if had is not None and act.form.action != Action.CORRECT:
        # Renewed to and fro: it may be a former one of this very person already.
        FormerDocument.objects.get_or_create(identity=had, record=person)
    person.identity = identity


def _is_taken(identities: Sequence[bytes], person: Record) -> bool:
    others = Record.objects.exclude(pk=person.pk)
    return others.filter(identity__in=identities).exists() or (
        FormerDocument.objects.filter(identity__in=identities).exclude(record=person).exists()
    )


def _write_home(home: Residency | None, before: Stored, after: Stored, person: Record) -> tuple[UUID, ...]:
    if home is None:
        return ()
    if homes.part(after, "residency") != homes.part(before, "residency"):
        homes.seal(home, homes.part(after, "residency"))
        home.save(update_fields=["sealed"])
    said = households.with_head(homes.part(after, "household"), after)
    if home.household is None:
        if not said:
            return ()
        home.household = households.join_now(home.housing_id, after)
        home.save(update_fields=["household"])
        return homes.housemates(home.household, person)
    return homes.housemates(home.household, person) if households.write(home.household, said) else ()


def write(person: Record, own: Stored) -> None:
    """The next version of a person: their document, and whatever columns the caller set on the object."""
    person.version += 1
    person.sealed = sealing.seal_json(own, bound_to=person.bound_to)
    person.tokens = of_resident(own)
    # Tokens say with which key the row was made: what is written with them is made with the same one.
    person.identity = brought_forward(person.identity, own.get("id_type", ""), own.get("id_number"))
    person.save(update_fields=_COLUMNS)
