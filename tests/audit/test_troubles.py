"""What is wrong with keeping the audit is said: as an alarm, in the doctor, in the figures."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from gridapp.audit import anchoring, troubles
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.delivery import alarms
from gridapp.delivery.models import Alarm
from gridapp.review import audit_tasks
from gridapp.watch.doctor import audit as doctor
from gridapp.watch.doctor.finding import Level
from tests.audit.intruding import intrude, notes


def open_alarm() -> str:
    row = Alarm.objects.filter(kind=Alarm.Kind.AUDIT, ended_at=None).first()
    return alarms.words(row) if row else ""


def test_where_all_is_well_nothing_is_said(ten: list[int]) -> None:
    anchoring.anchor()
    audit_tasks.verify_chain()

    assert (troubles.first(), open_alarm()) == ("", "")


def test_a_fault_is_an_alarm_until_a_verification_finds_none(ten: list[int]) -> None:
    anchoring.anchor()
    intrude("UPDATE audit_note SET by = 8 WHERE id = %s", ten[4])
    audit_tasks.verify_chain()
    raised = open_alarm()
    intrude("UPDATE audit_note SET by = 7 WHERE id = %s", ten[4])

    audit_tasks.verify_chain()

    assert (raised, open_alarm()) == ("核验发现 1 处不符", "")


def test_what_stands_outside_the_chain_for_long_is_said(ten: list[int]) -> None:
    note(Act.SIGNED_IN, by=1)
    at_once = troubles.late()
    intrude("UPDATE audit_note SET at = at - interval '2 minutes' WHERE id > %s", max(ten))

    assert (at_once, troubles.first()) == (0, "unchained 1")


def test_an_anchor_that_was_not_written_is_said_and_the_chain_goes_on(ten: list[int], settings: Any) -> None:
    settings.AUDIT_ANCHORS = "/dev/null/nowhere"

    audit_tasks.anchor_chain()
    notes(1)

    assert open_alarm() == "锚点没有按时写出"


def test_a_stamp_that_is_long_in_coming_is_said(ten: list[int], settings: Any) -> None:
    anchoring.anchor()
    settings.AUDIT_TSA_URL = "http://127.0.0.1:1/"
    at_once = troubles.first()
    intrude("UPDATE audit_anchor SET at = at - interval '20 minutes'")

    audit_tasks.anchor_chain()

    assert (at_once, open_alarm()) == ("", "1 个锚点还没有时间戳")


def test_the_clock_chains_and_anchors(db: None) -> None:
    note(Act.SIGNED_IN, by=1)
    audit_tasks.chain_notes()

    audit_tasks.anchor_chain()

    assert [line.number for line in anchoring.read(anchoring.folder())] == [1]


def test_the_doctor_says_that_the_running_role_may_change_the_audit(settings: Any, db: None) -> None:
    settings.DEVELOPMENT = False

    found = {finding.check: finding.level for finding in doctor.look()}

    assert found["audit.role"] == Level.WARN


@pytest.mark.parametrize("name", ["gridapp_audit_links", "gridapp_audit_unchained", "gridapp_audit_anchor_age_seconds"])
def test_figures_are_there(name: str, ten: list[int]) -> None:
    anchoring.anchor()

    assert f"\n{name} " in Client().get("/metrics").content.decode()
