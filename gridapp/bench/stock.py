"""What every run of a bench begins with: databases that are made once and copied for each run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import orjson

from gridapp.catalogue.profiles import profiles
from gridapp.contract import Action, Kind
from gridapp.delivery import clock
from gridapp.delivery.views import views
from gridapp.registry.models import Record

from . import load
from .load import Scene
from .own_database import own_database

_PEOPLE = 100  # that there is room for where no entry is to begin with
NOWHERE = "http://127.0.0.1:1/"


@dataclass(frozen=True)
class Stock:
    """`empty`: database with the targets and the flats; `backlog`: a copy with all entries planned and none sent.

    `record_ids` and `bodies` are those of the entries, in their order.
    """

    empty: str
    backlog: str
    scene: Scene
    targets: int
    record_ids: list[UUID]
    bodies: list[bytes]


@contextlib.contextmanager
def stocked(entries: int, targets: int) -> Iterator[Stock]:
    """Both databases, gone when the block ends. Every entry goes through the real door once."""
    with own_database() as empty:
        load.targets([NOWHERE] * targets)
        scene = load.scene(entries or _PEOPLE)
        with own_database(like=empty["DATABASE_NAME"]) as backlog:
            ids = [load.submit_one(entry, scene) for entry in load.people(entries, scene.flats)]
            yield Stock(empty["DATABASE_NAME"], backlog["DATABASE_NAME"], scene, targets, ids, bodies(ids))


def bodies(record_ids: list[UUID], connector: str = "plain_json") -> list[bytes]:
    """What the plain targets are sent of these records, encoded."""
    layout = profiles()[connector].layouts[Kind.RESIDENT]
    now = clock.now()
    known = views(list(Record.objects.filter(pk__in=record_ids)), on=clock.day(now))
    told = {"action": Action.CREATE, "reference": "", "madeAt": now}
    return [orjson.dumps({"key": known[one]["occupation"], **told, **layout.content(known[one])}) for one in record_ids]
