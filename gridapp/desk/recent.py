"""What have I entered lately and where does it stand, and what waits for me?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count

from gridapp import dictionary
from gridapp.delivery.models import Delivery, Status
from gridapp.desk import rooms
from gridapp.org import scope
from gridapp.org.models import Role, User
from gridapp.registry.models import Entry, Record

SHOWN = 10
DONE = {Status.DELIVERED}
MINE = {Status.RETURNED}
MOVES_OF: dict[str, set[Status]] = {
    Role.WORKER: MINE,
    Role.SUPERVISOR: {Status.CONFLICT, Status.MANUAL, Status.UNCERTAIN},
    Role.ADMINISTRATOR: {Status.FAILED},
}
"""Role -> the statuses that wait for it: what it may act on. Department officers and auditors only look on."""
SETTLED = {Status.WITHHELD, Status.CANCELLED}
"""Nobody's move and nothing to report."""


@dataclass
class Counts:
    """Deliveries of one record: on their way (or with somebody else), the worker's move, in the target's store."""

    moving: int = 0
    mine: int = 0
    done: int = 0

    def add(self, status: str, number: int) -> None:
        if status in DONE:
            self.done += number
        elif status in MINE:
            self.mine += number
        elif status not in SETTLED:
            self.moving += number


@dataclass(frozen=True)
class Recent:
    record: Record
    title: str
    act: str
    at: datetime
    counts: Counts


@dataclass(frozen=True)
class Waiting:
    """A record with deliveries that are the user's move for one reason; `status` says it in words."""

    record: Record
    title: str
    status: str
    targets: list[str] = field(default_factory=list)


def entries(user: User, *, on: date) -> list[Recent]:
    """The user's latest entries, one line a record, newest first. Two statements."""
    latest: dict[UUID, Entry] = {}
    mine = Entry.objects.filter(by=user).select_related("record__building").order_by("-received_at")
    for entry in mine[: SHOWN * 4]:
        if scope.allows(user, entry.record.grid_code):
            latest.setdefault(entry.record_id, entry)
    shown = list(latest.values())[:SHOWN]
    found = counts(entry.record_id for entry in shown)
    return [
        Recent(
            entry.record,
            title(entry.record, on=on),
            entry.get_action_display(),
            entry.received_at,
            found[entry.record_id],
        )
        for entry in shown
    ]


def waiting_for(user: User, *, on: date) -> list[Waiting]:
    """Records of the user's areas with deliveries that are their move, a line a status. One statement."""
    theirs = Delivery.objects.filter(status__in=MOVES_OF.get(user.role, set()))
    # Chosen by what stands in an index: in a large district tens of thousands wait for somebody.
    newest = scope.within(theirs, user, "record__grid_code").order_by("-changed_at").values("pk")[:50]
    rows = Delivery.objects.filter(pk__in=newest).select_related("record__building", "target")
    found: dict[tuple[UUID, str], Waiting] = {}
    for row in rows.order_by("-changed_at"):
        waits = Waiting(row.record, title(row.record, on=on), row.get_status_display())
        line = found.setdefault((row.record_id, row.status), waits)
        line.targets.append(row.target.name)
    return list(found.values())[:SHOWN]


def counts(record_ids: Iterable[UUID]) -> dict[UUID, Counts]:
    """Where the deliveries of each record stand. One statement."""
    found: dict[UUID, Counts] = defaultdict(Counts)
    rows = Delivery.objects.filter(record_id__in=list(record_ids)).values_list("record_id", "status")
    for record_id, status, number in rows.annotate(number=Count("id")):
        found[record_id].add(status, number)
    return found


def title(record: Record, *, on: date) -> str:
    """A record in one line of a list: a home by its address, a person by name, a child by family name alone."""
    if record.kind == Record.Kind.HOUSING:
        return rooms.housing_label(record)
    known = dictionary.derive(record.document(), on=on, home_city="")
    name = str(known.get("name") or "")
    return name[:1] + "**" if dictionary.under_14(known, on) else name
