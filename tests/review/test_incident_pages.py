"""事件报告包: made-up incidents of which every number is known beforehand."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.audit.noting import note
from gridapp.delivery import archive_files, incident_pack, incidents
from gridapp.delivery.incidents import Asked, Incident
from gridapp.delivery.models import Attempt, Delivery
from gridapp.delivery.submit import submit
from gridapp.org import devices
from gridapp.org.models import Device, OpenSession, User
from gridapp.registry import EntryForm
from gridapp.registry.models import Entry, Export, Record
from tests import factories
from tests.desk.cast import GRID, RESIDENT
from tests.exporting import made, taken

Looked = Callable[..., Incident]


@pytest.fixture
def child(worker: User, flat: Record) -> Record:
    """Somebody of eight who lives in the flat."""
    born = timezone.localdate() - timedelta(days=8 * 366)
    fields = {"guardian_name": "测试母", "guardian_relation": "52", "guardian_phone": "13912340007", "name": "测试小"}
    return factories.resident(worker, flat, id_number=factories.id_number(born), **fields)


@pytest.fixture
def looked() -> Looked:
    """What is known of the last hour."""

    def look(cause: str, which: str, *, hours: float = 1) -> Incident:
        now = timezone.now()
        until = now + timedelta(minutes=1)
        return incidents.look(Asked(cause, which, now - timedelta(hours=hours), until, now))

    return look


def seen(user: User, record: Record, act: Act = Act.RECORD_SEEN, *, fields: list[str] | None = None) -> None:
    note(act, by=user.pk, about=f"record:{record.pk}", fields=fields or [])


def test_of_a_misused_account_every_record_counts_once(
    people: dict[str, User], resident: Record, child: Record, flat: Record, looked: Looked
) -> None:
    thief = people["supervisor"]
    for _ in range(3):
        seen(thief, resident)
    seen(thief, child)
    seen(thief, flat)
    seen(thief, resident, Act.VALUES_SHOWN, fields=["id_number", "phone"])
    seen(people["auditor"], child, Act.VALUES_SHOWN, fields=["name"])
    note(Act.SEARCHED, by=thief.pk)

    found = looked("account", thief.username)

    assert (found.people, found.children, found.homes, found.masked) == (2, 1, 1, 1)
    assert dict(found.fields) == {"id_number": 1, "phone": 1}
    assert dict(found.by_area) == {GRID[:12]: 2}
    assert (found.searches, found.who) == (1, thief.username)
    assert len(found.timeline) == 7


def test_what_was_refused_showed_nobody(people: dict[str, User], resident: Record, looked: Looked) -> None:
    note(Act.VALUES_SHOWN, by=people["worker"].pk, about=f"record:{resident.pk}", result="refused")
    Note.objects.filter(act=Act.ENTERED)

    assert looked("account", people["supervisor"].username).people == 0


def test_what_was_before_or_after_does_not_count(people: dict[str, User], resident: Record) -> None:
    seen(people["supervisor"], resident)
    now = timezone.now()

    before = Asked("account", "supervisor", now - timedelta(days=2), now - timedelta(days=1), now)

    assert incidents.look(before).people == 0


def test_of_a_lost_tablet_what_its_user_saw_and_entered_counts(
    worker: User, other_worker: User, resident: Record, flat: Record, looked: Looked
) -> None:
    device = uuid4()
    devices.seen(device, user=worker, session_key="", waiting=2, oldest=timedelta(hours=1))
    seen(worker, resident)
    seen(other_worker, flat)

    found = looked("tablet", Device.objects.get(pk=device).short_id)

    # entering them is noted as well
    assert (found.people, found.homes, found.who) == (1, 1, worker.username)


def test_of_a_shared_tablet_each_counts_for_their_own_sessions(
    worker: User, other_worker: User, resident: Record, flat: Record, child: Record, looked: Looked
) -> None:
    device, now = uuid4(), timezone.now()
    devices.seen(device, user=worker, session_key="", waiting=0, oldest=None)
    hour = timedelta(hours=1)
    signed_in(device, other_worker, now - 3 * hour, now + hour)
    signed_in(device, worker, now - 9 * hour, now - 8 * hour)  # long over when it went astray
    seen(other_worker, resident)
    seen(worker, flat)

    found = looked("tablet", str(device), hours=2)
    text = incident_pack.draft(found)

    assert (found.who, found.people, found.homes) == (other_worker.username, 1, 0)
    assert found.users is not None and found.users.is_known
    assert found.users.used[0].since == found.since
    assert f"在平板上登录：{other_worker.username}" in text
    assert incident_pack.counts(found)["tablet_users_known"] is True
    assert not found.users.forgotten
    assert looked("tablet", str(device), hours=24 * 200).users.forgotten  # type: ignore[union-attr]


def signed_in(device: UUID, user: User, started: datetime, ends: datetime) -> None:
    OpenSession.objects.create(
        session_key=uuid4().hex, session_data="", user=user, device=device, started_at=started, expire_date=ends
    )


def test_of_a_tablet_of_which_no_session_is_known_the_pack_says_so(
    worker: User, resident: Record, looked: Looked, security: Client
) -> None:
    device = uuid4()
    devices.seen(device, user=worker, session_key="", waiting=0, oldest=None)

    found = looked("tablet", str(device))
    page = security.post("/review/incidents/", posted(str(device), cause="tablet")).content.decode()

    assert found.who == worker.username
    assert "没有留下登录记录" in incident_pack.draft(found)
    assert "没有留下登录记录" in page


def test_of_an_export_that_went_astray_exactly_its_rows_count(
    people: dict[str, User], worker: User, flat: Record, resident: Record, looked: Looked
) -> None:
    other = RESIDENT | {"id_number": factories.id_number(), "name": "测试乙", "phone": "13912340008"}
    submit(EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, other, housing=flat.id), by=worker)
    export = made(people["supervisor"])
    taken(Export.objects.get(pk=export.pk))

    by_file = looked("export", export.short_id)
    by_account = looked("account", "supervisor")

    assert (by_file.people, by_file.homes) == (2, 0) == (by_account.people, by_account.homes)
    assert by_file.fields["name"] == 2
    assert "id_number" not in by_file.fields  # masked in the file
    assert by_file.who == "supervisor"


def test_of_a_system_that_was_broken_into_what_it_was_sent_counts(
    resident: Record, sent: dict[str, Delivery], looked: Looked
) -> None:
    found = looked("target", "JZDJ")

    assert found.people == 1
    assert dict(found.fields) == {"id_number": 1, "name": 1, "phone": 1}
    Attempt.objects.update(outcome="unavailable", code="unreached")
    assert looked("target", "JZDJ").people == 0


@pytest.mark.parametrize(
    ("cause", "which"),
    [("account", "nobody"), ("tablet", "000000"), ("token", ""), ("target", "NONE"), ("export", "0"), ("other", "x")],
)
def test_what_does_not_exist_is_said_to_be_unknown(db: None, looked: Looked, cause: str, which: str) -> None:
    with pytest.raises(incidents.Unknown):
        looked(cause, which)


def test_the_deadlines_run_from_when_it_was_found(people: dict[str, User], looked: Looked) -> None:
    found = looked("account", "supervisor")

    assert [at - found.found_at for at, _ in found.deadlines] == [timedelta(hours=hours) for hours in (1, 2, 4)]
    assert "其他网络运营者" in incident_pack.draft(found)


def test_the_pack_has_whose_data_without_a_value_and_proves_itself(
    people: dict[str, User], resident: Record, looked: Looked
) -> None:
    seen(people["supervisor"], resident, Act.VALUES_SHOWN, fields=["id_number"])

    content = incident_pack.made(looked("account", "supervisor"))

    assert archive_files.wrong(content) == []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("records.csv").decode("utf-8-sig"))))
        told = json.loads(archive.read("counts.json"))
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert [row[0] for row in rows[1:]] == [str(resident.pk)]
    assert rows[1][5] == "证件号码/公民身份号码"
    assert told["people"] == 1
    for value in ("990101199202290010", "13912345678", "测试甲"):
        assert value.encode() not in everything


def test_with_a_phrase_it_opens_with_the_phrase_alone(people: dict[str, User], looked: Looked) -> None:
    found = looked("account", "supervisor")

    content = incident_pack.made(found, phrase="correct horse battery")

    assert archive_files.wrong(content)
    assert archive_files.wrong(pyrage.passphrase.decrypt(content, "correct horse battery")) == []
    with pytest.raises(incident_pack.TooShort):
        incident_pack.made(found, phrase="short")


@pytest.fixture
def security(as_: Callable[..., Client]) -> Client:
    return as_("security")


def posted(which: str, **more: str) -> dict[str, str]:
    now = timezone.localtime()
    times = {"since": now - timedelta(hours=1), "until": now + timedelta(minutes=2), "found_at": now}
    return {"cause": "account", "which": which} | {k: at.strftime("%Y-%m-%dT%H:%M") for k, at in times.items()} | more


def test_the_page_says_it_and_notes_who_asked(security: Client, people: dict[str, User], resident: Record) -> None:
    seen(people["supervisor"], resident)

    page = security.post("/review/incidents/", posted("supervisor")).content.decode()

    assert 'data-figure="people">1<' in page
    assert Note.objects.filter(act=Act.INCIDENT_LOOKED).count() == 1
    answer = security.post("/review/incidents/pack/", posted("supervisor", phrase="correct horse battery"))
    assert answer["Content-Disposition"].endswith('filename="incident.zip.age"')
    assert Note.objects.filter(act=Act.INCIDENT_LOOKED).count() == 2


@pytest.mark.parametrize("wrong", [{"which": "nobody"}, {"since": ""}, {"cause": "x"}, {"until": "2020-01-01T00:00"}])
def test_what_cannot_be_used_is_said(security: Client, people: dict[str, User], wrong: dict[str, str]) -> None:
    for path in ("/review/incidents/", "/review/incidents/pack/"):
        assert security.post(path, posted("supervisor") | wrong).status_code == 422


@pytest.mark.parametrize("role", ["worker", "supervisor", "officer", "administrator"])
def test_nobody_else_looks(as_: Callable[..., Client], role: str) -> None:
    assert as_(role).get("/review/incidents/").status_code == 403
    assert as_(role).post("/review/incidents/pack/", posted("supervisor")).status_code == 403


def test_the_command_writes_it_for_its_owner_alone(people: dict[str, User], resident: Record, tmp_path: Path) -> None:
    seen(people["supervisor"], resident)
    out, since = tmp_path / "incident.zip", (timezone.now() - timedelta(hours=1)).isoformat()

    call_command("incident", "account", "supervisor", "--since", since, "--out", str(out))

    assert archive_files.wrong(out.read_bytes()) == []
    assert out.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError):
        call_command("incident", "account", "nobody", "--since", since, "--out", str(tmp_path / "other.zip"))
