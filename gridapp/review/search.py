"""What supervisors look for: records of their areas by a few filters, in pages that cost the same however deep.

Each filter stands on an index, and a page is read in the order of one: the newest first, or, of what was not verified
for long, the longest first. Nothing is counted that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from gridapp.catalogue.targets import targets
from gridapp.delivery.models import Delivery, Status
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry.models import Record, Residency
from gridapp.registry.search import matching
from gridapp.registry.search_tokens import having, ways_of_rented

LISTED = 30
LONGEST_QUERY = 64
KINDS = tuple(Record.Kind.values)
STATES = ("open", "closed")
STATUSES = (
    Status.RETURNED, Status.CONFLICT, Status.MANUAL, Status.UNCERTAIN, Status.FAILED, Status.WAITING, Status.HELD,
    Status.SUBMITTED, Status.DELIVERED,
)  # fmt: skip
NOT_THERE = (Status.CANCELLED, Status.WITHHELD)
AGES = ("1", "3", "7", "30")
"""Days that something has waited for somebody."""
STALE = ("30", "60", "90", "180", "365")
"""Days since a record was verified last."""
RENTALS = ("yes", "no")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS, "state": STATES, "status": tuple(str(status) for status in STATUSES), "age": AGES, "stale": STALE,
    "rental": RENTALS,
}  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Criteria:
    """The filters as the form has them, all texts; "" for any. `age` and `stale`: days; `area`: a code.

    `rental` is said of a home, and of people by the home they live at.
    """

    q: str = ""
    kind: str = ""
    area: str = ""
    state: str = "open"
    target: str = ""
    status: str = ""
    age: str = ""
    stale: str = ""
    rental: str = ""

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Criteria:
        """From a form, or from what was kept of one; what makes no sense is as good as nothing."""
        said = {name: str(told.get(name) or "") for name in _ALLOWED}
        chosen = {name: value if value in _ALLOWED[name] else "" for name, value in said.items()}
        area, target = str(told.get("area") or ""), str(told.get("target") or "")
        return cls(
            **chosen | {"state": chosen["state"] or "open"},
            q=str(told.get("q") or "").replace("\0", "").strip()[:LONGEST_QUERY],
            area=area if area.isascii() and area.isdecimal() and len(area) <= 15 else "",
            target=target if len(target) <= 32 and target.isprintable() else "",
        )

    def kept(self) -> dict[str, str]:
        """What `read` makes the same of."""
        return asdict(self)

    @property
    def by_age(self) -> bool:
        """Whether the longest not verified stand first, else the newest."""
        return bool(self.stale) and self.state == "open"


def rows(criteria: Criteria, by: User) -> QuerySet[Record]:
    """The records that fit, of the user's areas alone and in no order; none for words that nothing can be found by."""
    found = scope.within(Record.objects.all(), by).filter(closed_at__isnull=criteria.state == "open")
    if criteria.area:
        found = found.filter(grid_code__startswith=criteria.area)
    if criteria.kind:
        found = found.filter(kind=criteria.kind)
    if criteria.q:
        wanted = matching(criteria.q)
        found = found.filter(wanted) if wanted is not None else found.none()
    if criteria.by_age:
        found = found.filter(verified_at__lt=timezone.now() - timedelta(days=int(criteria.stale)))
    if criteria.target or criteria.status or criteria.age:
        found = found.filter(Exists(_deliveries(criteria)))
    return _rented(found, criteria) if criteria.rental else found


def _deliveries(criteria: Criteria) -> QuerySet[Delivery]:
    there = Delivery.objects.filter(record=OuterRef("pk"))
    if criteria.target:
        # By its number, which the planner knows how many rows have: behind a join it would guess.
        ids = [one.target.pk for one in targets() if one.target.key == criteria.target]
        there = there.filter(target=ids[0]) if ids else there.none()
    if criteria.status:
        there = there.filter(status=criteria.status)
    elif criteria.age:
        there = there.filter(status=Status.RETURNED)
    else:
        there = there.exclude(status__in=NOT_THERE)
    if criteria.age:
        there = there.filter(changed_at__lt=timezone.now() - timedelta(days=int(criteria.age)))
    return there


def _rented(found: QuerySet[Record], criteria: Criteria) -> QuerySet[Record]:
    is_let = criteria.rental == "yes"
    if criteria.kind != Record.Kind.RESIDENT:
        let = having(ways_of_rented())
        return found.filter(let if is_let else ~let, kind=Record.Kind.HOUSING)
    home = Residency.objects.filter(resident=OuterRef("pk"), is_open=True, is_primary=True)
    let = having(ways_of_rented(), of="housing__tokens")
    return found.filter(Exists(home.filter(let if is_let else ~let)))


def page(criteria: Criteria, by: User, after: str = "") -> tuple[list[Record], str]:
    """One page, each record with its building, and what to hand in for the next one; "" after the last.

    One statement, whatever the number of records and of pages before.
    """
    found = rows(criteria, by).select_related("building")
    order = _by_age(found, after) if criteria.by_age else _newest(found, after, is_open=criteria.state == "open")
    shown = list(order[: LISTED + 1])
    if len(shown) <= LISTED:
        return shown, ""
    last = shown[LISTED - 1]
    moments = [last.verified_at] if criteria.by_age else [last.closed_at, last.updated_at]
    return shown[:LISTED], ".".join([*(_written(moment) for moment in moments), last.pk.hex])


def up_to(criteria: Criteria, by: User, most: int) -> int:
    """How many there are, but no more than `most` are looked at."""
    return rows(criteria, by).order_by()[:most].count()


def _newest(found: QuerySet[Record], after: str, *, is_open: bool) -> QuerySet[Record]:
    if place := _place(after, 2):
        (closed, updated), last = place
        later = Q(updated_at__lt=updated) | Q(updated_at=updated, pk__gt=last)
        if is_open:
            found = found.filter(later, updated_at__lte=updated)
        elif closed is not None:
            found = found.filter(Q(closed_at__lt=closed) | Q(later, closed_at=closed), closed_at__lte=closed)
    return found.order_by(F("closed_at").desc(nulls_first=True), "-updated_at", "pk")


def _by_age(found: QuerySet[Record], after: str) -> QuerySet[Record]:
    if place := _place(after, 1):
        (verified,), last = place
        found = found.filter(
            Q(verified_at__gt=verified) | Q(verified_at=verified, pk__gt=last), verified_at__gte=verified
        )
    return found.order_by("verified_at", "pk")


def _written(moment: datetime | None) -> str:
    """Microseconds, so that the place is found again exactly."""
    return "" if moment is None else str((moment - _EPOCH) // timedelta(microseconds=1))


def _place(after: str, moments: int) -> tuple[list[datetime | None], UUID] | None:
    """Where the page before ended; None for the beginning, and for what we never handed out."""
    parts = after.split(".")
    if len(parts) != moments + 1 or len(after) > 100:
        return None
    try:
        told = [_EPOCH + timedelta(microseconds=int(part)) if part else None for part in parts[:-1]]
        last = UUID(parts[-1])
    except (ValueError, OverflowError):
        return None
    return (told, last) if told[-1] is not None else None
