"""A resident of whom two systems were told, and a request lodged for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from gridapp import resealing, sealing
from gridapp.delivery import disclosure_fields
from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import rights
from gridapp.registry.models import Record, RightsRequest
from gridapp.registry.rights import Wish

NEEDLES = ("990101199202290010", "13912345678", "测试甲")
"""The person's number, phone and name."""
WISH = Wish("access", "card", "想知道我的信息给了谁", "到社区工作站自取")


@pytest.fixture(autouse=True)
def tombstones(settings: Settings, tmp_path: Path) -> Path:
    stones = settings.TOMBSTONES = tmp_path / "tombstones.jsonl"
    return stones


def send(record: Record, key: str, names: set[str], *, outcome: str = "delivered", reference: str = "R-1") -> Delivery:
    """As if the lane of this system had sent these fields, and the system had answered."""
    row = Delivery.objects.get(record=record, target__key=key)
    chosen, now = frozenset(names), timezone.now()
    disclosure_fields.forget()
    disclosure_fields.keep([chosen])
    Attempt.objects.create(
        delivery=row, version=row.wanted_version, generation=row.generation, action="create", outcome=outcome,
        reason=f"部门的话里有 {record.document().get('name')}", started_at=now, finished_at=now,
        told=disclosure_fields.number_of(chosen),
    )  # fmt: skip
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.DELIVERED, due_at=None, hold="", waits_for="", sent_version=row.wanted_version,
        sent_digest=row.wanted_digest, sent_generation=row.generation, held_version=row.wanted_version,
        held_digest=row.wanted_digest, reference=reference,
    )  # fmt: skip
    return row


@pytest.fixture
def sent(resident: Record) -> dict[str, Delivery]:
    """JZDJ got name and number, the handheld's system the name alone."""
    return {
        "JZDJ": send(resident, "JZDJ", {"name", "id_number", "phone"}, reference="DJ-1"),
        "PDA": send(resident, "PDA", {"name"}, reference="PDA-7"),
    }


@pytest.fixture
def lodged(resident: Record, worker: User) -> Callable[..., RightsRequest]:
    def make(kind: str = "access") -> RightsRequest:
        return rights.lodge(uuid4(), resident, Wish(kind, WISH.seen, WISH.text, WISH.contact), by=worker)

    return make


@pytest.fixture
def second_supervisor(people: dict[str, User], areas: dict[str, Area]) -> User:
    return create_account("second", name="赵二", role=Role.SUPERVISOR, areas=[areas["990101001"]])


def stored() -> dict[str, list[str]]:
    """Table -> which of the needles stand in it: plain as the database dumps it, sealed columns opened."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{name}" AS t')
            dumped = cursor.fetchone()[0] or ""
            if said := [one for one in NEEDLES if one in dumped or one.encode().hex() in dumped]:
                found[name] = said
    for column in resealing.columns():
        for row in column.model._base_manager.all():
            kept, bound_to = bytes(getattr(row, column.name) or b""), getattr(row, "bound_to")  # noqa: B009
            if kept and (said := [one for one in NEEDLES if one.encode() in sealing.unseal(kept, bound_to=bound_to)]):
                found.setdefault(str(column), []).extend(said)
    return found
