"""Goes through the whole chain and names each row that is not what it was, by number, id and what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from . import anchoring, digests, stamping
from .models import Anchor

LONGEST = timedelta(minutes=10)
"""How long a transaction that notes something may take: by so much times may run against the order of the chain."""
MOST = 1000
"""Faults that are named; the rest are counted."""
_LOOKED_FOR = 100
"""Faults for which the rest of the chain is looked through: where did this come from?"""
_AT_ONCE = 5000
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS = f"""
SELECT l.number, l.note_id, l.algorithm, l.own, l.digest, l.seal, (extract(epoch FROM l.at) * 1000000)::bigint,
    {digests.COLUMNS}
FROM audit_link AS l LEFT JOIN audit_note AS n ON n.id = l.note_id ORDER BY l.number
"""  # noqa: S608 - our own words
_STRAY = """
SELECT n.id FROM audit_note AS n WHERE n.xact < (SELECT horizon FROM audit_link ORDER BY number DESC LIMIT 1)
    AND NOT EXISTS (SELECT FROM audit_link AS l WHERE l.note_id = n.id) ORDER BY n.id LIMIT %s
"""
_GAPS = """
SELECT a, b FROM (SELECT id + 1 AS a, lead(id) OVER (ORDER BY id) - 1 AS b FROM audit_note) AS between_them
WHERE a <= b ORDER BY a LIMIT 100
"""
_COUNTED = """
SELECT coalesce(sum(n_tup_upd), 0)::bigint, coalesce(sum(n_tup_del), 0)::bigint FROM pg_stat_user_tables
WHERE relname IN ('audit_note', 'audit_link', 'audit_anchor')
"""


class Kind(TextChoices):
    CHANGED = "changed", _("内容被改过")
    DELETED = "deleted", _("记录被删除")
    REORDERED = "reordered", _("次序被调换")
    DATED = "dated", _("时间与次序不符")
    UNLINKED = "unlinked", _("链上缺号")
    FORGED = "forged", _("链接不是原来的")
    INSERTED = "inserted", _("事后插入")
    TRUNCATED = "truncated", _("末尾被截断")
    ANCHOR = "anchor", _("与锚点不符")
    ANCHORS = "anchors", _("锚点文件不完整")
    STAMP = "stamp", _("时间戳无效")


class Fault(NamedTuple):
    """`number`: its place in the chain. `note_id`: the note's. `said`: more of it, for who looks into it."""

    kind: Kind
    number: int | None
    note_id: int | None
    said: str = ""


@dataclass
class Report:
    """`missing`: ranges of notes' ids that nobody has: rolled back, or gone before the chain took them up.

    `void`: anchors that a restore took back. `counted`: rows that were changed and deleted in these tables by the
    server's own count, since it last began one.
    """

    links: int = 0
    found: int = 0
    faults: list[Fault] = field(default_factory=list)
    anchors: int = 0
    void: int = 0
    stamps: int = 0
    missing: list[tuple[int, int]] = field(default_factory=list)
    counted: tuple[int, int] = (0, 0)
    seconds: float = 0.0

    def add(self, fault: Fault) -> None:
        self.found += 1
        if len(self.faults) < MOST:
            self.faults.append(fault)


class _Row(NamedTuple):
    number: int
    note_id: int
    algorithm: str
    own: bytes
    digest: bytes
    seal: str
    at: int
    note: tuple[Any, ...]

    def follows(self, before: bytes) -> bool:
        told = {"number": self.number, "note_id": self.note_id, "at": self.at, "own": self.own}
        return digests.linked(self.algorithm, before=before, **told) == self.digest  # type: ignore[arg-type] # as declared


@dataclass
class _Walk:
    """How far it has come. Times in microseconds; `floor`: no later link is older, an anchor was made then."""

    report: Report
    anchors: dict[int, list[anchoring.Line]]
    number: int = 0
    digest: bytes = digests.FIRST
    noted: int = 0
    chained: int = 0
    floor: int = 0
    loose: list[tuple[_Row, bytes]] = field(default_factory=list)

    def step(self, row: _Row) -> None:
        if row.number != self.number + 1:
            self.report.add(Fault(Kind.UNLINKED, self.number + 1, None, f"{self.number + 1}…{row.number - 1}"))
        elif not row.follows(self.digest):
            self._is_loose(row)
        if not digests.holds(row.algorithm, row.digest, row.seal):
            self.report.add(Fault(Kind.FORGED, row.number, row.note_id, "seal"))
        self._look_at_note(row)
        self._look_at_times(row)
        self.number, self.digest, self.chained = row.number, row.digest, max(self.chained, row.at)
        for line in self.anchors.pop(row.number, ()):
            self._hold_against(line, row)

    def _is_loose(self, row: _Row) -> None:
        if len(self.loose) < _LOOKED_FOR:
            self.loose.append((row, self.digest))
        else:
            self.report.add(Fault(Kind.FORGED, row.number, row.note_id))

    def _look_at_note(self, row: _Row) -> None:
        if row.note[0] is None:
            self.report.add(Fault(Kind.DELETED, row.number, row.note_id))
        elif digests.own(row.algorithm, row.note) != row.own:
            place = _own_place(row) if self.report.found < _LOOKED_FOR else ""
            self.report.add(Fault(Kind.REORDERED if place else Kind.CHANGED, row.number, row.note_id, place))
        else:
            at = row.note[9]
            if at > row.at or at < max(self.noted, self.floor) - LONGEST / _MICROSECOND:
                self.report.add(Fault(Kind.DATED, row.number, row.note_id, _moment(at).isoformat()))
            self.noted = max(self.noted, at)

    def _look_at_times(self, row: _Row) -> None:
        if row.at < max(self.chained, self.floor):
            self.report.add(Fault(Kind.DATED, row.number, row.note_id, f"chained {_moment(row.at).isoformat()}"))

    def _hold_against(self, line: anchoring.Line, row: _Row) -> None:
        if line.digest != row.digest.hex() or _moment(row.at) > line.at:
            self.report.add(Fault(Kind.ANCHOR, row.number, row.note_id, line.at.isoformat()))
        # What was chained while the anchor was being made may carry a time of just before
        self.floor = max(self.floor, int((line.at - _EPOCH) / _MICROSECOND) - 60_000_000)


def verify(folder: Path | None = None) -> Report:
    """Goes through everything, against the anchors of the folder (by default ours). Reads only."""
    began, report = time.monotonic(), Report()
    anchors = _anchors(folder or anchoring.folder(), report)
    walk = _Walk(report, anchors)
    for row in _rows():
        walk.step(row)
    report.links = walk.number
    _name_loose(walk)
    for number in sorted(walk.anchors):
        said = f"{walk.number + 1}…{number}, {walk.anchors[number][0].at.isoformat()}"
        kind = Kind.TRUNCATED if number > walk.number else Kind.ANCHOR
        report.add(Fault(kind, walk.number + 1 if number > walk.number else number, None, said))
    with connection.cursor() as cursor:
        cursor.execute(_STRAY, [MOST])
        for (note_id,) in cursor.fetchall():
            report.add(Fault(Kind.INSERTED, None, note_id))
        cursor.execute(_GAPS)
        report.missing = cursor.fetchall()
        cursor.execute(_COUNTED)
        report.counted = cursor.fetchone()
    report.seconds = time.monotonic() - began
    return report


def _rows() -> Iterator[_Row]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS)
        while rows := cursor.fetchmany(_AT_ONCE):
            for number, note_id, algorithm, own, digest, seal, at, *note in rows:
                yield _Row(number, note_id, algorithm, bytes(own), bytes(digest), seal, at, tuple(note))


def _anchors(folder: Path, report: Report) -> dict[int, list[anchoring.Line]]:
    """By number. What the file has against itself, against the database and against the stamps is reported."""
    lines, stamps = list(anchoring.read(folder)), stamping.read(folder)
    known: set[str] = {""}
    for place, line in enumerate(lines, start=1):
        if not line.sound:
            report.add(Fault(Kind.ANCHORS, line.number or None, None, f"line {place}: seal"))
        elif line.before not in known:
            report.add(Fault(Kind.ANCHORS, line.number, None, f"line {place}: another line stood before it"))
        known.add(line.own)
        token = stamps.get(line.own)
        if token is not None:
            report.stamps += 1
            if said := stamping.wrong(token, line):
                report.add(Fault(Kind.STAMP, line.number, None, said))
    for kept in Anchor.objects.order_by("id").values_list("line", flat=True).iterator():
        if anchoring.digest_of(kept) not in known:
            line = anchoring.parse(kept)
            report.add(Fault(Kind.ANCHORS, line.number, None, "in the database, not in the file"))
    report.anchors = len(lines)
    void = {digest for line in lines if line.sound for digest in line.void}
    report.void = len(void)
    by_number: dict[int, list[anchoring.Line]] = {}
    for line in lines:
        if line.sound and line.own not in void:
            by_number.setdefault(line.number, []).append(line)
    return by_number


def _own_place(row: _Row) -> str:
    """Where the note that stands here belongs, if its own digest stands at another link."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM audit_link WHERE own = %s LIMIT 1", [digests.own(row.algorithm, row.note)])
        found = cursor.fetchone()
    return f"with {found[0]}" if found else ""


def _name_loose(walk: _Walk) -> None:
    """Links that do not follow from the one before: of two that changed places each follows in the other's."""
    named = {fault.number for fault in walk.report.faults if fault.kind == Kind.REORDERED}
    for row, before in walk.loose:
        if row.number in named:
            continue
        place = next((other.number for other, _before in walk.loose if _swapped(row, before, other)), None)
        if place is None:
            walk.report.add(Fault(Kind.FORGED, row.number, row.note_id))
        else:
            walk.report.add(Fault(Kind.REORDERED, row.number, row.note_id, f"with {place}"))


def _swapped(row: _Row, before: bytes, other: _Row) -> bool:
    if other.number == row.number:
        return False
    contents = row._replace(note_id=other.note_id, own=other.own)
    return contents.follows(before) or other._replace(number=row.number).follows(before)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
