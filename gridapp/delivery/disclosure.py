"""Which office got which of a record's data, when, in which version, on what basis: read from the tries themselves.

A try counts unless nothing can have left the house by it. Where it is not written down which fields it carried (tries
of before they were, and those whose process died), it counts for all that the target may receive, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridapp.catalogue import sharing, targets
from gridapp.catalogue.targets import Configured
from gridapp.catalogue.wording import name_of
from gridapp.contract import Kind
from gridapp.registry.models import Record

from .models import Attempt, Delivery, FieldSet, Status

SENDING = frozenset({"create", "change", "verify", "close"})
"""Actions of tries that carry content; the others ask what became of it."""
_NOT_LEFT = {("unavailable", "unreached"), ("broken", "unreadable")}
_NOTHING = frozenset({"manual", "withdrawn", "notthere", "recoded", "cancelled"})
"""Outcomes by which nothing went out: it waits for a clerk, was taken back, was looked for and not found."""
_BY_PEOPLE = frozenset({"delivered", "exported"})
"""What a person's word says has left: typed in over there, or written into a workbook."""
_UNSURE = frozenset({"unknown", "unavailable", "broken", "misconfigured"})


class Came(StrEnum):
    """What became of one version."""

    TAKEN = "taken"  # the office holds it, or held it until something newer came
    PENDING = "pending"  # it has it and has not decided
    REFUSED = "refused"  # it saw it and did not take it
    UNSURE = "unsure"  # it may have arrived
    HANDED = "handed"  # written into a workbook for the office


_CAME = {
    "delivered": Came.TAKEN, "alreadythere": Came.TAKEN, "submitted": Came.PENDING, "notyet": Came.PENDING,
    "needsfirst": Came.REFUSED, "rejected": Came.REFUSED, "conflict": Came.REFUSED, "notapplicable": Came.REFUSED,
    "exported": Came.HANDED, "differs": Came.TAKEN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """One version that went out. `fields`: canonical names; `is_exact` False: at most these."""

    version: int
    action: str
    first_at: datetime
    last_at: datetime
    tries: int
    fields: tuple[str, ...]
    is_exact: bool
    came: Came


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What one office got through one system. `fields`: of all versions together.

    `holds`: the version that the system holds now, None for none. `refused`: why the last one was not taken, a code.
    """

    one: Configured
    sent: tuple[Sent, ...]
    fields: tuple[str, ...]
    is_exact: bool
    first_at: datetime | None
    last_at: datetime | None
    holds: int | None
    reference: str
    status: str
    code: str
    withheld: tuple[str, ...]


def of(record: Record) -> list[Disclosed]:
    """Every system that was told of the record, or from which it was withheld, in the order of pages. Four statements.

    A system that is no longer installed is still named by the delivery's target; its catalogue is gone with it.
    """
    rows = list(Delivery.objects.filter(record=record).select_related("target"))
    tries: dict[int, list[Attempt]] = {row.pk: [] for row in rows}
    for attempt in Attempt.objects.filter(delivery__in=list(tries)).order_by("id"):
        tries[attempt.delivery_id].append(attempt)
    sets = names_of(attempt.told for some in tries.values() for attempt in some)
    by_target = {row.target_id: row for row in rows}
    found = []
    for one in targets.targets():
        row = by_target.get(one.target.pk)
        if row is not None and (line := _disclosed(row, one, tries[row.pk], sets, record.kind)) is not None:
            found.append(line)
    return found


def untold(record: Record, told: Sequence[Disclosed]) -> list[Configured]:
    """The systems that got nothing of the record."""
    known = {line.one.target.pk for line in told if line.sent}
    return [one for one in targets.targets() if one.target.pk not in known and one.target.enabled]


def names_of(numbers: Iterable[int | None]) -> dict[int, tuple[str, ...]]:
    """Number of a set -> its names, for those that are known."""
    wanted = {number for number in numbers if number is not None}
    return {row.pk: tuple(row.names) for row in FieldSet.objects.filter(pk__in=wanted)}


def left(attempt: Attempt) -> bool:
    """Whether content may have left the house by this try."""
    if attempt.action not in SENDING or (attempt.outcome, attempt.code) in _NOT_LEFT or attempt.outcome in _NOTHING:
        return False
    if attempt.by_id is None:
        return True
    return attempt.outcome in _BY_PEOPLE and (attempt.told is not None or attempt.outcome == "exported")


def at_most(one: Configured, kind: str) -> tuple[str, ...]:
    """All that a system may receive of a kind of record."""
    layout = one.profile.layouts.get(Kind(kind))
    return tuple(sorted(layout.sources)) if layout else ()


def _disclosed(
    row: Delivery, one: Configured, tries: Sequence[Attempt], sets: dict[int, tuple[str, ...]], kind: str
) -> Disclosed | None:
    sent = _sent(tries, sets, at_most(one, kind))
    withheld = tuple(sharing.withheld(one.profile, kind)) if row.status == Status.WITHHELD else ()
    if not sent and not withheld:
        return None
    return Disclosed(
        one=one,
        sent=tuple(sent),
        fields=tuple(dict.fromkeys(name for some in sent for name in some.fields)),
        is_exact=all(some.is_exact for some in sent),
        first_at=min((some.first_at for some in sent), default=None),
        last_at=max((some.last_at for some in sent), default=None),
        holds=row.held_version if row.held_digest is not None else None,
        reference=row.reference,
        status=row.status,
        code=row.reason_code,
        withheld=withheld,
    )


def _sent(tries: Sequence[Attempt], sets: dict[int, tuple[str, ...]], most: tuple[str, ...]) -> list[Sent]:
    """The versions that went out, in their order: tries of one generation are one."""
    generations: dict[int, list[Attempt]] = {}
    for attempt in tries:
        generations.setdefault(attempt.generation, []).append(attempt)
    found = []
    for some in generations.values():
        outs = _still_out(some)
        if not outs:
            continue
        exact = all(one.told in sets for one in outs)
        names = {name for one in outs for name in sets.get(-1 if one.told is None else one.told, most)}
        found.append(
            Sent(
                version=outs[0].version,
                action=outs[0].action,
                first_at=outs[0].started_at,
                last_at=max(one.finished_at for one in outs),
                tries=len(outs),
                fields=tuple(sorted(names)),
                is_exact=exact,
                came=_came(some),
            )
        )
    return found


def _still_out(some: Sequence[Attempt]) -> list[Attempt]:
    """The tries by which something left; a workbook that was taken back before anybody uploaded it told nobody."""
    outs: list[Attempt] = []
    for attempt in some:
        if attempt.outcome == "withdrawn":
            outs = [one for one in outs if one.outcome != "exported"]
        elif left(attempt):
            outs.append(attempt)
    return outs


def _came(some: Sequence[Attempt]) -> Came:
    """What the last try that says something says."""
    said = [_CAME.get(one.outcome, Came.UNSURE) for one in some if one.outcome in _CAME or one.outcome in _UNSURE]
    if Came.TAKEN in said:
        return Came.TAKEN
    return said[-1] if said else Came.UNSURE


def labels(names: Iterable[str], lang: str) -> list[str]:
    """Names in words."""
    return [name_of(name, lang) for name in names]
