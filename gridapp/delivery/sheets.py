"""Workbooks: what waits for a clerk is written into one, a person uploads it, and its answer is brought back.

A row of a workbook is a delivery in the department's hands under the ticket of that row; only what the answer says of
that row, or a person who takes the whole workbook back, moves it on.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.catalogue import officers
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    ByHand,
    Connector,
    Inexpressible,
    Kind,
    Outcome,
    Parcel,
    Unknown,
    UnreadableError,
)
from gridapp.contract import (
    Sheet as File,
)
from gridapp.org import scope
from gridapp.org.models import User

from . import clock, wake
from .byhand import action_sent, in_hand, mine
from .claim import Claimed
from .dispatch import prepare, trace
from .models import Delivery, Sheet, Status
from .retrying import after_deadlock
from .settle import Owned, Settled, settle
from .transitions import Move, move, require

logger = logging.getLogger(__name__)

WITHDRAWN = "withdrawn"
LOOKED_THROUGH = 4
"""Times a batch that is looked through for rows that go together."""


class Unmade(Exception):
    """The connector does not open with its settings, or breaks: an operator must look. The text names no value."""


def takes_workbooks(one: Configured) -> bool:
    return one.connector is not None and one.connector.capabilities.by_hand == ByHand.WORKBOOK


def seen_by(by: User) -> QuerySet[Sheet]:
    """The workbooks whose every row lies in somebody's areas and whose file is still kept, newest first."""
    kept = Sheet.objects.filter(officers.condition(by)).exclude(sealed=b"")
    return scope.within(kept, by).select_related("made_by", "returned_by").order_by("-pk")


def to_export(one: Configured, by: User) -> dict[str, int]:
    """Kind -> how many deliveries wait for a workbook; what none can hold waits for a clerk alone."""
    rows = mine(by).filter(target=one.target).exclude(reason_code="inexpressible").values_list("record__kind")
    return dict(rows.annotate(Count("pk")).order_by("record__kind"))


def content(sheet: Sheet) -> bytes:
    """The file as it was made. Raises sealing.Unsealable."""
    return sealing.unseal(bytes(sheet.sealed), bound_to=sheet.bound_to)


@after_deadlock
@transaction.atomic
def export(one: Configured, kind: Kind, *, by: User) -> Sheet | None:
    """Writes what waits longest into a workbook and hands it out; None where nothing can be written.

    One kind of record, one group where the target has several templates, one of the user's areas. What the workbook
    cannot hold stays with the clerk. Raises Unmade.
    """
    connector = _opened(one)
    rows = _locked(one, kind, by, limit=one.target.batch or connector.capabilities.batch)
    rows_by_id = {row.pk: row for row in rows}
    prepared = prepare([in_hand(row) for row in rows], one, on=clock.day(clock.now()))
    chosen = _together(connector, zip(prepared.claimed, prepared.batch, strict=True))
    chosen = chosen[: one.target.batch or connector.capabilities.batch]
    if not chosen:
        return None
    chosen, file = _written(connector, chosen)
    if file is None:
        return None
    grid_codes = [rows_by_id[claimed.id].record.grid_code for claimed, _ in chosen]
    sheet = Sheet.objects.create(
        target=one.target, kind=kind, name=file.name, media_type=file.media_type, rows=len(chosen), sealed=b"",
        grid_code=_area_of(grid_codes), made_by=by,
    )  # fmt: skip
    sheet.sealed = sealing.seal(file.content, bound_to=sheet.bound_to)
    sheet.save(update_fields=["sealed"])
    _hand_out(sheet, [claimed for claimed, _ in chosen], by)
    note(Act.WORKBOOK_MADE, by=by.pk, about=f"workbook:{sheet.pk}", target=one.target.key, rows=sheet.rows)
    return sheet


def take_back(sheet: Sheet, one: Configured, came_back: bytes, *, by: User) -> Counter[str]:
    """Settles every row as the file that came back says; outcome word -> rows that it moved. Twice does nothing more.

    Raises UnreadableError for a file that is no answer to this workbook, Unmade.
    """
    return _settle(sheet, one, said(sheet, one, came_back), by)


def said(sheet: Sheet, one: Configured, came_back: bytes) -> Sequence[Outcome]:
    """What a file that came back says of every row, and nothing done about it. Raises as take_back."""
    connector = _opened(one)
    try:
        outcomes = connector.read_sheet(content(sheet), came_back)
    except UnreadableError:
        raise
    except Exception as error:
        logger.error("%s: reading what came back for sheet %d broke: %s", one.target.key, sheet.pk, trace(error))
        raise Unmade from error
    if len(outcomes) != sheet.rows:
        logger.error("%s: %d answers for the %d rows of sheet %d", one.target.key, len(outcomes), sheet.rows, sheet.pk)
        raise Unmade
    return outcomes


@after_deadlock
@transaction.atomic
def withdraw(sheet: Sheet, one: Configured, *, by: User) -> int:
    """Puts the rows of a workbook that nobody uploaded back to the clerk; how many. 0 once an answer was read."""
    locked = Sheet.objects.select_for_update().get(pk=sheet.pk)
    if locked.returned_at is not None:
        return 0
    back = Move(Status.MANUAL, "by_hand", restores_doubt=True, counts=False)
    rows = _out(locked, Status.SUBMITTED)
    settled = [Settled(row.pk, row.record_id, back, WITHDRAWN, action_sent(row), row.ticket) for row in rows]
    number = settle(settled, source=one.target.key, owned=Owned.TICKET, started_at=clock.now(), by=by.pk)
    _close(locked, Counter({WITHDRAWN: number}), by)
    note(Act.WORKBOOK_WITHDRAWN, by=by.pk, about=f"workbook:{sheet.pk}", target=one.target.key, rows=number)
    wake.after_commit([one.target.pk])  # what changed meanwhile waits for its lane
    return number


@after_deadlock
@transaction.atomic
def _settle(sheet: Sheet, one: Configured, outcomes: Sequence[Outcome], by: User) -> Counter[str]:
    locked = Sheet.objects.select_for_update().get(pk=sheet.pk)
    answers = {locked.ticket(row): outcome for row, outcome in enumerate(outcomes, start=1)}
    settled = [
        Settled(
            row.pk, row.record_id, move(answers[row.ticket], attempts=row.attempts, resend_safe=False),
            word(answers[row.ticket]), action_sent(row), row.ticket,
        )
        for row in _out(locked, Status.SUBMITTED, Status.UNCERTAIN)
        if moves(row, answers[row.ticket])
    ]  # fmt: skip
    counts = Counter(row.outcome for row in settled)
    settle(settled, source=one.target.key, owned=Owned.TICKET, started_at=clock.now(), by=by.pk)
    note(Act.WORKBOOK_ANSWERED, by=by.pk, about=f"workbook:{sheet.pk}", target=one.target.key, rows=counts.total())
    if counts or locked.returned_at is None:
        _close(locked, counts, by)
    wake.after_commit([one.target.pk])
    return counts


def moves(row: Delivery, outcome: Outcome) -> bool:
    """False for what was doubtful and still is: that has been told already."""
    return not (row.status == Status.UNCERTAIN and isinstance(outcome, Unknown))


def _close(sheet: Sheet, counts: Counter[str], by: User) -> None:
    sheet.counts = dict(Counter(sheet.counts) + counts)
    sheet.returned_by, sheet.returned_at = by, timezone.now()
    sheet.sealed_answer, sheet.answer_by = b"", None
    sheet.save(update_fields=["counts", "returned_by", "returned_at", "sealed_answer", "answer_by"])


def _out(sheet: Sheet, *statuses: Status) -> list[Delivery]:
    """The rows of a workbook that have not been answered, in the order of their ids and locked."""
    tickets = [sheet.ticket(row) for row in range(1, sheet.rows + 1)]
    rows = Delivery.objects.filter(target=sheet.target, ticket__in=tickets, status__in=statuses)
    return list(rows.select_for_update(no_key=True).order_by("pk"))


def _opened(one: Configured) -> Connector:
    if one.connector is None or not takes_workbooks(one):
        raise Unmade
    try:
        return one.connector(one.target.settings())
    except Exception as error:
        logger.error("%s: the connector does not open: %s", one.target.key, trace(error))
        raise Unmade from error


def _locked(one: Configured, kind: Kind, by: User, *, limit: int) -> list[Delivery]:
    """What waits longest, of one of the user's areas: whoever may see one row of the workbook may see them all."""
    rows = mine(by).filter(target=one.target, record__kind=kind).order_by("changed_at", "pk")
    first = rows.values_list("record__grid_code", flat=True).first()
    if first is None:
        return []
    area = next(prefix for prefix in scope.prefixes(by) if first.startswith(prefix))
    locked = rows.filter(record__grid_code__startswith=area).select_related("record")
    return list(locked.select_for_update(skip_locked=True, no_key=True, of=("self",))[: limit * LOOKED_THROUGH])


def _together(connector: Connector, pairs: Iterable[tuple[Claimed, Parcel]]) -> list[tuple[Claimed, Parcel]]:
    """Those of the first one's group, without what the target's table cannot express."""
    group, chosen = None, []
    for claimed, parcel in pairs:
        try:
            connector.profile.layouts[parcel.kind].content(parcel.fields)
            own = connector.sheet_group(parcel)
        except Inexpressible:
            continue
        group = own if group is None else group
        if own == group:
            chosen.append((claimed, parcel))
    return chosen


def _written(
    connector: Connector, chosen: list[tuple[Claimed, Parcel]]
) -> tuple[list[tuple[Claimed, Parcel]], File | None]:
    """The file and what stands in it; where a value does not go into a file, it is made without that row."""
    try:
        return chosen, connector.sheet([parcel for _, parcel in chosen])
    except Inexpressible:
        fit = [one for one in chosen if _fits(connector, one[1])]
        if not fit or len(fit) == len(chosen):
            return [], None
        return fit, connector.sheet([parcel for _, parcel in fit])
    except Exception as error:
        logger.error("%s: the workbook cannot be made: %s", connector.profile.key, trace(error))
        raise Unmade from error


def _fits(connector: Connector, parcel: Parcel) -> bool:
    try:
        connector.sheet([parcel])
    except Inexpressible:
        return False
    return True


def _hand_out(sheet: Sheet, rows: Sequence[Claimed], by: User) -> None:
    """The rows are the department's from now on, and nobody asks for them: a person brings the answer."""
    require(Status.MANUAL, Status.SUBMITTED)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH row AS (
                SELECT * FROM unnest(%(ids)s::bigint[], %(told)s::bigint[]) WITH ORDINALITY AS r(id, told, number)),
            taken AS (
                UPDATE delivery_delivery AS d SET status = 'submitted', ticket = %(sheet)s || row.number,
                    track_at = NULL, sent_version = wanted_version, sent_digest = wanted_digest,
                    sent_generation = generation, was_maybe_sent = maybe_sent, maybe_sent = TRUE,
                    attempts = LEAST(attempts + 1, 30000), reason_code = '', reason = '', fields = '{}',
                    changed_at = now()
                FROM row WHERE d.id = row.id
                RETURNING d.id, d.sent_version, d.sent_generation, d.sent_digest, d.held_digest, row.told)
            INSERT INTO delivery_attempt (delivery_id, version, generation, action, outcome, code, reason, by_id,
                started_at, finished_at, told)
            SELECT id, sent_version, sent_generation,
                CASE WHEN sent_digest IS NULL THEN 'close' WHEN held_digest IS NULL THEN 'create' ELSE 'change' END,
                'exported', '', '', %(by)s, now(), now(), told FROM taken
            """,
            {
                "ids": [row.id for row in rows],
                "told": [row.told for row in rows],
                "sheet": f"sheet-{sheet.pk}-",
                "by": by.pk,
            },
        )


def word(outcome: Outcome) -> str:
    """What an outcome is filed under."""
    return type(outcome).__name__.lower()


def _area_of(grid_codes: Sequence[str]) -> str:
    """The beginning that all have in common."""
    first, last = min(grid_codes), max(grid_codes)
    differ = (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differ, len(first))]
