"""Whatever an owner of the tables does to what was noted is found, and named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from gridapp.audit import anchoring, digests
from gridapp.audit.acts import Act
from gridapp.audit.chaining import chain
from gridapp.audit.noting import note
from gridapp.audit.verifying import Kind, verify
from tests.audit.intruding import cut_off, intrude, notes, nothing_refuses

Found = set[tuple[Kind, int | None, int | None]]


def found() -> Found:
    return {(fault.kind, fault.number, fault.note_id) for fault in verify().faults}


@pytest.mark.parametrize("digest", ["sm3", "sha256"])
def test_what_nobody_touched_is_well(digest: str, settings: Any, db: None) -> None:
    settings.AUDIT_DIGEST = digest
    for _anchor in range(3):
        notes(5)
        anchoring.anchor()

    report = verify()

    assert (report.faults, report.links, report.anchors) == ([], 15, 3)


def test_a_chain_goes_on_where_the_digest_is_changed(ten: list[int], settings: Any) -> None:
    settings.AUDIT_DIGEST = "sha256"
    notes(2)

    assert verify().faults == []


def test_a_chain_goes_on_with_a_new_key_while_the_old_one_is_kept(ten: list[int], settings: Any) -> None:
    anchoring.anchor()
    settings.AUDIT_KEYS = f"{settings.AUDIT_KEYS},2:{'5e' * 32}"
    notes(2)
    anchoring.anchor()
    both = verify().found
    settings.AUDIT_KEYS = f"2:{'5e' * 32}"

    assert both == 0
    assert {fault.number for fault in verify().faults if fault.kind == Kind.FORGED} == set(range(1, 11))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("act", "session.out"), ("by", 8), ("about", "account:99"), ("result", "failed"), ("what", '{"way":"card"}'),
        ("request_id", "another"), ("address", "203.0.113.9"), ("process", "web2"), ("at", "2026-01-01 08:00+08"),
        ("xact", 5),
    ],
)  # fmt: skip
def test_a_changed_row_is_named_whatever_was_changed(column: str, value: object, ten: list[int]) -> None:
    intrude(f"UPDATE audit_note SET {column} = %s WHERE id = %s", value, ten[4])

    assert found() == {(Kind.CHANGED, 5, ten[4])}


def test_a_deleted_row_is_named(ten: list[int]) -> None:
    intrude("DELETE FROM audit_note WHERE id = %s", ten[4])

    assert found() == {(Kind.DELETED, 5, ten[4])}


def test_a_row_deleted_with_its_link_is_named(ten: list[int]) -> None:
    intrude("DELETE FROM audit_note WHERE id = %s", ten[4])
    intrude("DELETE FROM audit_link WHERE number = 5")

    assert found() == {(Kind.UNLINKED, 5, None)}


def test_a_row_deleted_and_the_rest_moved_up_is_named(ten: list[int]) -> None:
    intrude("DELETE FROM audit_note WHERE id = %s", ten[4])
    intrude("DELETE FROM audit_link WHERE number = 5")
    for number in range(6, 11):
        intrude("UPDATE audit_link SET number = %s WHERE number = %s", number - 1, number)

    assert (Kind.FORGED, 5, ten[5]) in found()


def test_two_rows_whose_numbers_were_exchanged_are_named(ten: list[int]) -> None:
    for old, new in ((3, 99), (8, 3), (99, 8)):
        intrude("UPDATE audit_link SET number = %s WHERE number = %s", new, old)

    assert found() >= {(Kind.REORDERED, 3, ten[7]), (Kind.REORDERED, 8, ten[2])}


def test_two_rows_whose_places_were_exchanged_are_named(ten: list[int]) -> None:
    for number, note_id in ((3, 0), (8, ten[2]), (3, ten[7])):
        intrude("UPDATE audit_link SET note_id = %s WHERE number = %s", note_id, number)

    assert found() == {(Kind.REORDERED, 3, ten[7]), (Kind.REORDERED, 8, ten[2])}


def test_two_rows_whose_places_and_digests_were_exchanged_are_named(ten: list[int]) -> None:
    intrude(
        "UPDATE audit_link AS l SET note_id = -o.note_id, own = o.own FROM audit_link AS o "
        "WHERE (l.number, o.number) IN ((3, 8), (8, 3))"
    )
    intrude("UPDATE audit_link SET note_id = -note_id WHERE note_id < 0")

    assert found() == {(Kind.REORDERED, 3, ten[7]), (Kind.REORDERED, 8, ten[2])}


def test_a_row_inserted_afterwards_is_named(ten: list[int]) -> None:
    _write_in(1_000_000, xact=1, at="now()")

    assert found() == {(Kind.INSERTED, None, 1_000_000)}


def test_a_row_inserted_with_a_link_of_its_own_is_named(ten: list[int]) -> None:
    _write_in(1_000_000, xact=1, at="now()")
    intrude("UPDATE audit_link SET note_id = 1000000 WHERE number = 5")

    assert (Kind.CHANGED, 5, 1_000_000) in found()


def test_a_back_dated_row_is_named_though_it_was_chained(ten: list[int]) -> None:
    _write_in(1_000_000, xact=2**40, at="now() - interval '2 hours'")
    chain()

    assert found() == {(Kind.DATED, 11, 1_000_000)}


def test_a_row_dated_ahead_is_named_though_it_was_chained(ten: list[int]) -> None:
    _write_in(1_000_000, xact=2**40, at="now() + interval '1 hour'")
    chain()

    assert found() == {(Kind.DATED, 11, 1_000_000)}


def test_a_link_that_says_another_time_is_named(ten: list[int]) -> None:
    intrude("UPDATE audit_link SET at = at - interval '1 day' WHERE number = 7")

    assert {(fault.kind, fault.number) for fault in verify().faults} == {(Kind.DATED, 7), (Kind.FORGED, 7)}


def test_a_tail_that_was_cut_off_is_named_by_the_anchor(ten: list[int]) -> None:
    anchoring.anchor()

    cut_off(after=5, ids=ten)

    (fault,) = verify().faults
    assert (fault.kind, fault.number) == (Kind.TRUNCATED, 6)
    assert fault.said.startswith("6…10")


def test_a_tail_that_was_cut_off_and_grew_again_is_named(ten: list[int]) -> None:
    anchoring.anchor()
    cut_off(after=5, ids=ten)
    notes(8)

    assert {(fault.kind, fault.number) for fault in verify().faults} == {(Kind.ANCHOR, 10)}


def test_everything_gone_is_named(ten: list[int]) -> None:
    anchoring.anchor()
    with nothing_refuses(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_note")
        cursor.execute("DELETE FROM audit_link")
        cursor.execute("DELETE FROM audit_anchor")

    assert {(fault.kind, fault.number) for fault in verify().faults} == {(Kind.TRUNCATED, 1)}


def test_who_forges_the_rest_of_the_chain_without_the_key_is_named(ten: list[int], settings: Any) -> None:
    key, settings.AUDIT_KEYS = settings.AUDIT_KEYS, f"1:{'ab' * 32}"
    _forge_from(5, ten)
    settings.AUDIT_KEYS = key

    assert {(fault.kind, fault.number) for fault in verify().faults} == {
        (Kind.FORGED, number) for number in range(5, 11)
    }


def test_who_forges_the_rest_of_the_chain_with_the_key_meets_the_anchor(ten: list[int]) -> None:
    anchoring.anchor()

    _forge_from(5, ten)

    assert {(fault.kind, fault.number) for fault in verify().faults} == {(Kind.ANCHOR, 10)}


def _line_gone(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def _line_changed(path: Path) -> None:
    path.write_text(path.read_text().replace('"number":10', '"number":9', 1))


@pytest.mark.parametrize("harm", [_line_gone, _line_changed, lambda path: path.unlink()])
def test_an_anchor_file_that_was_touched_is_named(harm: Callable[[Path], None], ten: list[int], folder: Path) -> None:
    anchoring.anchor()
    notes(3)
    anchoring.anchor()

    harm(folder / anchoring.FILE)

    assert {fault.kind for fault in verify().faults} == {Kind.ANCHORS}


def test_the_chain_is_held_against_a_copy_of_the_anchors(ten: list[int], folder: Path, tmp_path: Path) -> None:
    anchoring.anchor()
    shutil.copytree(folder, tmp_path / "elsewhere")
    (folder / anchoring.FILE).unlink()
    intrude("DELETE FROM audit_anchor")
    cut_off(after=5, ids=ten)

    assert verify().faults == []
    assert {fault.kind for fault in verify(tmp_path / "elsewhere").faults} == {Kind.TRUNCATED}


def test_ids_that_were_rolled_back_are_told_and_are_no_fault(ten: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('audit_note', 'id'))")
        lost = cursor.fetchone()[0]
    notes(1)

    report = verify()

    assert (report.faults, report.missing) == ([], [(lost, lost)])


def test_the_command_ends_with_1_and_names_the_row(ten: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_verify")
    well = capsys.readouterr().out
    intrude("UPDATE audit_note SET by = 8 WHERE id = %s", ten[4])

    with pytest.raises(SystemExit) as ended:
        call_command("audit_verify")

    assert "0 faults" in well
    assert ended.value.code == 1
    assert f"changed: number 5, note {ten[4]}" in capsys.readouterr().out


def _write_in(note_id: int, *, xact: int, at: str) -> None:
    intrude(
        "INSERT INTO audit_note (id, act, by, about, result, what, request_id, address, process, at, xact) "
        f"OVERRIDING SYSTEM VALUE VALUES (%s, 'session.in', 7, '', 'done', '{{}}', '', NULL, 'web', {at}, %s)",
        note_id,
        xact,
    )


def _forge_from(number: int, ids: list[int]) -> None:
    """One note changed, and the whole chain from there made anew as the product makes it."""
    intrude("UPDATE audit_note SET by = 8 WHERE id = %s", ids[number - 1])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE tail ON COMMIT DROP AS SELECT * FROM audit_link WHERE number >= %s", [number])
        cursor.execute("SELECT digest FROM audit_link WHERE number = %s", [number - 1])
        before = bytes(cursor.fetchone()[0])
        cursor.execute(
            f"SELECT l.number, (extract(epoch FROM l.at) * 1000000)::bigint, {digests.COLUMNS} "
            "FROM tail AS l JOIN audit_note AS n ON n.id = l.note_id ORDER BY l.number"
        )
        rows = cursor.fetchall()
    for place, at, *columns in rows:
        own = digests.own("sm3", tuple(columns))
        before = digests.linked("sm3", before=before, number=place, note_id=columns[0], at=at, own=own)
        intrude(
            "UPDATE audit_link SET own = %s, digest = %s, seal = %s WHERE number = %s",
            own, before, digests.seal("sm3", before), place,
        )  # fmt: skip


def test_a_note_that_is_not_chained_yet_is_no_fault(ten: list[int]) -> None:
    note(Act.SIGNED_OUT, by=7)

    assert verify().faults == []
