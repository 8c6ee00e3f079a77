"""The end of the chain, written down outside the database: who rewrites or cuts the chain cannot rewrite this too.

One JSON line an anchor, appended to anchors.jsonl; each names the digest of the line before and is sealed. The same
line goes to a command of the operator's next: see handing_over.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction

from . import digests
from .models import Anchor

logger = logging.getLogger(__name__)

FILE = "anchors.jsonl"
_LOCK = 990109  # any number, the same for all who anchor
_DAY = 86400
_SEALED = b"anchor\0"
_END = """
SELECT l.number, l.digest, l.algorithm, clock_timestamp(), (SELECT line FROM audit_anchor ORDER BY id DESC LIMIT 1)
FROM audit_link AS l ORDER BY l.number DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One anchor as it was read. `sound`: the seal is ours. `before`: digest of the line that it follows.

    `void`: digests of lines that count no more, for the database was restored from before them.
    """

    number: int
    digest: str
    at: datetime
    before: str
    sound: bool
    text: str
    void: tuple[str, ...] = ()

    @property
    def own(self) -> str:
        return digest_of(self.text)


def folder() -> Path:
    return Path(settings.AUDIT_ANCHORS or settings.VAR / "anchors")


def due() -> bool:
    """Whether the last anchor is old enough: then something new is anchored, and once a day in any case."""
    last = Anchor.objects.order_by("-id").first()
    if last is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - %s)::float8, "
            "(SELECT number FROM audit_link ORDER BY number DESC LIMIT 1)",
            [last.at],
        )
        age, number = cursor.fetchone()
    return bool(age >= _DAY) or bool(age >= settings.AUDIT_ANCHOR_EVERY and number != last.number)


def anchor(*, void: Sequence[str] = ()) -> Anchor | None:
    """Writes down where the chain ends; None where it has not begun. `void`: lines that it takes back, see `lost`.

    Raises OSError, then nothing is kept.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_END)
        row = cursor.fetchone()
        if row is None:
            return None
        number, digest, algorithm, at, before = row
        said = {
            "version": 1,
            "number": number,
            "digest": bytes(digest).hex(),
            "algorithm": algorithm,
            "at": at.isoformat(),
            "before": digest_of(before) if before else "",
        } | ({"void": list(void)} if void else {})
        line = orjson.dumps(said | {"seal": digests.seal(algorithm, _SEALED + orjson.dumps(said))}).decode()
        made = Anchor(number=number, line=line)
        made.save(force_insert=True)
        append(FILE, line)  # before the commit: a line too many is nothing, one that is lost would be a fault
    logger.info("audit: anchored at %d, %s", number, said["digest"])
    return made


def append(name: str, line: str) -> None:
    """A line more in a file of the folder, on the disk when this returns."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder() / name, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "ab") as file:
        if (size := os.fstat(handle).st_size) and os.pread(handle, 1, size - 1) != b"\n":
            file.write(b"\n")  # what a full disk cut short takes the next line with it otherwise
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(handle)


def read(where: Path) -> Iterator[Line]:
    """The anchors of a folder, as they stand there. A line that is none is one without a sound seal and number 0."""
    path = where / FILE
    for text in path.read_text(errors="replace").splitlines() if path.exists() else ():
        yield parse(text)


def parse(text: str) -> Line:
    try:
        said: dict[str, Any] = orjson.loads(text)
        sealed = str(said.pop("seal"))
        sound = digests.holds(said["algorithm"], _SEALED + orjson.dumps(said), sealed)
        at = datetime.fromisoformat(said["at"])
        void = tuple(map(str, said.get("void", ())))
        return Line(int(said["number"]), str(said["digest"]), at, str(said["before"]), sound, text, void)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Line(0, "", datetime.min, "", sound=False, text=text)  # noqa: DTZ901 - never compared


def lost() -> list[str]:
    """After a restore: the lines that the chain does not bear out, for it was anchored further than it reaches now."""
    lines = [line for line in read(folder()) if line.sound]
    over = {digest for line in lines for digest in line.void}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, digest FROM audit_link WHERE number = ANY(%s)", [[line.number for line in lines]]
        )
        known = {number: bytes(digest).hex() for number, digest in cursor.fetchall()}
    return [line.own for line in lines if known.get(line.number) != line.digest and line.own not in over]


def digest_of(text: str) -> str:
    """Of a line: SHA-256, which every machine has that a copy may lie on."""
    return hashlib.sha256(text.encode()).hexdigest()


def age() -> timedelta | None:
    """Since the last anchor, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() - at FROM audit_anchor ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    return row[0] if row else None
