"""What a target calls our codes where it has renumbered them: for plans, for what goes out, and for who writes it down.

A change counts for who sends after some seconds, and a little later for who plans: so nothing ever goes out with the
old code under the digest of the new one, whichever process learns of it last. So it is when one ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gridapp import dictionary
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.contract import Connector, Inexpressible, Profile, Row, View
from gridapp.contract.recoded import Recoded
from gridapp.org.models import User

from .code_changes import CodeChange
from .fingerprint import fingerprint
from .models import Target

LONGEST = 64
LISTED = 100
_SENT, _PLANNED = 10, 15
"""Times CATALOGUE_KEPT: every process has read a change by then."""
ENDED_LATELY = timedelta(minutes=5)
"""What ended so lately may still be gone by."""

Told = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Our field -> our code -> their field -> their code."""


class Change(NamedTuple):
    """One change in force, as it is kept in memory with its target."""

    field: str
    theirs: str
    code: str
    becomes: str
    made_at: datetime
    ended_at: datetime | None

    @classmethod
    def read(cls, known: Mapping[str, Any]) -> Change:
        made_at, ended_at = (known[name] and datetime.fromisoformat(known[name]) for name in ("made_at", "ended_at"))
        return cls(known["field"], known["theirs"], known["code"], known["becomes"], made_at, ended_at)


@dataclass(frozen=True, slots=True)
class Offer:
    """One code that may be given another word: `theirs` is their field, `said` what they are told now ("": nothing)."""

    theirs: str
    code: str
    said: str
    changed: bool


def sent_after() -> timedelta:
    """How long after a change it goes out so; until then it can be taken back as if it had never been made."""
    return timedelta(seconds=_SENT * settings.CATALOGUE_KEPT)


def planned_after() -> timedelta:
    """How long after a change plans follow it."""
    return timedelta(seconds=_PLANNED * settings.CATALOGUE_KEPT)


def sent(changes: Sequence[Change]) -> Told:
    """What goes out now; nearly always nothing."""
    return _in_force(changes, timezone.now() - sent_after()) if changes else {}


def planned(changes: Sequence[Change], now: datetime) -> Told:
    """What is planned with at the moment `now`; nearly always nothing."""
    return _in_force(changes, now - planned_after()) if changes else {}


def _in_force(changes: Iterable[Change], at: datetime) -> Told:
    return _table(one for one in changes if one.made_at <= at and (one.ended_at is None or one.ended_at > at))


def _table(changes: Iterable[Change]) -> Told:
    codes: dict[str, dict[str, dict[str, str]]] = {}
    for one in changes:
        codes.setdefault(one.field, {}).setdefault(one.code, {})[one.theirs] = one.becomes
    return codes


def told(view: View, codes: Told) -> View:
    """The view with its codes as one target has them; itself where none of them is concerned."""
    if not codes:
        return view
    known = {name: (view.get(name), by_code) for name, by_code in codes.items()}
    changed = {
        name: Recoded(code, by_code[code])
        for name, (code, by_code) in known.items()
        if isinstance(code, str) and code in by_code
    }
    return {**view, **changed} if changed else view


def word(connector: type[Connector], changes: Sequence[Change]) -> str:
    """The word of a mapping together with the changes that plans follow by now: see fingerprint."""
    codes = planned(changes, timezone.now())
    if not codes:
        return fingerprint(connector)
    said = orjson.dumps(codes, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(fingerprint(connector).encode() + said).hexdigest()


def offers(profile: Profile, field: str, changes: Sequence[Change] = ()) -> list[Offer]:
    """Every code of a field that this kind of target can be told otherwise, with what it is told now.

    Only single codes that go out as text: a list of codes, or a code inside something larger, has no other word.
    """
    defined = dictionary.FIELDS.get(field)
    if defined is None or defined.table is None or defined.type != "code":
        return []
    codes, found = _table(one for one in changes if one.ended_at is None), []
    for row in _rows(profile, field):
        for one in dictionary.table(defined.table).items:
            said = _said(row, told({field: one.code}, codes))
            if said is not None:
                found.append(Offer(row.name, one.code, said, row.name in codes.get(field, {}).get(one.code, {})))
    return found


def change(target: Target, field: str, becomes: Mapping[tuple[str, str], str], *, by: User) -> list[CodeChange]:
    """From now on `target` is told so: (their field, our code) -> their code. Returns what is new.

    What was in force for the same code ends; the caller has seen that each of them is offered.
    """
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=target.pk)
        made = []
        for (theirs, code), new in becomes.items():
            now = CodeChange.objects.filter(target=target, field=field, theirs=theirs, code=code, ended_at=None)
            if now.filter(becomes=new).exists():
                continue
            now.update(ended_at=timezone.now(), ended_by=by)
            made.append(
                CodeChange.objects.create(target=target, field=field, theirs=theirs, code=code, becomes=new, made_by=by)
            )
        note(Act.CODE_CHANGED, by=by.pk, about=f"target:{target.key}", did="changed", field=field, codes=len(made))
    return made


def end(target_id: int, changes: Iterable[int], *, by: User) -> int:
    """The mapping's own codes count again at this target; how many changes ended."""
    rows = CodeChange.objects.filter(target=target_id, pk__in=list(changes), ended_at=None)
    with transaction.atomic():
        ended = rows.update(ended_at=timezone.now(), ended_by=by)
        note(Act.CODE_CHANGED, by=by.pk, about=f"target:{target_id}", did="ended", codes=ended)
    return ended


def _rows(profile: Profile, field: str) -> list[Row]:
    rows = [row for layout in profile.layouts.values() for row in layout.content_rows if row.code_from == field]
    return list({row.name: row for row in rows}.values())


def _said(row: Row, view: View) -> str | None:
    """What the target is told; "" where it has no such code, None where it is no text."""
    try:
        value = row.value(view)
    except Inexpressible:
        return ""
    except (KeyError, TypeError):  # a function of the connector that reads more than this code
        return None
    return "" if value is None else value if isinstance(value, str) else None


def fields(profile: Profile) -> list[str]:
    """Our fields of which a code can be told this kind of target otherwise, in its own order."""
    names = dict.fromkeys(row.code_from for layout in profile.layouts.values() for row in layout.content_rows)
    return [name for name in names if offers(profile, name)]


def history(target: Target) -> list[CodeChange]:
    """Every change of a target's codes, newest first, with who made and who ended it. One statement."""
    return list(CodeChange.objects.filter(target=target).select_related("made_by", "ended_by").order_by("-pk")[:LISTED])
