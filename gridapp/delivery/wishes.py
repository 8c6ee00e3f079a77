"""What one target should hold of one record on a day, and what is in the way: pure, from the view and the layout."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from gridapp import sealing
from gridapp.catalogue.sharing import withheld
from gridapp.contract import Action, Inexpressible, Kind, Layout, Profile, View
from gridapp.contract.conditions import is_known

from .models import Hold, Status

CONTENT = 16
"""Bytes of a digest that say what the record's content is; what follows says when it was last verified."""


@dataclass(frozen=True, slots=True)
class Block:
    """Why a delivery cannot go yet, and whose move that is. `waits_for`: key of the target whose number is missing."""

    status: Status
    code: str
    hold: str = ""
    waits_for: str = ""
    reason: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """`digest` None: the target should not hold it (any more). `block` None: it can go."""

    digest: bytes | None
    block: Block | None = None


@lru_cache(maxsize=1)
def _digest_key() -> bytes:
    return hashlib.sha256(b"gridapp digest\0" + sealing.standing_key().encode()).digest()


def digest(content: Mapping[str, Any], verified: str = "") -> bytes:
    """20 bytes, keyed: content (16), then the last verification (4) for targets that take one."""
    plain = orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS)
    seen = hashlib.blake2b(verified.encode(), digest_size=4).digest() if verified else b"\0\0\0\0"
    return hashlib.blake2b(plain, digest_size=CONTENT, key=_digest_key()).digest() + seen


def key_of(delivery_id: int, generation: int) -> str:
    """The key a target sees: 32 hex digits, the same for every try of the same content, new for new content."""
    return hashlib.blake2b(f"{delivery_id}:{generation}".encode(), digest_size=16, key=_digest_key()).hexdigest()


def action_for(wanted: bytes | None, held: bytes | None) -> Action:
    """What brings the target from what it holds to what is wanted there."""
    if wanted is None:
        return Action.CLOSE
    if held is None:
        return Action.CREATE
    return Action.VERIFY if wanted[:CONTENT] == held[:CONTENT] else Action.CHANGE


@dataclass(frozen=True)
class Others:
    """The profiles of this district by key, and which of them gives which number."""

    profiles: Mapping[str, Profile]
    givers: Mapping[str, str]

    @classmethod
    def of(cls, profiles: Mapping[str, Profile]) -> Others:
        return cls(profiles, {name: one.key for one in profiles.values() for name in one.gives.values()})


def wish(view: View, kind: Kind, profile: Profile, others: Others, *, ended: bool) -> Wish | None:
    """What `profile`'s target should hold of this record; None when it is no concern of the target.

    `others`: to see whose number is missing. `ended`: nobody lives there any more.
    """
    layout = profile.layouts.get(kind)
    if layout is None:
        return None
    if ended:
        return Wish(None) if Action.CLOSE in layout.actions and layout.closes.holds(view) else None
    if not layout.applies.holds(view):
        return None
    verified = str(view.get("verified_at", "")) if Action.VERIFY in layout.actions else ""
    try:
        wanted = digest(layout.content(view), verified)
    except Inexpressible as error:
        # The value is right but this target cannot say it: a clerk enters it there by hand.
        said = digest({"inexpressible": str(view.get(error.field, "")), "field": error.field}, verified)
        return Wish(said, Block(Status.MANUAL, "inexpressible", reason=error.reason, fields=(error.field,)))
    return Wish(wanted, _block(view, kind, layout, profile, others))


def _block(view: View, kind: Kind, layout: Layout, profile: Profile, others: Others) -> Block | None:
    if kept := withheld(profile, kind):
        return Block(Status.WITHHELD, "withheld", fields=tuple(sorted(kept)))
    missing, given = layout.missing(view), others.givers
    unmapped = tuple(name for name in missing if name.startswith("mapped."))
    if unmapped:
        return Block(Status.FAILED, "unmapped", fields=unmapped)
    typed = tuple(name for name in missing if name not in given)
    if typed:
        return Block(Status.RETURNED, "incomplete", fields=typed)
    awaited = next((given[name] for name in missing), None) or _unmet_need(view, kind, profile, others)
    return Block(Status.HELD, "dependency", Hold.DEPENDENCY, awaited) if awaited else None


def _unmet_need(view: View, kind: Kind, profile: Profile, others: Others) -> str | None:
    """The key of a target whose number this one waits for; a target that does not concern the record counts as met."""
    for key in profile.needs:
        other = others.profiles.get(key)
        if other is None:
            continue
        numbers = [name for name in other.gives.values() if other.gives_for.get(name, kind) == kind]
        if any(is_known(view.get(name)) for name in numbers):
            continue
        if any(layout.applies.holds(view) for layout in other.layouts.values()):
            return key
    return None
