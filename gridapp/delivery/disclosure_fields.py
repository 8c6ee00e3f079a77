"""Writes down which fields a try carries: names, never values, one number a try. What reads it is `disclosure`.

A district has some dozens of sets for each target; a process writes each of them once and remembers that it did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from django.db import connection

from gridapp import direct
from gridapp.contract import Parcel

from .claim import Claimed

_MOST_KNOWN = 4096
_written: set[int] = set()
_INSERT = """
INSERT INTO delivery_fieldset (id, names) SELECT id, string_to_array(names, ',')::varchar[]
FROM json_to_recordset(%(sets)s::json) AS s(id bigint, names text) ON CONFLICT (id) DO NOTHING
"""


def marked(claimed: Sequence[Claimed], batch: Sequence[Parcel], *, keeps: bool = True) -> list[Claimed]:
    """The claimed rows, each with the number of the set of fields that its parcel carries.

    `keeps`: the sets are written, for what goes out.
    """
    sets = [frozenset((*parcel.fields, *parcel.attachments)) for parcel in batch]
    if keeps:
        keep(set(sets))
    return [replace(row, told=number_of(names)) for row, names in zip(claimed, sets, strict=True)]


@lru_cache(maxsize=_MOST_KNOWN)
def number_of(names: frozenset[str]) -> int:
    """The same for the same names, in every process."""
    digest = hashlib.blake2b("\0".join(sorted(names)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def keep(sets: Iterable[frozenset[str]]) -> None:
    """Writes what this process has not written before."""
    fresh = {number_of(names): names for names in sets if number_of(names) not in _written}
    if not fresh:
        return
    told = [{"id": number, "names": ",".join(sorted(fresh[number]))} for number in sorted(fresh)]
    direct.run(_INSERT, {"sets": direct.table(told)})
    if not connection.in_atomic_block:  # what is rolled back was not written
        if len(_written) > _MOST_KNOWN:
            _written.clear()
        _written.update(fresh)


def forget() -> None:
    """Another database than before: what was written there is not written here."""
    _written.clear()
