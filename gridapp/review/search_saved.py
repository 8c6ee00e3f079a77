"""The searches that somebody comes back to: their own, under a name of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gridapp import sealing
from gridapp.org.models import User
from gridapp.registry.models import SavedSearch
from gridapp.review.search import Criteria

MOST = 20
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Saved:
    id: UUID
    name: str
    criteria: Criteria


def of(owner: User) -> list[Saved]:
    """Newest first. One statement."""
    return [_opened(row) for row in SavedSearch.objects.filter(owner=owner).order_by("-saved_at")[:MOST]]


def one(saved_id: UUID, owner: User) -> Saved | None:
    """One of somebody's own; anybody else's is as good as none."""
    row = SavedSearch.objects.filter(pk=saved_id, owner=owner).first()
    return _opened(row) if row is not None else None


def save(name: str, criteria: Criteria, owner: User) -> bool:
    """Under this name, in place of what stood there; False where it has no name or there are too many already."""
    name = name.replace("\0", "").strip()[:LONGEST_NAME]
    known = of(owner)
    same = [saved.id for saved in known if saved.name == name]
    if not name or (len(known) >= MOST and not same):
        return False
    row = SavedSearch(owner=owner)
    row.sealed = sealing.seal_json({"name": name, "criteria": criteria.kept()}, bound_to=row.bound_to)
    row.save(force_insert=True)
    SavedSearch.objects.filter(pk__in=same, owner=owner).delete()
    return True


def forget(saved_id: UUID, owner: User) -> None:
    """Deletes one of somebody's own."""
    SavedSearch.objects.filter(pk=saved_id, owner=owner).delete()


def _opened(row: SavedSearch) -> Saved:
    document = row.document()
    return Saved(row.pk, document["name"], Criteria.read(document["criteria"]))
