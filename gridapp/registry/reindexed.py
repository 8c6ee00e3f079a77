"""What an index key makes, and how each is made anew from what is sealed: records, former documents, accounts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from gridapp import sealing
from gridapp.org import duties
from gridapp.org.models import User

from .identity import blind_identities, brought_forward
from .models import Entry, FormerDocument, Record
from .search_tokens import of_housing, of_key, of_resident

logger = logging.getLogger(__name__)

Slice = tuple[Any, int, int, int]
"""The last primary key of a slice; made, left to who had them in hand, unreadable."""

_PATIENT = "SELECT set_config('statement_timeout', '15min', true)"
"""Where little is left to do the whole register is read to find it: for that a minute may be too short."""
_REMAINING = """
SELECT count(*) FROM registry_record
WHERE (identity IS NOT NULL OR tokens <> '{}') AND NOT tokens @> ARRAY[%s]::bigint[]
"""
_NEXT = """
SELECT id, kind, sealed, identity FROM registry_record
WHERE (identity IS NOT NULL OR tokens <> '{}') AND NOT tokens @> ARRAY[%s]::bigint[] AND id > %s::uuid
ORDER BY id LIMIT %s
"""
_WRITE = """
UPDATE registry_record SET identity = %s, tokens = %s WHERE id = (
    SELECT id FROM registry_record WHERE id = %s AND sealed = %s AND identity IS NOT DISTINCT FROM %s
    FOR NO KEY UPDATE SKIP LOCKED)
"""


class Records:
    """The identity of a person, and the search tokens of everybody and every home."""

    def remaining(self) -> int:
        """How many are made with another key, or before rows said with which."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PATIENT)
            cursor.execute(_REMAINING, [of_key()])
            return int(cursor.fetchone()[0])

    def step(self, after: str, size: int) -> Slice | None:
        """Makes the next slice behind that key. What somebody changes or holds meanwhile is left to them."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PATIENT)
            cursor.execute(_NEXT, [of_key(), after or str(UUID(int=0)), size])
            rows = cursor.fetchall()
        came = [_record(*row) for row in rows]
        return (rows[-1][0], *_sums(came)) if rows else None


class FormerDocuments:
    """Documents that people had before; their numbers stand in the entries."""

    def remaining(self) -> int:
        """How many are made with another key."""
        return sum(_former(row) != bytes(row.identity) for row in FormerDocument.objects.iterator())

    def step(self, after: str, size: int) -> Slice | None:
        """Makes the next slice behind that key."""
        rows = list(FormerDocument.objects.filter(pk__gt=int(after or 0)).order_by("pk")[:size])
        came = []
        for row in rows:
            found, before = _former(row), bytes(row.identity)
            if found != before:
                there = FormerDocument.objects.filter(pk=row.pk, identity=before)
                came.append((there.update(identity=found), 0, 0) if found else (0, 0, 1))
        return (rows[-1].pk, *_sums(came)) if rows else None


class Accounts:
    """The person behind an account."""

    def remaining(self) -> int:
        """How many are made with another key."""
        return sum(_person(row) != bytes(row.person) for row in self._all())

    def step(self, after: str, size: int) -> Slice | None:
        """Makes the next slice behind that key."""
        rows = list(self._all().filter(pk__gt=int(after or 0)).order_by("pk")[:size])
        came = []
        for row in rows:
            found, before = _person(row), bytes(row.person)
            if found is None:
                came.append((0, 0, 1))
            elif found != before:
                came.append((User.objects.filter(pk=row.pk, person=before).update(person=found), 0, 0))
        return (rows[-1].pk, *_sums(came)) if rows else None

    def _all(self) -> Any:
        return User.objects.exclude(person=None).exclude(sealed_id_number=b"")


PARTS: tuple[Accounts | FormerDocuments | Records, ...] = (Accounts(), FormerDocuments(), Records())
"""In the order they are made in: the few first."""


def _record(id_: UUID, kind: str, sealed: memoryview, identity: memoryview | None) -> tuple[int, int, int]:
    before = None if identity is None else bytes(identity)
    try:
        document = sealing.unseal_json(sealed, bound_to=Record(id=id_).bound_to)
    except sealing.Unsealable as error:
        logger.error("record %s is not indexed anew: %s", id_, error)
        return 0, 0, 1
    after = brought_forward(before, document.get("id_type", ""), document.get("id_number"))
    if after is not None and after not in blind_identities(document.get("id_type", ""), document.get("id_number")):
        logger.error("record %s is not indexed anew: it is kept under another document", id_)
        return 0, 0, 1
    tokens = of_resident(document) if kind == Record.Kind.RESIDENT else of_housing(document)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [after, tokens, id_, bytes(sealed), before])
        return (1, 0, 0) if cursor.rowcount else (0, 1, 0)


def _former(row: FormerDocument) -> bytes | None:
    """What the document would be kept as now; None where no entry of the record has it."""
    document: dict[str, Any] = {}
    for entry in Entry.objects.filter(record=row.record_id).order_by("number"):
        try:
            document |= sealing.unseal_json(entry.sealed, bound_to=entry.bound_to)["set"]
        except sealing.Unsealable as error:
            logger.error("entry %s is not looked into for a former document: %s", entry.pk, error)
            continue
        known = blind_identities(document.get("id_type") or "", document.get("id_number"))
        if bytes(row.identity) in known:
            return known[0]
    return None


def _person(user: User) -> bytes | None:
    try:
        number = user.id_number
    except sealing.Unsealable as error:
        logger.error("account %s is not indexed anew: %s", user.pk, error)
        return None
    return sealing.blind(number.strip().upper(), purpose=duties.PERSON)


def _sums(came: Sequence[tuple[int, int, int]]) -> tuple[int, int, int]:
    made, left, unreadable = (sum(one[place] for one in came) for place in range(3))
    return made, left, unreadable
