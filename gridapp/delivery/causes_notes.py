"""What people say of a cause, and whose it is: for those whose areas lie in each other, not for the neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from gridapp import sealing
from gridapp.org import scope
from gridapp.org.models import Role, User

from .causes import Cause, area_of
from .models import CauseNote

LONGEST = 500
"""Characters of a remark."""
KEPT = timedelta(days=30)
"""How long what was said is shown: a cause that comes again months later is another story."""
LISTED = 50
_LENGTHS = (0, 6, 9, 12, 15)
"""Digits of the codes of areas, from everywhere to a grid."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark, or one hand-over (`given_to`: a name, "" for none)."""

    by: str
    at: datetime
    text: str
    given_to: str


def remarks(cause: Cause, by: User) -> list[Remark]:
    """What was said of it lately, newest first. One statement. What cannot be opened any more is left empty."""
    rows = _seen_by(by).filter(**cause.columns).select_related("by", "given_to").order_by("-pk")[:LISTED]
    return [_remark(row) for row in rows]


def whose(causes: Iterable[Cause], by: User) -> dict[Cause, str]:
    """Whose each of these causes is, by name; without those that are nobody's. One statement."""
    wanted = set(causes)
    rows = _seen_by(by).filter(given_to__isnull=False, target__in={cause.target_id for cause in wanted})
    named: Iterable[Any] = rows.order_by("pk").values_list(
        "target_id", "status", "code", "field", "given_to__first_name"
    )
    found = {Cause(*columns): name for *columns, name in named}
    return {cause: name for cause, name in found.items() if cause in wanted}


def remark(cause: Cause, text: str, *, by: User) -> CauseNote:
    """Keeps a remark, sealed."""
    row = CauseNote(**cause.columns, area_code=area_of(by), by=by)
    row.sealed = sealing.seal(text[:LONGEST].encode(), bound_to=row.bound_to)
    row.save(force_insert=True)
    return row


def give(cause: Cause, to: User, *, by: User) -> CauseNote:
    """It is theirs from now on; the caller has seen that they are one of `candidates`."""
    return CauseNote.objects.create(**cause.columns, area_code=area_of(by), by=by, given_to=to)


def candidates(by: User) -> list[User]:
    """Who can see to a cause in somebody's areas: those who decide there, and who oversees them. In order of names."""
    wide = _around(by)
    inside = scope.condition(by, "areas__code")
    staff = User.objects.filter(inside | Q(areas__code__in=wide), is_active=True)
    return list(staff.filter(role__in=(Role.SUPERVISOR, Role.ADMINISTRATOR)).distinct().order_by("first_name", "pk"))


def _seen_by(by: User) -> QuerySet[CauseNote]:
    related = scope.condition(by, "area_code") | Q(area_code__in=_around(by))
    return CauseNote.objects.filter(related, at__gte=timezone.now() - KEPT)


def _around(by: User) -> set[str]:
    """The codes of the areas in which somebody's areas lie, their own included."""
    return {prefix[:length] for prefix in scope.prefixes(by) for length in _LENGTHS if length <= len(prefix)}


def _remark(row: CauseNote) -> Remark:
    try:
        text = sealing.unseal(row.sealed, bound_to=row.bound_to).decode() if row.sealed else ""
    except sealing.Unsealable:
        text = ""
    return Remark(row.by.display_name, row.at, text, row.given_to.display_name if row.given_to else "")
