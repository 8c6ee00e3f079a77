"""A department with a table of codes of its own, renumbered over night; beside it one that takes anything."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.utils import timezone

from gridapp import sealing
from gridapp.catalogue import profiles, targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    ALWAYS,
    Action,
    Capabilities,
    Connector,
    Delivered,
    Kind,
    Layout,
    Outcome,
    Parcel,
    Profile,
    Rejected,
    Row,
)
from gridapp.contract.formats import translate
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record

OWN = {"01": "A1", "03": "A3"}
"""Our codes of ethnic groups -> the census's."""
GRID = "990101001001001"

CENSUS = Profile(
    key="CENSUS",
    slug="census",
    zh="人口普查",
    en="Census",
    owner="测试统计局",
    owner_en="Test statistics office",
    basis="测试条例",
    basis_en="Test regulation",
    layouts={
        Kind.RESIDENT: Layout(
            (
                Row("name", "XM", required=ALWAYS),
                Row("ethnicity", "MZ", translate(OWN)),
                Row("former_name", "MZMC", whole=lambda view: "有" if view.get("former_name") else None,
                    reads=("former_name",)),
            ),
            actions=frozenset(Action),
        )
    },
    position=98,
)  # fmt: skip
LIBRARY = replace(CENSUS, key="BOOKS", slug="books", zh="图书馆", en="Library", position=99)


class Census(Connector):
    """Refuses codes that its table does not have (any more), with its own reason. An empty table refuses none."""

    profile = CENSUS
    capabilities = Capabilities(batch=500, batch_is_one_call=True, resend_safe=True, deadline=5)
    table: ClassVar[set[str]] = set(OWN.values())
    seen: ClassVar[list[tuple[str, Any]]] = []

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [self._judge(parcel) for parcel in parcels]

    def _judge(self, parcel: Parcel) -> Outcome:
        said = self.profile.layouts[parcel.kind].content(parcel.fields)
        type(self).seen.append((parcel.key, said["MZ"]))
        if type(self).table and said["MZ"] not in type(self).table:
            return Rejected("R07", "民族代码不存在", ("ethnicity",))
        return Delivered(f"C-{parcel.key[:8]}")


class Library(Census):
    profile = LIBRARY
    table: ClassVar[set[str]] = set()
    seen: ClassVar[list[tuple[str, Any]]] = []


@pytest.fixture
def census(db: None, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The census and the library, both switched on; the census knows the codes that its mapping was written for."""
    monkeypatch.setattr(Census, "table", set(OWN.values()))
    monkeypatch.setattr(Census, "seen", [])
    monkeypatch.setattr(Library, "seen", [])
    known = profiles._installed()
    ours = replace(
        known,
        profiles=MappingProxyType({**known.profiles, "census": CENSUS, "books": LIBRARY}),
        connectors=MappingProxyType({**known.connectors, "census": Census, "books": Library}),
    )
    monkeypatch.setattr(profiles, "_installed", lambda: ours)
    told = {"enabled": True}
    Target.objects.create(key="BOOKS", connector="books", zh=LIBRARY.zh, en=LIBRARY.en, position=99, **told)
    return Target.objects.create(key="CENSUS", connector="census", zh=CENSUS.zh, en=CENSUS.en, position=98, **told)


def configured(target: Target) -> Configured:
    """The target as it is at this moment."""
    one = targets.target(target.pk)
    assert one is not None
    return one


def settle_in(number: int, *, by: User, ethnicity: str = "03", grid: str = GRID) -> list[Record]:
    """So many residents, written without the registry's rules and planned for both systems."""
    made = []
    for _ in range(number):
        record = Record(id=uuid.uuid4(), kind=Kind.RESIDENT, grid_code=grid)
        record.sealed = sealing.seal_json({"name": "测试甲", "ethnicity": ethnicity}, bound_to=record.bound_to)
        made.append(record)
    Record.objects.bulk_create(made)
    Entry.objects.bulk_create(
        Entry(
            id=uuid.uuid4(), record=record, action="create", version=1, digest=b"", sealed=b"", by=by,
            grid_code=grid, made_at=timezone.now(),
        )
        for record in made
    )  # fmt: skip
    with transaction.atomic():
        plan([record.pk for record in made])
    return made


@pytest.fixture
def failing(census: Target) -> Callable[..., list[Delivery]]:
    """`failing(3, by=…)`: so many of the census's deliveries as they stand after it refused them."""

    def make(number: int, *, by: User, grid: str = GRID, ethnicity: str = "03", **columns: Any) -> list[Delivery]:
        people = settle_in(number, by=by, grid=grid, ethnicity=ethnicity)
        rows = Delivery.objects.filter(record__in=people, target=census)
        told = {
            "status": Status.RETURNED, "reason_code": "R07", "reason": "民族代码不存在", "fields": ["ethnicity"],
            "due_at": None, "sent_generation": 1, "sent_version": 1, "sent_digest": b"x" * 20,
        }  # fmt: skip
        rows.update(**(told | columns))
        return list(rows.order_by("pk"))

    return make
