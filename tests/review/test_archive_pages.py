"""归档包: what stands in it, that it proves itself, that a large one needs two people, and for whom there is none."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.delivery import archive_files, archives
from gridapp.delivery.models import Archive, Attempt, Delivery
from gridapp.org.models import User

As = Callable[..., Client]


@pytest.fixture
def posted() -> dict[str, str]:
    today = timezone.localdate()
    return {"area": "990101001", "target": "", "first": str(today), "last": str(today), "purpose": "年度归档"}


def package(client: Client, posted: dict[str, str]) -> bytes:
    assert client.post("/review/archives/new/", posted).status_code == 302
    answer = client.post(f"/review/archives/{Archive.objects.get().pk}/file/")
    assert answer["Content-Type"] == "application/zip"
    return answer.content


def files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_try_and_every_receipt_stands_in_it(
    as_: As, sent: dict[str, Delivery], posted: dict[str, str], people: dict[str, User]
) -> None:
    held = files(package(as_("supervisor"), posted))

    tries = json.loads(held["attempts.json"])
    assert [(one["system"], one["fields"]) for one in tries] == [("JZDJ", "id_number name phone"), ("PDA", "name")]
    assert [one["content"] for one in tries] == ["证件号码/公民身份号码、姓名、联系方式(手机)", "姓名"]
    assert all(one["basis"] and one["office"] for one in tries)
    receipts = json.loads(held["receipts.json"])
    assert {(one["system"], one["receipt"]) for one in receipts} == {("JZDJ", "DJ-1"), ("PDA", "PDA-7")}
    about = json.loads(held["metadata.json"])
    assert (about["题名"][:9], about["责任者"], about["摘要算法"]) == ("990101001", "supervisor", ["SHA-256", "SM3"])
    assert Note.objects.filter(act=Act.ARCHIVE_FETCHED, by=people["supervisor"].pk).count() == 1


def test_no_number_or_phone_of_a_resident_stands_in_it(
    as_: As, sent: dict[str, Delivery], posted: dict[str, str]
) -> None:
    held = files(package(as_("supervisor"), posted))

    for name, content in held.items():
        assert b"990101199202290010" not in content, name
        assert b"13912345678" not in content, name


def test_it_is_as_it_was_made_and_whatever_is_changed_is_named(
    as_: As, sent: dict[str, Delivery], posted: dict[str, str], tmp_path: Path
) -> None:
    content = package(as_("supervisor"), posted)
    kept = tmp_path / "package.zip"
    kept.write_bytes(content)
    call_command("check_archive", kept)

    held = files(content)
    changed = held | {"attempts.csv": held["attempts.csv"].replace(b"JZDJ", b"JZDX")}
    kept.write_bytes(zipped(changed))
    with pytest.raises(CommandError):
        call_command("check_archive", kept)

    assert archive_files.wrong(zipped(changed)) == ["attempts.csv was changed"]
    assert archive_files.wrong(zipped({k: v for k, v in held.items() if k != "receipts.csv"})) == [
        "receipts.csv is missing"
    ]
    assert archive_files.wrong(zipped(held | {"more.txt": b"x"})) == ["more.txt is not in the manifest"]


def test_a_forged_manifest_is_not_sealed_by_us(as_: As, sent: dict[str, Delivery], posted: dict[str, str]) -> None:
    held = files(package(as_("supervisor"), posted))
    forged = files(archive_files.packed({"attempts.csv": b"other"}, {}))

    told = archive_files.wrong(zipped(held | {"manifest.json": forged["manifest.json"]}))

    assert told == ["manifest.json is not as this installation sealed it"]


def test_what_a_department_said_is_there_without_a_number(
    as_: As, sent: dict[str, Delivery], posted: dict[str, str]
) -> None:
    Attempt.objects.update(reason="证件 990101199202290010 与 13912345678 不符")

    held = files(package(as_("supervisor"), posted))

    for name in ("attempts.csv", "attempts.json"):
        said = held[name].decode("utf-8-sig")
        assert "不符" in said and "990101199202290010" not in said and "13912345678" not in said


@pytest.mark.parametrize("rubbish", [b"", b"PK\x03\x04", b"\0" * 100])
def test_what_is_no_package_is_said_to_be_none(rubbish: bytes) -> None:
    assert archive_files.wrong(rubbish)


def zipped(held: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_text_that_looks_like_a_formula_is_harmless(
    as_: As, sent: dict[str, Delivery], posted: dict[str, str]
) -> None:
    Attempt.objects.update(reason="=cmd|' /C calc'!A0", code="+1")
    Delivery.objects.filter(target__key="PDA").update(reference="@SUM(1)")

    held = files(package(as_("supervisor"), posted))

    for name in ("attempts.csv", "receipts.csv"):
        rows = list(csv.reader(io.StringIO(held[name].decode("utf-8-sig"))))
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows[1:] for cell in row), name
    assert "=cmd" in held["attempts.json"].decode()


def test_a_large_one_waits_for_a_second_person(
    as_: As, sent: dict[str, Delivery], posted: dict[str, str], settings: Settings, second_supervisor: User
) -> None:
    settings.EXPORT_ALONE_ROWS = 1
    client, second = as_("supervisor"), Client()
    second.force_login(second_supervisor)
    client.post("/review/archives/new/", posted)
    row = Archive.objects.get()

    assert (row.state, bytes(row.sealed_package)) == ("waiting", b"")
    client.post(f"/review/archives/{row.pk}/decide/", {"act": "agree"})
    assert Archive.objects.get().state == "waiting"
    second.post(f"/review/archives/{row.pk}/decide/", {"act": "agree"})

    assert Archive.objects.get().state == "ready"
    assert second.post(f"/review/archives/{row.pk}/file/").status_code == 302
    assert client.post(f"/review/archives/{row.pk}/file/").status_code == 200
    assert client.post(f"/review/archives/{row.pk}/file/").status_code == 302
    assert bytes(Archive.objects.get().sealed_package) == b""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("area", ""),
        ("area", "990102"),
        ("area", "9901"),
        ("area", "990101001" + "0" * 30),
        ("area", "990101001\0"),
        ("target", "NONE"),
        ("target", "X" * 40),
        ("target", "\0"),
        ("last", "9999-12-31"),
        ("first", "0001-01-01"),
        ("first", "2099-13-45"),
        ("last", "1999-01-01"),
        ("purpose", "x"),
    ],
)
def test_what_is_not_theirs_or_not_said_is_refused(
    as_: As, sent: dict[str, Delivery], posted: dict[str, str], name: str, value: str
) -> None:
    answer = as_("supervisor").post("/review/archives/new/", posted | {name: value})

    assert answer.status_code == 422
    assert not Archive.objects.exists()


@pytest.mark.parametrize(("role", "may"), [("worker", False), ("officer", False), ("auditor", False)])
def test_who_does_not_decide_takes_none(as_: As, posted: dict[str, str], role: str, may: bool) -> None:
    assert as_(role).post("/review/archives/new/", posted).status_code == 403
    assert as_(role).get("/review/archives/").status_code == (200 if role == "auditor" else 403)


def test_of_another_area_nothing_is_in_it(as_: As, sent: dict[str, Delivery], posted: dict[str, str]) -> None:
    held = files(package(as_("supervisor"), posted | {"area": "990101001002"}))

    assert json.loads(held["attempts.json"]) == []


def test_what_nobody_fetched_is_thrown_away(as_: As, sent: Any, posted: dict[str, str]) -> None:
    as_("supervisor").post("/review/archives/new/", posted)
    Archive.objects.update(ready_at=timezone.now() - timedelta(days=2))

    assert archives.expire() == 1
    assert bytes(Archive.objects.get().sealed_package) == b""


def test_the_package_lies_here_sealed(as_: As, sent: Any, posted: dict[str, str]) -> None:
    as_("supervisor").post("/review/archives/new/", posted)

    assert b"attempts.csv" not in bytes(Archive.objects.get().sealed_package)
