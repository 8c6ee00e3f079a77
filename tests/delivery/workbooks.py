"""A target that is filled by workbooks, who works with it, and what waits for them.

A scripted connector writes its workbook as JSON, so that these tests can answer in any way; the province's real one is
tried in tests/connectors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import pytest

from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    AlreadyThere,
    ByHand,
    Capabilities,
    Delivered,
    Inexpressible,
    Kind,
    Manual,
    Outcome,
    Parcel,
    Rejected,
    Sheet,
    Unknown,
    UnreadableError,
)
from gridapp.delivery import sheets
from gridapp.delivery.models import Delivery
from gridapp.delivery.models import Sheet as Made
from gridapp.org.models import Area, Role, User
from tests.delivery.conftest import Scripted

MakeDelivery = Callable[..., Delivery]
WORDS: dict[str, Outcome] = {
    "ok": Delivered("P-1"),
    "there": AlreadyThere(),
    "bad": Rejected("3102", "联系电话为空号", ("phone",)),
    "what": Unknown("行数不符"),
}


class Workbook(Scripted):
    """A target that takes JSON workbooks of at most 500 rows, a template for each beginning of a name."""

    capabilities = Capabilities(batch=500, by_hand=ByHand.WORKBOOK)
    refuses: ClassVar[str] = ""

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [Manual("by_hand", "等待导出到导入模板") for _ in parcels]

    def sheet_group(self, parcel: Parcel) -> str:
        return str(parcel.fields["name"])[:1]

    def sheet(self, parcels: Sequence[Parcel]) -> Sheet:
        if any(parcel.fields["name"] == self.refuses for parcel in parcels):
            raise Inexpressible("name", "含GBK字符集以外的字")
        return Sheet("导入.json", json.dumps([parcel.key for parcel in parcels]).encode(), "application/json")

    def read_sheet(self, sent: bytes, came_back: bytes) -> Sequence[Outcome]:
        keys, told = json.loads(sent), json.loads(came_back)
        if not isinstance(told, dict):
            raise UnreadableError("不是这份模板的回执")
        return [WORDS[told.get(key, "ok")] for key in keys][: len(told.get("only", keys))]


@pytest.fixture
def one(scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch) -> Configured:
    class Fresh(Workbook):
        target = scripted.target

    found = Configured(scripted.target, scripted.profile, Fresh)
    monkeypatch.setattr(configured_targets, "targets", lambda: [found])
    return found


@pytest.fixture
def clerk(db: None) -> User:
    user = User.objects.create(username="clerk", role=Role.SUPERVISOR)
    user.areas.set([Area.objects.create(code="990101001", name="测试街道")])
    return user


@pytest.fixture
def manual(make_delivery: MakeDelivery) -> MakeDelivery:
    def make(**columns: Any) -> Delivery:
        return make_delivery(**{"status": "manual", "due_at": None, "reason_code": "by_hand"} | columns)

    return make


def export(one: Configured, clerk: User) -> Made:
    made = sheets.export(one, Kind.RESIDENT, by=clerk)
    assert made is not None
    return made


def keys_in(sheet: Made) -> list[str]:
    found: list[str] = json.loads(sheets.content(sheet))
    return found


def answer(sheet: Made, *words: str, **more: Any) -> bytes:
    return json.dumps(dict(zip(keys_in(sheet), words, strict=False)) | more).encode()


def statuses(rows: Sequence[Delivery]) -> list[str]:
    return list(
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("status", flat=True)
    )
