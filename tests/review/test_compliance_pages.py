"""合规审计材料: what stands in it, that nothing of a resident does, that it proves itself, and for whom it is."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.catalogue import assessments
from gridapp.catalogue.assessments import Said
from gridapp.catalogue.models import Target
from gridapp.delivery import archive_files
from gridapp.delivery.models import Delivery
from gridapp.org.models import Role, User
from gridapp.registry import rights
from gridapp.registry.models import Record, RightsRequest
from gridapp.registry.rights import Decision
from tests.exporting import made
from tests.review.rights_cast import NEEDLES, WISH

As = Callable[..., Client]
Lodged = Callable[..., RightsRequest]
PACK = "/review/compliance/pack/"


def on(ahead: int = 0) -> str:
    """Today, or so many days later, as it is typed."""
    return f"{timezone.localdate() + timedelta(days=ahead)}"


def month(**days: str) -> dict[str, str]:
    """The last thirty days, where nothing else is said."""
    return {"first": on(-30), "last": on()} | days


def files(client: Client, **days: str) -> dict[str, bytes]:
    content = client.post(PACK, month(**days)).content
    assert archive_files.wrong(content) == []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def by(rows: list[dict[str, str]], heading: str) -> dict[str, dict[str, str]]:
    return {row[heading]: row for row in rows}


@pytest.fixture
def busy(resident: Record, sent: dict[str, Delivery], lodged: Lodged, people: dict[str, User]) -> None:
    """A month in which something happened of each."""
    answered, late = lodged(), lodged("explain")
    rights.decide(answered, Decision("done", "已当面说明。"), by=people["supervisor"])
    ended = timezone.now()
    RightsRequest.objects.filter(pk=answered.pk).update(lodged_at=ended - timedelta(days=3), ended_at=ended)
    RightsRequest.objects.filter(pk=late.pk).update(due_on=on(-1))
    made(people["supervisor"], purpose=f"核对 {NEEDLES[1]} {NEEDLES[2]}")
    said = Said(on(), "区局", "影评3号", "fit", "", on())
    assessments.record(Target.objects.get(key="JZDJ"), said, by=people["administrator"])


def test_the_package_has_what_an_audit_asks_for_and_proves_itself(as_: As, busy: None) -> None:
    held = files(as_("auditor"))

    system = by(lines(held["systems.csv"]), "代号")["JZDJ"]
    assert system["法律依据"] and system["用途"] and system["有有效的影响评估"] == "是"
    assert by(lines(held["systems.csv"]), "代号")["PDA"]["有有效的影响评估"] == "否"
    assert {row["报告"] for row in lines(held["assessments.csv"])} == {"影评3号"}
    assert "公民身份号码" in held["fields.csv"].decode()
    assert len(lines(held["retention.csv"])) > 20
    roles = by(lines(held["roles.csv"]), "角色")
    assert (roles[str(Role.AUDITOR.label)]["查看审计"], roles[str(Role.WORKER.label)]["查看审计"]) == ("是", "否")
    assert {"worker", "supervisor"} & set(by(lines(held["accounts.csv"]), "账号"))
    asked = by(lines(held["rights.csv"]), "要求")
    assert (asked["查阅"]["件数"], asked["查阅"]["办理天数（中位）"], asked["查阅"]["超期"]) == ("1", "3.0", "0")
    assert (asked["解释说明"]["未办结"], asked["解释说明"]["超期"]) == ("1", "1")
    assert len(lines(held["exports.csv"])) == 1
    state = json.loads(held["state.json"])
    assert state["audit_notes"] > 0 and "PDA" in state["systems_without_assessment"]
    assert {"law.md", "asvs.md", "README.txt", "anchors.csv", "incidents.csv", "deletions.csv"} <= set(held)
    assert "还没有核验过" in held["README.txt"].decode()


def test_nothing_of_a_resident_stands_in_it(as_: As, resident: Record, busy: None) -> None:
    everything = b"".join(files(as_("auditor")).values()).decode()

    for value in (*NEEDLES, WISH.text, WISH.contact, str(resident.pk), "部门的话里有"):
        assert value not in everything


def test_other_days_have_nothing_of_these(as_: As, busy: None) -> None:
    held = files(as_("auditor"), first=on(-400), last=on(-400))

    assert {row["件数"] for row in lines(held["rights.csv"])} == {"0"}
    assert lines(held["exports.csv"]) == []
    assert json.loads(held["state.json"])["audit_notes"] == 0


def test_that_it_was_made_is_noted(as_: As, people: dict[str, User]) -> None:
    answer = as_("auditor").post(PACK, month())

    noted = Note.objects.get(act=Act.COMPLIANCE_PACKED)
    assert (noted.by, noted.what["first"], noted.what["size"]) == (
        people["auditor"].pk, on(-30), len(answer.content),
    )  # fmt: skip
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "changed",
    [
        {"first": ""},
        {"first": "0001-01-01", "last": "0001-01-02"},
        {"last": "2026-02-30"},
        {"first": 0, "last": -1},
        {"last": 1},
        {"first": -4 * 366},
    ],
)
def test_days_that_cannot_be_used_are_said(as_: As, people: dict[str, User], changed: dict[str, str | int]) -> None:
    days = {name: on(value) if isinstance(value, int) else value for name, value in changed.items()}
    answer: Any = as_("auditor").post(PACK, month(**days))

    assert answer.status_code == 422
    assert "请写起止日期" in answer.content.decode()
    assert not Note.objects.filter(act=Act.COMPLIANCE_PACKED).exists()


def test_the_page_warns_of_what_is_missing(as_: As, targets: None, people: dict[str, User]) -> None:
    page = as_("auditor").get("/review/compliance/").content.decode()

    assert "启用着、没有有效影响评估的系统" in page
    assert "审计还没有核验过" in page


@pytest.mark.parametrize("role", ["worker", "supervisor", "officer", "administrator", "security"])
def test_nobody_else_makes_one(as_: As, role: str) -> None:
    assert as_(role).get("/review/compliance/").status_code == 403
    assert as_(role).post(PACK, month()).status_code == 403
