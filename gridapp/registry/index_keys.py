"""Which index keys there are and have been, and whether the former one may go: a replaced one would find nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, transaction

from gridapp import sealing

from . import reindexed
from .models import IndexKey


def at_hand() -> list[str]:
    """Marks of the keys of the settings; of the one that writes first."""
    return [sealing.index_mark(key) for key in sealing.index_keys()]


def current() -> IndexKey:
    """The row of the key that writes; made where there is none."""
    return IndexKey.objects.get_or_create(mark=at_hand()[0])[0]


def problems() -> list[str]:
    """What is wrong, in words. Reads only."""
    if missing := IndexKey.objects.filter(needed=True).exclude(mark__in=at_hand()).count():
        return [f"INDEX_KEY was replaced: {missing} key that indexes were made with is not at hand."]
    stands = IndexKey.objects.filter(stands=True).first()
    mark = sealing.index_mark(sealing.standing_key())
    if stands is not None and stands.mark != mark:
        return ["STANDING_KEY is not the one that tablets, doors and departments know."]
    return []


@transaction.atomic
def look() -> list[str]:
    """What is wrong, in words; where nothing is, writes down that the key is in use."""
    if found := problems():
        return found
    IndexKey.objects.update_or_create(mark=at_hand()[0], defaults={"needed": True})
    if not IndexKey.objects.filter(stands=True).exists():
        mark = sealing.index_mark(sealing.standing_key())
        IndexKey.objects.get_or_create(mark=mark, defaults={"needed": False})
        IndexKey.objects.filter(mark=mark).update(stands=True)
    return []


def count() -> int | None:
    """How many indexes are not made with the key that writes; with none left the others are needed no more.

    Nobody counts while a key is missing: None.
    """
    if look():
        return None
    left = sum(part.remaining() for part in reindexed.PARTS)
    IndexKey.objects.exclude(mark=at_hand()[0]).update(needed=left > 0)
    return left


def may_go() -> bool:
    """Whether INDEX_KEY_BEFORE may be taken out, as it was counted last."""
    mark, *former = at_hand()
    finished = IndexKey.objects.filter(mark=mark, finished_at__isnull=False).exists()
    # The next key, that nothing was made with yet, stands in no row: it has only been laid ready.
    return bool(former) and finished and IndexKey.objects.filter(mark__in=former, needed=False).exists()


class State(StrEnum):
    """How the change of the index key stands."""

    MISSING = "missing"
    SETTLED = "settled"
    READY = "ready"
    UNDER_WAY = "under_way"
    MAY_GO = "may_go"


@dataclass(frozen=True, slots=True)
class Standing:
    """`row`: of the key that writes, None before anything was written down. READY: the other one is at hand, and
    nothing is being made anew."""

    state: State
    row: IndexKey | None


def standing() -> Standing:
    """For who looks: reads only, and counts nothing."""
    row = IndexKey.objects.filter(mark=at_hand()[0]).first()
    if problems():
        return Standing(State.MISSING, row)
    if may_go():
        return Standing(State.MAY_GO, row)
    if row is not None and row.begun_at is not None and row.finished_at is None:
        return Standing(State.UNDER_WAY, row)
    return Standing(State.READY if len(at_hand()) > 1 else State.SETTLED, row)


@register(Tags.database)
def none_is_missing(app_configs: object, databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """A replaced key: nobody would be found, and everybody could be entered twice."""
    if "default" not in (databases or ()):
        return []
    if IndexKey._meta.db_table not in connections["default"].introspection.table_names():
        return []
    hint = "INDEX_KEY_BEFORE is the former INDEX_KEY, STANDING_KEY the very first: docs/operations.md, Keys."
    return [Error(problem, hint=hint, id="gridapp.E023") for problem in look()]
