"""How the areas stand at a moment: what a report says that no flow tells. Read now, or as it was kept for a day.

Team level only and nobody's values: kinds, systems, codes of reasons and numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q
from django.db.models.functions import Left
from django.utils import timezone

from gridapp import direct
from gridapp.delivery import counts
from gridapp.delivery.counts import Extent, Standing
from gridapp.delivery.models import Delivery, Status
from gridapp.registry.models import Objection
from gridapp.review.dashboard_figures import Stands

TALKED_OVER_AFTER = 3
"""Days after which what a department returned or contests stands on the list to talk over."""
LISTED = 30
"""Causes on that list, the largest first."""
ALIKE = 5
"""So many records of a community have to be answered with the same sentence for it to be repeated in a report."""
COMMUNITY = 12
_SKEW = timedelta(minutes=10)
_ENTRIES = """
SELECT left(e.grid_code, 12), r.kind, e.action, count(*)
FROM registry_entry e JOIN registry_record r ON r.id = e.record_id
WHERE e.number > coalesce((SELECT number FROM registry_entry WHERE received_at < %(before)s
        ORDER BY number DESC LIMIT 1), 0)
    AND e.received_at >= %(first)s AND e.received_at < %(end)s AND e.grid_code LIKE %(inside)s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

Entries = Mapping[tuple[str, str], int]
"""(kind of the record, what was done) -> how often."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What one department answered in the same way and nobody has cleared. `code`: of the reason; `field`: the first
    that it names; `said`: its words, where many records were told the same; `since`: the oldest."""

    target_id: int
    status: str
    code: str
    field: str
    said: str
    number: int
    since: date


@dataclass(frozen=True, slots=True)
class State:
    """One area at one moment. `overdue`: of the `objections` that are open. `more`: rows of causes not listed."""

    standings: Sequence[Standing] = ()
    objections: int = 0
    overdue: int = 0
    causes: Sequence[Cause] = ()
    more: int = 0

    def stands(self) -> Stands:
        return Stands.of(self.standings)

    def stands_of(self, target_id: int) -> Stands:
        return Stands.of(row for row in self.standings if row.target_id == target_id)

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "standings": [[one.target_id, one.kind, one.standing, one.age, one.number] for one in self.standings],
            "objections": [self.objections, self.overdue],
            "causes": [
                [one.target_id, one.status, one.code, one.field, one.said, one.number, one.since.isoformat()]
                for one in self.causes
            ],
            "more": self.more,
        }


def read(area: str, kept: Mapping[str, Any]) -> State:
    """What `kept` made."""
    objections, overdue = kept["objections"]
    causes = [
        Cause(target_id, status, code, about, said, number, date.fromisoformat(since))
        for target_id, status, code, about, said, number, since in kept["causes"]
    ]
    return State([Standing(area, *row) for row in kept["standings"]], objections, overdue, causes, kept["more"])


def now(codes: Sequence[str], *, on: date, inside: str = "") -> dict[str, State]:
    """How these areas stand; ages are told as of the day `on`. `inside`: a code around them all. Three statements."""
    found = {code: _Gathered() for code in codes}
    for standing in counts.standings(Extent(tuple(codes)), today=on):
        found[standing.area].standings.append(standing)
    for community, cause in _causes(on, inside):
        for code in _around(community, found):
            found[code].add(cause)
    for community, objections, overdue in _objections(on, inside):
        for code in _around(community, found):
            found[code].objections += objections
            found[code].overdue += overdue
    return {code: gathered.state() for code, gathered in found.items()}


def entries(codes: Sequence[str], day: date, *, inside: str = "") -> dict[str, Counter[tuple[str, str]]]:
    """What was entered in these areas on a day, by kind and act. One statement, which reads that day and those since.

    Entries are numbered in the order in which they come, give or take the seconds of a transaction.
    """
    first, end = midnight(day), midnight(day + timedelta(days=1))
    given = {"before": first - _SKEW, "first": first, "end": end, "inside": f"{inside}%"}
    found: dict[str, Counter[tuple[str, str]]] = {code: Counter() for code in codes}
    for community, kind, action, number in direct.fetch(_ENTRIES, given):
        for code in _around(community, found):
            found[code][kind, action] += number
    return found


def listed(entered: Mapping[tuple[str, str], int]) -> list[list[str | int]]:
    """As JSON: [kind, what was done, how often]."""
    return [[kind, act, number] for (kind, act), number in sorted(entered.items())]


def midnight(day: date) -> datetime:
    """When a day begins here (Asia/Shanghai)."""
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass
class _Gathered:
    standings: list[Standing] = field(default_factory=list)
    causes: dict[tuple[int, str, str, str], Cause] = field(default_factory=dict)
    objections: int = 0
    overdue: int = 0

    def add(self, cause: Cause) -> None:
        """The same cause in two communities is one."""
        key = (cause.target_id, cause.status, cause.code, cause.field)
        if (known := self.causes.get(key)) is None:
            self.causes[key] = cause
            return
        number, since = known.number + cause.number, min(known.since, cause.since)
        said = known.said if known.said == cause.said else ""
        self.causes[key] = Cause(*key, said, number, since)

    def state(self) -> State:
        largest = sorted(self.causes.values(), key=lambda one: (-one.number, one.since, one.target_id, one.code))
        more = sum(one.number for one in largest[LISTED:])
        return State(self.standings, self.objections, self.overdue, largest[:LISTED], more)


def _around(community: str, known: Mapping[str, Any]) -> list[str]:
    return [code for size in (6, 9, COMMUNITY) if (code := community[:size]) in known]


def _causes(on: date, inside: str) -> list[tuple[str, Cause]]:
    before = midnight(on - timedelta(days=TALKED_OVER_AFTER))
    waiting = Delivery.objects.filter(status__in=[Status.RETURNED, Status.CONFLICT], changed_at__lt=before)
    groups = (
        waiting.filter(waits_in__startswith=inside)
        .values("target_id", "status", "reason_code", about=F("fields__0"), community=Left("waits_in", 12))
        .annotate(
            number=Count("pk"), since=Min("changed_at"), said=Min("reason"), sayings=Count("reason", distinct=True)
        )
        .order_by()
    )
    return [(one["community"], _cause(one)) for one in groups]


def _cause(group: Mapping[str, Any]) -> Cause:
    """A sentence that many were answered with names none of them. A few may be of one home, whose number it says."""
    general = group["sayings"] == 1 and group["number"] >= ALIKE and not any(map(str.isdigit, group["said"]))
    said = group["said"] if general else ""
    since = timezone.localtime(group["since"]).date()
    return Cause(
        group["target_id"], group["status"], group["reason_code"], group["about"] or "", said, group["number"], since
    )


def _objections(on: date, inside: str) -> list[tuple[str, int, int]]:
    open_ones = Objection.objects.filter(decided_at=None, record__grid_code__startswith=inside)
    groups = open_ones.values(community=Left("record__grid_code", 12)).annotate(
        open=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=on))
    )
    return [(one["community"], one["open"], one["overdue"]) for one in groups.order_by()]
