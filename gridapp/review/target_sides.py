"""One target as its department sees it: what it was sent of somebody's areas, what came back, how far both agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Max, Min
from django.utils.functional import Promise

from gridapp.catalogue import officers
from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind
from gridapp.delivery import concerned, counts
from gridapp.delivery.models import Delivery, Hold, Reconciliation, Status
from gridapp.dictionary import mask_text
from gridapp.org import scope
from gridapp.org.models import User

SHOWN = (
    Status.DELIVERED, Status.SUBMITTED, Status.RETURNED, Status.CONFLICT, Status.MANUAL, Status.WAITING, Status.HELD,
    Status.UNCERTAIN, Status.FAILED,
)  # fmt: skip
DAYS, LISTED = 30, 30
_CAUSES = 20
_LOOKED_AT = 2000
"""Returned rows that are grouped at most: enough to see what goes wrong, whatever the backlog."""
_RUNS = 7


@dataclass(frozen=True, slots=True)
class Cause:
    """What was returned with one code. `said`: one of the department's sentences, numbers of people masked."""

    code: str
    said: str
    number: int
    first: date
    conflict: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the last DAYS days: what was taken, at once or not, and what came back. `share`: taken at the first try."""

    accepted: int
    returned: int
    share: float | None
    typical: float | None
    slow: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the last comparisons found together. `share` None: nothing was compared."""

    asked: int
    agreed: int
    lost: int
    differing: int
    share: float | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Side:
    """`numbers`: status, its words, how many, in the order of SHOWN. `agreement` None: it is of other areas too."""

    numbers: tuple[tuple[str, str | Promise, int], ...]
    by_kind: tuple[tuple[str, int], ...]
    causes: tuple[Cause, ...]
    quality: Quality
    agreement: Agreement | None


def status_asked(text: str) -> Status | None:
    """The status that the list is about; None for all that the target knows."""
    return Status(text) if text in set(SHOWN) else None


def rows(one: Configured, by: User, status: Status | None, *, before: int) -> tuple[list[Delivery], int]:
    """What the target was sent or is about to be, newest first, each with its record; and where the next page begins.

    `before`: id of the last one on the page before, 0 for the first page; so is the second answer on the last page.
    Nothing is counted: a target may hold a million.
    """
    found = concerned.told(one, by).select_related("record__building")
    if status is not None:
        found = found.filter(status=status)
    if before:
        found = found.filter(pk__lt=before)
    page = list(found.order_by("-pk")[: LISTED + 1])
    return page[:LISTED], page[LISTED - 1].pk if len(page) > LISTED else 0


def of(one: Configured, by: User, *, today: date) -> Side:
    """The whole side of one target. Four statements at most, whatever was sent."""
    extent = counts.Extent(scope.prefixes(by))
    stands = [each for each in counts.standings(extent, today=today) if each.target_id == one.target.pk]
    number, kinds = Counter[str](), Counter[str]()
    for each in stands:
        number[Status.HELD if each.standing in set(Hold) else each.standing] += each.number
        kinds[each.kind] += each.number if each.standing == Status.DELIVERED else 0
    return Side(
        numbers=tuple((str(status), Status(status).label, number[status]) for status in SHOWN if number[status]),
        by_kind=tuple((kind, kinds[kind]) for kind in Kind if kinds[kind]),
        causes=_causes(one, by),
        quality=_quality(one, extent, today),
        agreement=_agreement(one) if scope.has_all(by) else None,
    )


def _causes(one: Configured, by: User) -> tuple[Cause, ...]:
    sent_back = concerned.moves(by).filter(status__in=(Status.RETURNED, Status.CONFLICT))
    back = sent_back.filter(officers.condition(by), target=one.target).order_by()
    some = Delivery.objects.filter(pk__in=back.values("pk")[:_LOOKED_AT]).values("reason_code", "status")
    grouped = some.annotate(number=Count("pk"), said=Max("reason"), first=Min("changed_at")).order_by("-number")
    return tuple(
        Cause(
            code=each["reason_code"],
            said=mask_text(each["said"]),
            number=each["number"],
            first=each["first"],
            conflict=each["status"] == Status.CONFLICT,
        )
        for each in grouped[:_CAUSES]
    )


def _quality(one: Configured, extent: counts.Extent, today: date) -> Quality:
    flowed = counts.flows(extent, first=today - timedelta(days=DAYS - 1), last=today)
    whole = counts.together([each for each in flowed if each.target_id == one.target.pk])
    return Quality(
        accepted=whole.accepted,
        returned=whole.returned,
        share=whole.first_pass,
        typical=whole.half,
        slow=whole.most,
    )


def _agreement(one: Configured) -> Agreement:
    over = Reconciliation.objects.filter(target=one.target, finished_at__isnull=False).order_by("-pk")[:_RUNS]
    runs = list(over)
    asked, agreed = sum(run.asked for run in runs), sum(run.agreed for run in runs)
    return Agreement(
        asked=asked,
        agreed=agreed,
        lost=sum(run.lost for run in runs),
        differing=sum(run.differing for run in runs),
        share=agreed / asked if asked else None,
        last=runs[0].finished_at if runs else None,
    )
