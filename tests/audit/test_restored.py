"""A database that was restored from a backup lacks notes: that is said, and stays on record."""

from __future__ import annotations

from django.core.management import call_command

from gridapp.audit import anchoring
from gridapp.audit.verifying import Kind, verify
from tests.audit.intruding import cut_off, intrude, notes


def test_a_restore_from_before_an_anchor_is_said_once_and_stays_on_record(ten: list[int]) -> None:
    anchoring.anchor()
    first = notes(5)
    anchoring.anchor()
    cut_off(after=12, ids=first)
    intrude("DELETE FROM audit_anchor WHERE number > 12")
    notes(8)
    before = {(fault.kind, fault.number) for fault in verify().faults}

    call_command("audit_anchor", restored=True, verbosity=0)

    report = verify()
    assert before == {(Kind.ANCHOR, 15)}
    assert (report.faults, report.void) == ([], 1)
