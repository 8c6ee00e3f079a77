"""Who works with these pages, and a system that is filled by hand in every way: card and workbook.

Its workbook is JSON, so that a test can answer in any way; the province's real one is tried in tests/connectors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest
from django.db import transaction
from django.test import Client

from gridapp.catalogue import profiles
from gridapp.catalogue.models import Target, TargetOfficer
from gridapp.contract import (
    ALWAYS,
    ByHand,
    Capabilities,
    Connector,
    Delivered,
    Evidence,
    Kind,
    Layout,
    Manual,
    Outcome,
    Parcel,
    Profile,
    Rejected,
    Row,
    Sheet,
    UnreadableError,
)
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Record

PAPER = Profile(
    key="PAPER",
    slug="paper",
    zh="纸质台账",
    en="Paper ledger",
    owner="测试街道",
    owner_en="Test street office",
    basis="测试条例",
    basis_en="Test regulation",
    purpose="测试台账",
    purpose_en="A ledger for tests",
    channel="导入模板",
    channel_en="Workbook",
    layouts={
        Kind.RESIDENT: Layout(
            (Row("name", "XM", required=ALWAYS), Row("id_number", "SFZH", required=ALWAYS), Row("phone", "DH"))
        ),
        Kind.HOUSING: Layout((Row("housing.address", "DZ", required=ALWAYS),)),
    },
    gives={"TZBH": "PAPER.TZBH"},
    position=99,
)


class Paper(Connector):
    """Every answer is "ok" but for rows that the file that comes back names: their number -> the reason."""

    profile = PAPER
    capabilities = Capabilities(batch=500, by_hand=ByHand.WORKBOOK, evidence=Evidence.SAID, per_second=2.5, per_day=900)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [Manual("by_hand", "等待导出到导入模板") for _ in parcels]

    def sheet(self, parcels: Sequence[Parcel]) -> Sheet:
        rows = [dict(parcel.fields) for parcel in parcels]
        return Sheet("台账.json", json.dumps(rows, ensure_ascii=False).encode(), "application/json")

    def read_sheet(self, sent: bytes, came_back: bytes) -> Sequence[Outcome]:
        rows, told = json.loads(sent), json.loads(came_back)
        if not isinstance(told, dict):
            raise UnreadableError("不是这份模板的结果")
        return [
            Rejected("1", told[str(number)], ("phone",)) if str(number) in told else Delivered(f"T-{number}")
            for number, _ in enumerate(rows, start=1)
        ]


@pytest.fixture
def paper(targets: None, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The ledger among the systems of the district, switched on."""
    known = profiles._installed()
    with_paper = replace(
        known,
        profiles=MappingProxyType({**known.profiles, "paper": PAPER}),
        connectors=MappingProxyType({**known.connectors, "paper": Paper}),
    )
    monkeypatch.setattr(profiles, "_installed", lambda: with_paper)
    return Target.objects.create(
        key="PAPER", connector="paper", zh=PAPER.zh, en=PAPER.en, enabled=True, position=PAPER.position
    )


@pytest.fixture
def waiting(paper: Target, resident: Record, flat: Record) -> dict[str, Delivery]:
    """The resident and the flat wait for a clerk of the ledger."""
    with transaction.atomic():
        plan([resident.pk, flat.pk])
    rows = Delivery.objects.filter(target=paper)
    rows.update(status=Status.MANUAL, due_at=None, reason_code="by_hand", reason="等待导出到导入模板")
    return {row.record.kind: row for row in rows.select_related("record", "target")}


@pytest.fixture
def people(areas: dict[str, Area], worker: User, other_worker: User, auditor: User) -> dict[str, User]:
    """One of each role, and a second supervisor, who has all of it as administrator and auditor do.

    Supervisor and officer have the sub-district.
    """
    wanted = {
        "supervisor": (Role.SUPERVISOR, "990101001"),
        "chief": (Role.SUPERVISOR, "990101"),
        "officer": (Role.OFFICER, "990101001"),
        "administrator": (Role.ADMINISTRATOR, "990101"),
        "security": (Role.SECURITY, "990101"),
    }
    made = {
        name: create_account(name, name=f"测试{name}", role=role, areas=[areas[area]], staff_no=f"T-{name}")
        for name, (role, area) in wanted.items()
    }
    return made | {"worker": worker, "other_worker": other_worker, "auditor": auditor}


@pytest.fixture
def officer(people: dict[str, User], paper: Target) -> User:
    """The officer, named for the ledger and for nothing else."""
    TargetOfficer.objects.create(target=paper, user=people["officer"], named_by=people["administrator"])
    return people["officer"]


@pytest.fixture
def as_(people: dict[str, User]) -> Callable[..., Client]:
    """`as_("officer")`: that person's browser; `language="en"` for an English one."""

    def sign_in(name: str, *, language: str = "zh-hans") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(people[name])
        return client

    return sign_in
