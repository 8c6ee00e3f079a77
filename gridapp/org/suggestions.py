"""Complaints and suggestions of those who work with this: kept, read by who oversees their area, answered.

The rules on mobile government applications (国办函〔2026〕12号) ask for it. Nobody is judged by what they say.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from gridapp import sealing

from . import scope
from .models import Suggestion, User

LONGEST = 1000
"""Characters of a suggestion or an answer."""


def suggest(text: str, *, by: User, suggestion_id: UUID, page: str = "", signed: bool = True) -> Suggestion:
    """Keeps it; the same id again changes nothing. Unsigned it is kept without who wrote it."""
    areas = scope.prefixes(by)
    row = Suggestion(id=suggestion_id, page=page, by=by if signed else None)
    row.area_code = areas[0] if areas else settings.DISTRICT
    row.sealed = sealing.seal(text[:LONGEST].encode(), bound_to=row.bound_to)
    kept, _new = Suggestion.objects.get_or_create(
        id=suggestion_id,
        defaults={"page": row.page, "by": row.by, "area_code": row.area_code, "sealed": row.sealed},
    )
    return kept


def mine(by: User) -> QuerySet[Suggestion]:
    """What somebody signed, with the answers, newest first."""
    return Suggestion.objects.filter(by=by)


def seen_by(user: User) -> QuerySet[Suggestion]:
    """What was said in the areas that somebody oversees, newest first."""
    return scope.within(Suggestion.objects.select_related("by", "answered_by"), user, "area_code")


def answer(row: Suggestion, text: str, *, by: User) -> None:
    """Answers it, or puts an answer right."""
    row.sealed_answer = sealing.seal(text[:LONGEST].encode(), bound_to=row.bound_to)
    row.answered_at, row.answered_by = timezone.now(), by
    row.save(update_fields=["sealed_answer", "answered_at", "answered_by"])
