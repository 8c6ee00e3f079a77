"""A ledger from being handed in to being done with: taken in sealed parts, its columns settled, tried, begun, put away.

The rows themselves become entries slice by slice: see ledgers_entering, and delivery/ledgers, which carries them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.org import scope
from gridapp.org.models import User

from .ledgers_columns import LOOKED_THROUGH, guessed, heading_of, kind_of, missing
from .ledgers_entering import ALIKE, Came, take_all
from .ledgers_places import Places
from .ledgers_reading import Line, Unreadable, lines
from .models import Ledger, LedgerFile, LedgerPart, LedgerRow, Record

logger = logging.getLogger(__name__)

SLICE = 40
"""Rows of a part, which is one transaction: a fifth of a second, so that nobody at a door waits long for a lock."""
PIECE = 1024 * 1024
"""Bytes of a file that are sealed together."""
TRIED = 5
"""Rows that are tried before anything is entered."""
_AT_ONCE = 50
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of a file before its rows: what it is called, and the headings."""

    name: str
    titles: list[str]


def begin(content: bytes, *, by: User, name: str, grid_code: str = "", ledger_id: UUID | None = None) -> Ledger:
    """Takes a file in: its rows are sealed, nothing is entered yet. Raises Unreadable.

    `name`: what the file is called. `grid_code`: of rows that name no grid.
    """
    ledger = _new(by, name, grid_code, ledger_id or uuid4())
    with transaction.atomic():
        ledger.save(force_insert=True)
        _fill(ledger, content)
        note(Act.LEDGER_ACTED, by=by.pk, about=f"ledger:{ledger.pk}", did="begun")
    return ledger


def hand_in(content: bytes, *, by: User, name: str, grid_code: str = "") -> Ledger:
    """Keeps a file for `read_next`, which takes as long as it has rows. Raises Unreadable where that shows at once."""
    lines(content)
    ledger = _new(by, name, grid_code, uuid4())
    ledger.stage = Ledger.Stage.READING
    with transaction.atomic():
        ledger.save(force_insert=True)
        for number, start in enumerate(range(0, len(content), PIECE)):
            piece = LedgerFile(ledger=ledger, number=number)
            piece.sealed = sealing.seal(content[start : start + PIECE], bound_to=piece.bound_to)
            piece.save(force_insert=True)
        note(Act.LEDGER_ACTED, by=by.pk, about=f"ledger:{ledger.pk}", did="handed_in")
    return ledger


@transaction.atomic
def read_next() -> bool:
    """Reads the file that has waited longest; False where there is none, or all are in somebody's hands."""
    waiting = Ledger.objects.filter(stage=Ledger.Stage.READING).order_by("made_at", "pk")
    ledger = waiting.select_for_update(no_key=True, skip_locked=True).first()
    if ledger is None:
        return False
    if why := _read(ledger):
        Ledger.objects.filter(pk=ledger.pk).update(stage=Ledger.Stage.UNREADABLE, why=why, finished_at=timezone.now())
    LedgerFile.objects.filter(ledger=ledger).delete()
    return True


def _read(ledger: Ledger) -> str:
    """Why the file cannot be read, a word of Unreadable or "failed"; "" where it was."""
    pieces = LedgerFile.objects.filter(ledger=ledger).order_by("number")
    try:
        with transaction.atomic():
            _fill(ledger, b"".join(sealing.unseal(piece.sealed, bound_to=piece.bound_to) for piece in pieces))
    except Unreadable as error:
        return error.why
    except (OperationalError, InterfaceError):
        raise  # the database ended it, or went away: it is read again
    except Exception as error:
        # It would stand before all others for ever. What broke it may carry values: it is named by its kind alone.
        logger.error("the file of ledger %s cannot be read: %s", ledger.pk, type(error).__name__)
        return "failed"
    return ""


def _new(by: User, name: str, grid_code: str, ledger_id: UUID) -> Ledger:
    """A ledger of which nothing is read yet."""
    area = grid_code or _shared(scope.prefixes(by))
    ledger = Ledger(id=ledger_id, owner=by, area_code=area, grid_code=grid_code, kind=Record.Kind.RESIDENT)
    ledger.sealed = sealing.seal_json({"name": name[:_LONGEST_NAME], "titles": []}, bound_to=ledger.bound_to)
    return ledger


def _fill(ledger: Ledger, content: bytes) -> None:
    """Columns and rows, as they stand in the file. Raises Unreadable."""
    read = lines(content)
    top = list(islice(read, LOOKED_THROUGH))
    if not top:
        raise Unreadable("empty")
    place = heading_of([cells for _, cells in top])
    number, cells = top[place]
    titles = [cell or "" for cell in cells]
    rows = _keep(ledger, chain(top[place + 1 :], read))
    told = {"name": head(ledger).name, "titles": titles}
    ledger.stage, ledger.heading, ledger.rows = Ledger.Stage.COLUMNS, number, rows
    ledger.kind = kind_of(titles)
    ledger.fields = guessed(titles, ledger.kind)
    ledger.sealed = sealing.seal_json(told, bound_to=ledger.bound_to)
    ledger.save(update_fields=["stage", "heading", "rows", "kind", "fields", "sealed"])


def head(ledger: Ledger) -> Head:
    """Raises sealing.Unsealable."""
    opened: dict[str, Any] = sealing.unseal_json(ledger.sealed, bound_to=ledger.bound_to)
    return Head(opened["name"], opened["titles"])


def opened(part: LedgerPart) -> list[Line]:
    """The rows of a part. Raises sealing.Unsealable."""
    return [(number, cells) for number, cells in sealing.unseal_json(part.sealed, bound_to=part.bound_to)]


def content(row: LedgerRow) -> dict[str, Any]:
    """What was sealed of a row that needs a person. Raises sealing.Unsealable."""
    found: dict[str, Any] = sealing.unseal_json(row.sealed, bound_to=row.bound_to)
    return found


def seen_by(by: User) -> QuerySet[Ledger]:
    """The ledgers somebody handed in, and those of the areas they oversee; newest first."""
    prefixes = scope.condition(by, "area_code")
    return Ledger.objects.filter((Q(owner=by) | prefixes) if prefixes else prefixes).select_related("owner")


def settle_columns(ledger: Ledger, *, kind: str, fields: Sequence[str], defaults: Mapping[str, str]) -> bool:
    """Says which column is what; another kind of record than before means that they are guessed anew.

    False where the ledger has been begun meanwhile.
    """
    chosen = list(fields) if kind == ledger.kind else guessed(head(ledger).titles, kind)
    waiting = Ledger.objects.filter(pk=ledger.pk, stage=Ledger.Stage.COLUMNS)
    return bool(waiting.update(kind=kind, fields=chosen, defaults=dict(defaults)))


def lacking(ledger: Ledger) -> list[str]:
    """What every row needs and neither a column nor the ledger as a whole says: canonical names, or "housing"."""
    return missing(ledger.fields, ledger.defaults, ledger.kind)


def tried(ledger: Ledger, *, by: User) -> list[Came]:
    """What would become of the first rows: each is entered as it will be, and all of it taken back."""
    part = ledger.parts.order_by("number").first()
    if part is None or lacking(ledger):
        return []
    places = Places(by, ledger.grid_code)
    with transaction.atomic():
        came = take_all(ledger, opened(part)[:TRIED], places, by=by)
        transaction.set_rollback(True)
    return came


def start(ledger: Ledger) -> bool:
    """Lets the rows become entries of the ledger's owner. False where that is under way, or something is lacking."""
    if lacking(ledger):
        return False
    waiting = Ledger.objects.filter(pk=ledger.pk, stage=Ledger.Stage.COLUMNS)
    return bool(waiting.update(stage=Ledger.Stage.RUNNING, started_at=timezone.now()))


def drop(ledger: Ledger) -> bool:
    """Stops, and forgets the rows that have not been entered yet; those that were stay. False where it was over."""
    under_way = Ledger.objects.filter(pk=ledger.pk, stage__in=(Ledger.Stage.COLUMNS, Ledger.Stage.RUNNING))
    if not under_way.update(stage=Ledger.Stage.DROPPED, finished_at=timezone.now()):
        return False
    # Two transactions: whoever has a part counts it in the ledger's row before it goes, and would wait for us there.
    LedgerPart.objects.filter(ledger=ledger).delete()
    return True


def forget(ledger: Ledger) -> int:
    """Throws the wrong rows away, once somebody has fetched them or does not want them; how many."""
    number, _ = LedgerRow.objects.filter(ledger=ledger, why=LedgerRow.Why.WRONG).delete()
    return number


def wrong_rows(ledger: Ledger, most: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """The wrong rows with their numbers, in the order of the file. Raises sealing.Unsealable."""
    rows = LedgerRow.objects.filter(ledger=ledger, why=LedgerRow.Why.WRONG).order_by("number")
    for row in rows[:most].iterator(chunk_size=500):
        row.ledger = ledger
        yield row.number, content(row)


def keep_aside(ledger: Ledger, came: Iterable[Came]) -> None:
    """Keeps the rows that need a person, sealed."""
    rows = []
    for one in came:
        row = LedgerRow(ledger=ledger, number=one.row.number, why=_why(one), record=one.record)
        row.sealed = sealing.seal_json(one.content(), bound_to=row.bound_to)
        rows.append(row)
    LedgerRow.objects.bulk_create(rows)


def _why(one: Came) -> LedgerRow.Why:
    if one.record is None:
        return LedgerRow.Why.WRONG
    return LedgerRow.Why.ALIKE if ALIKE in one.differs else LedgerRow.Why.DIFFERS


def to_decide(ledger: Ledger) -> QuerySet[LedgerRow]:
    """The rows that wait for a person's decision, in the order of the file."""
    rows = LedgerRow.objects.filter(ledger=ledger, answer="").exclude(why=LedgerRow.Why.WRONG)
    return rows.select_related("record__building").order_by("number")


def _shared(prefixes: Sequence[str]) -> str:
    """The beginning that all areas of somebody have in common."""
    first, last = min(prefixes, default=""), max(prefixes, default="")
    differ = (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differ, len(first))]


def _keep(ledger: Ledger, read: Iterable[Line]) -> int:
    """Seals the rows part by part, never more than a thousand in hand; how many there are. Raises Unreadable."""
    count, parts = 0, []
    rows = iter(read)
    while some := list(islice(rows, SLICE)):
        part = LedgerPart(ledger=ledger, number=count // SLICE)
        part.sealed = sealing.seal_json(some, bound_to=part.bound_to)
        parts.append(part)
        count += len(some)
        if len(parts) == _AT_ONCE:
            LedgerPart.objects.bulk_create(parts)
            parts = []
    LedgerPart.objects.bulk_create(parts)
    if not count:
        raise Unreadable("empty")
    return count
