"""Which of our codes stand behind failures of one cause: what whoever gives them another word wants to see first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gridapp import sealing
from gridapp.catalogue.recoding import Offer
from gridapp.catalogue.targets import Configured
from gridapp.org.models import User
from gridapp.registry.models import Record

from . import clock
from .causes import Cause, recodable
from .views import views

OPENED = 100
"""Records that are opened to see their codes."""


@dataclass(frozen=True, slots=True)
class Met:
    """One code that can be told otherwise; `number`: how many of the records that were opened have it."""

    offer: Offer
    number: int


def met(cause: Cause, one: Configured, by: User) -> list[Met]:
    """Every code of the cause's field that can be told otherwise, the most frequent first; none where none can be."""
    offers = recodable(cause, one)
    known = _known(cause, by) if offers else Counter[str]()
    found = [Met(offer, known[offer.code]) for offer in offers]
    return sorted(found, key=lambda one: (-one.number, one.offer.theirs))


def _known(cause: Cause, by: User) -> Counter[str]:
    """Our codes in the records that failed first. Records that cannot be opened say nothing."""
    ids = list(cause.rows(by).order_by("pk").values_list("record_id", flat=True)[:OPENED])
    try:
        opened = views(list(Record.objects.filter(pk__in=ids)), on=clock.day(clock.now()))
    except sealing.Unsealable:
        return Counter()
    return Counter(str(view[cause.field]) for view in opened.values() if view.get(cause.field))
