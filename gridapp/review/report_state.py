"""How the areas stand at a moment: what a report says that no flow tells. Read now, or as it was kept for a day.

Team level only and nobody's values: kinds, systems, codes of reasons and numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Left
from django.utils import timezone

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
"""So many records have to be answered alike for the sentence to be repeated in a report."""
COMMUNITY = 12
_SKEW = timedelta(minutes=10)
_BEFORE = "SELECT number FROM registry_entry WHERE received_at < %(before)s ORDER BY number DESC LIMIT 1"
_ENTRIES = """
SELECT left(e.grid_code, 12), r.kind, e.action, count(*)
FROM registry_entry e JOIN registry_record r ON r.id = e.record_id
WHERE e.number > %(after)s AND e.received_at >= %(first)s AND e.received_at < %(end)s AND e.grid_code LIKE %(inside)s
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
    """How these areas stand; ages are told as of the day `on`. Four statements.

    `inside`: one of them, around all others: then the others' causes are left out, of which there may be very many.
    """
    found = {code: _Gathered() for code in codes}
    for standing in counts.standings(Extent(tuple(codes)), today=on):
        found[standing.area].standings.append(standing)
    for group in _causes(on, inside):
        for code in _around(group["community"], found):
            found[code].add(group)
    for community, objections, overdue in _objections(on, inside):
        for code in _around(community, found):
            found[code].objections += objections
            found[code].overdue += overdue
    samples = {pk for gathered in found.values() for _key, group in gathered.largest() for pk in group.samples}
    said = dict(Delivery.objects.filter(pk__in=samples).values_list("pk", "reason"))
    return {code: gathered.state(said) for code, gathered in found.items()}


def entries(codes: Sequence[str], day: date, *, inside: str = "") -> dict[str, Counter[tuple[str, str]]]:
    """What was entered in these areas on a day, by kind and act. Two statements, which read that day and those since.

    Entries are numbered in the order in which they come, give or take the seconds of a transaction. The number is asked
    for by itself, and not bound by the server: only a plan that knows how few come behind it uses it.
    """
    first, end = midnight(day), midnight(day + timedelta(days=1))
    found: dict[str, Counter[tuple[str, str]]] = {code: Counter() for code in codes}
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, {"before": first - _SKEW})
        after = cursor.fetchone() or (0,)
        cursor.execute(_ENTRIES, {"after": after[0], "first": first, "end": end, "inside": f"{inside}%"})
        rows = cursor.fetchall()
    for community, kind, action, number in rows:
        for code in _around(community, found):
            found[code][kind, action] += number
    return found


def listed(entered: Mapping[tuple[str, str], int]) -> list[list[str | int]]:
    """As JSON: [kind, what was done, how often]."""
    return [[kind, act, number] for (kind, act), number in sorted(entered.items())]


def midnight(day: date) -> datetime:
    """When a day begins here (Asia/Shanghai)."""
    return timezone.make_aware(datetime.combine(day, time.min))


_Key = tuple[int, str, str, str]


@dataclass
class _Group:
    """What waits because of one cause. `samples`: the first and the last delivery of it."""

    number: int
    since: datetime
    samples: tuple[int, int]

    def said(self, reasons: Mapping[int, str]) -> str:
        """What many were answered alike names none of them; a few may be of one home, whose number is said."""
        first, last = (reasons.get(pk, "") for pk in self.samples)
        return first if first == last and self.number >= ALIKE and not any(map(str.isdigit, first)) else ""


@dataclass
class _Gathered:
    standings: list[Standing] = field(default_factory=list)
    groups: dict[_Key, _Group] = field(default_factory=dict)
    objections: int = 0
    overdue: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """The same cause in two communities is one."""
        key = (row["target_id"], row["status"], row["reason_code"], row["about"] or "")
        known = self.groups.get(key) or _Group(0, row["since"], (row["first"], row["last"]))
        samples = (min(known.samples[0], row["first"]), max(known.samples[1], row["last"]))
        self.groups[key] = _Group(known.number + row["number"], min(known.since, row["since"]), samples)

    def largest(self) -> list[tuple[_Key, _Group]]:
        return sorted(self.groups.items(), key=lambda one: (-one[1].number, one[1].since, one[0]))[:LISTED]

    def state(self, reasons: Mapping[int, str]) -> State:
        causes = [
            Cause(*key, group.said(reasons), group.number, timezone.localtime(group.since).date())
            for key, group in self.largest()
        ]
        more = sum(group.number for group in self.groups.values()) - sum(cause.number for cause in causes)
        return State(self.standings, self.objections, self.overdue, causes, more)


def _around(community: str, known: Mapping[str, Any]) -> list[str]:
    return [code for size in (6, 9, COMMUNITY) if len(code := community[:size]) == size and code in known]


def _causes(on: date, inside: str) -> Iterable[Mapping[str, Any]]:
    """Of the area that is meant, else by community. Departments' sentences are not asked for: no index has them."""
    before = midnight(on - timedelta(days=TALKED_OVER_AFTER))
    waiting = Delivery.objects.filter(status__in=[Status.RETURNED, Status.CONFLICT], changed_at__lt=before)
    groups = waiting.filter(waits_in__startswith=inside).values(
        "target_id", "status", "reason_code", about=F("fields__0"), community=Left("waits_in", len(inside) or COMMUNITY)
    )
    return groups.annotate(number=Count("pk"), since=Min("changed_at"), first=Min("pk"), last=Max("pk")).order_by()


def _objections(on: date, inside: str) -> list[tuple[str, int, int]]:
    open_ones = Objection.objects.filter(decided_at=None, record__grid_code__startswith=inside)
    groups = open_ones.values(community=Left("record__grid_code", 12)).annotate(
        open=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=on))
    )
    return [(one["community"], one["open"], one["overdue"]) for one in groups.order_by()]
