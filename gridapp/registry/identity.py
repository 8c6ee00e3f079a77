"""One person per identity document, city-wide: which documents follow each other as the same person's."""

from __future__ import annotations

from gridapp import sealing
from gridapp.dictionary import identity

_UPGRADES = frozenset({("117", "111"), ("516", "155"), ("511", "156"), ("414", "553")})
_RENEWED = frozenset({"114", "115", "118", "119", "154", "414", "511", "516", "553", "554"})
"""Documents that get another number when they are renewed; a citizen's number stays for life."""


def canonical(id_type: str) -> str:
    """The type under which a document is kept apart from others: 112 and 113 carry a citizen's number like 111."""
    return identity(id_type, "").removesuffix(":")


def blind_identity(id_type: str, id_number: str | None) -> bytes | None:
    """The blind index of a person's document, None without a number (id_type 990 may have none)."""
    return next(iter(blind_identities(id_type, id_number)), None)


def blind_identities(id_type: str, id_number: str | None) -> tuple[bytes, ...]:
    """What the document may be kept under, first what is written now: two while the index key changes."""
    return sealing.blinds(identity(id_type, id_number), purpose="identity") if id_number else ()


def brought_forward(kept: bytes | memoryview | None, id_type: str, id_number: str | None) -> bytes | None:
    """What is kept of the document, as the key makes it that writes now; something else stays as it is."""
    if kept is None:
        return None
    known = blind_identities(id_type, id_number)
    return known[0] if bytes(kept) in known else bytes(kept)


def may_follow(old: tuple[str, str], new: tuple[str, str]) -> bool:
    """True where document `new` (type, number) can be the same person's as `old`: an upgrade or a renewal."""
    before, after = canonical(old[0]), canonical(new[0])
    if before == after:
        return old[1] == new[1] or before in _RENEWED or not old[1]
    return (before, after) in _UPGRADES or before == "990"
