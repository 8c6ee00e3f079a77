"""What happens in the demo besides entries, so that every page of supervisors has something to show; told once.

Everything goes through the doors that people use, in the names of the demo's accounts. Each story looks for what it has
left, and is not told again. They are told while the demo runs already, so that nobody waits for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from uuid import UUID, uuid5

from gridapp.demo import places
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record, SavedSearch

logger = logging.getLogger(__name__)

Cast = Mapping[str, User]
FIRST, SECOND, THIRD = (places.grid_code(one, 1) for one in places.COMMUNITIES)
"""The grid of the first worker, that of the second one, and one that a worker has yet to be found for."""
_NAMES = UUID("6f0c4a52-6f0f-4c38-9f5e-9901010d0e30")


def named(story: str) -> UUID:
    """The id of what a story leaves: the same in every demo."""
    return uuid5(_NAMES, story)


def people_of(grid: str) -> list[Record]:
    """Who lives in a grid, in the order in which they were entered."""
    made = Entry.objects.filter(grid_code=grid, action=Entry.Action.CREATE, record__kind=Record.Kind.RESIDENT)
    return [entry.record for entry in made.select_related("record__building").order_by("number")]


def flats_of(grid: str) -> list[Record]:
    """The flats of a grid that have a code, in the order of their codes."""
    flats = Record.objects.filter(grid_code=grid, kind=Record.Kind.HOUSING, closed_at=None)
    return list(flats.exclude(housing_code=None).order_by("housing_code"))


def are_told() -> bool:
    """Whether the last one was."""
    return SavedSearch.objects.filter(pk=named("the last")).exists()


def tell() -> list[str]:
    """Tells them all, one after the other; the names of those that could not be told."""
    from . import answers, areas, disputes, papers  # they are told in the words of this module

    cast = {user.username: user for user in User.objects.all()}
    told: list[Callable[[Cast], object]] = [
        areas.change, disputes.object_to, disputes.claim, disputes.collide, areas.complain,
        papers.hand_in, papers.export, answers.wait_and_remark, papers.bring_back, papers.search,
    ]  # fmt: skip
    failed = []
    for story in told:
        try:
            story(cast)
        except Exception:  # one story less is no reason to be without the others
            logger.exception("%s was not told", story.__qualname__)
            failed.append(story.__qualname__)
    return failed
