"""Which objections somebody sees: those of their areas, and of a department's officer what their own offices raised."""

from __future__ import annotations

from django.db.models import QuerySet

from gridapp.org.models import User
from gridapp.registry import objections
from gridapp.registry.models import Objection
from gridapp.registry.objections import Source

from . import officers


def seen_by(user: User) -> QuerySet[Objection]:
    """Objections with their records, in no order. Nothing of another department's to an officer."""
    rows = objections.seen_by(user)
    if officers.own(user) is None:
        return rows
    theirs = [one.target.key for one in officers.seen_by(user)]
    return rows.filter(source=Source.DEPARTMENT, target__in=theirs)
