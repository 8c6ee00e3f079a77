"""What waits for somebody, by cause: a hundred failures with one reason are one thing to do.

Looked up where only deliveries that are someone's move stand, so that it costs the same however many are settled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from gridapp.catalogue import recoding, targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import working_days_after
from gridapp.org import scope
from gridapp.org.models import User

from . import clock, concerned
from .models import CauseAct, Delivery, Status
from .operating import PLANNED
from .standing import words_of
from .transitions import MOVES

DUE_WITHIN: Mapping[str, int] = {
    Status.RETURNED: 3,
    Status.CONFLICT: 3,
    Status.MANUAL: 3,
    Status.UNCERTAIN: 1,
    Status.FAILED: 1,
}
"""Status -> working days in which whoever's move it is should have made it. The district's own measure, no law's."""
SAMPLES = 20
LISTED = 100
Act = CauseAct.Act
_NORMAL = Q(status=Status.MANUAL, reason_code="by_hand")
"""What is filled by hand because its target has no interface: work of every day, with pages of its own."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What failures have in common. `code`: of the reason; `field`: the first that it names, "" for none."""

    target_id: int
    status: str
    code: str
    field: str

    @property
    def columns(self) -> dict[str, Any]:
        """As it is named in rows of notes and acts."""
        return {"target_id": self.target_id, "status": self.status, "code": self.code, "field": self.field}

    def rows(self, by: User) -> QuerySet[Delivery]:
        """The deliveries of somebody's areas that wait because of it."""
        named: dict[str, Any] = {"fields__0": self.field} if self.field else {"fields": []}
        return _waiting(by).filter(target=self.target_id, status=self.status, reason_code=self.code, **named)


@dataclass(frozen=True, slots=True)
class Seen:
    """One cause as it stands. `move`: whose it is, as in transitions. `said`: the department's words, or ours.

    `since`: when the one that waits longest began to.
    """

    cause: Cause
    one: Configured
    number: int
    since: datetime
    due_on: date
    overdue: bool
    move: str
    said: str


def every(by: User, *, target: str = "", status: str = "") -> list[Seen]:
    """The causes in somebody's areas, the overdue first, then the largest. Two statements, whatever their number.

    One more than LISTED where there are more.

    `target`: its key, `status`: one of DUE_WITHIN, where only those are wanted.
    """
    rows = _waiting(by)
    if target:
        rows = rows.filter(target__key=target)
    found = _found(rows)
    if status in DUE_WITHIN:
        # Not asked of the database, which would take what has this status for a hundredth of it and read it row by row.
        found = [each for each in found if each[0].cause.status == status]
    found.sort(key=lambda each: (each[0].move == "system", not each[0].overdue, -each[0].number))
    return _worded(found[: LISTED + 1])


def find(cause: Cause, by: User) -> Seen | None:
    """One cause as it stands in somebody's areas; None where nothing (more) waits because of it."""
    return next(iter(_worded(_found(cause.rows(by)))), None)


def samples(cause: Cause, by: User) -> list[Delivery]:
    """The first deliveries that wait because of it, each with its record and building. One statement."""
    # Chosen in the index alone: of a small area's there may be few among ten thousand.
    first = cause.rows(by).order_by("pk").values("pk")[:SAMPLES]
    return list(Delivery.objects.filter(pk__in=first).select_related("record__building").order_by("pk"))


def may_do(act: str, by: User) -> bool:
    """True for who decides; to have the same sent again, or in another code, it is enough to keep things going."""
    return scope.may_decide(by) or (scope.may_operate(by) and act in (Act.RETRY, Act.RECODE))


def offered(cause: Cause, one: Configured, by: User) -> tuple[Act, ...]:
    """What somebody can have done to all of it at once; giving it another code has a form of its own."""
    return tuple(act for act in _offered(cause, one) if may_do(act, by))


def _offered(cause: Cause, one: Configured) -> Sequence[Act]:
    if cause.status == Status.UNCERTAIN:
        return () if can_be_asked(one) else (Act.ARRIVED, Act.NOT_THERE)
    acts = [Act.CANCEL]
    if cause.status in (Status.CONFLICT, Status.MANUAL):
        acts.insert(0, Act.BACK)
    if cause.status != Status.MANUAL and cause.code not in PLANNED:
        acts.insert(0, Act.RETRY)
    return acts


def recodable(cause: Cause, one: Configured) -> list[recoding.Offer]:
    """Every code of its field that the target can be told otherwise; none where another code would not help."""
    if cause.status not in (Status.RETURNED, Status.MANUAL, Status.FAILED) or not cause.field:
        return []
    return recoding.offers(one.profile, cause.field, one.changes)


def can_be_asked(one: Configured) -> bool:
    return one.connector is not None and one.connector.capabilities.can_read_back


def area_of(by: User) -> str:
    """The smallest area in which all of somebody's areas lie."""
    codes = scope.prefixes(by)
    first, last = min(codes, default=""), max(codes, default="")
    alike = zip(first, last, strict=False)
    return first[: next((place for place, (one, other) in enumerate(alike) if one != other), len(first))]


def _waiting(by: User) -> QuerySet[Delivery]:
    return concerned.moves(by).exclude(_NORMAL)


def _found(rows: QuerySet[Delivery]) -> list[tuple[Seen, int]]:
    """Every cause of these deliveries, not yet in words, and the delivery whose words are to be its own."""
    columns = rows.values("target_id", "status", "reason_code", about=F("fields__0")).order_by()
    groups: Sequence[Any] = list(columns.annotate(number=Count("pk"), since=Min("changed_at"), sample=Min("pk")))
    known, today = {one.target.pk: one for one in targets.targets()}, clock.day(clock.now())
    return [
        (_one(group, known[group["target_id"]], today), group["sample"])
        for group in groups
        if group["target_id"] in known
    ]


def _one(group: Mapping[str, Any], one: Configured, today: date) -> Seen:
    cause = Cause(group["target_id"], group["status"], group["reason_code"], group["about"] or "")
    due_on = working_days_after(clock.day(group["since"]), DUE_WITHIN[cause.status])
    move = "system" if cause.status == Status.UNCERTAIN and can_be_asked(one) else MOVES[cause.status]
    return Seen(cause, one, group["number"], group["since"], due_on, due_on < today, move, words_of(cause.code))


def _worded(found: Sequence[tuple[Seen, int]]) -> list[Seen]:
    """With what the department said, where it said something."""
    said = dict(Delivery.objects.filter(pk__in=[sample for _, sample in found]).values_list("pk", "reason"))
    return [replace(seen, said=said.get(sample) or seen.said) for seen, sample in found]
