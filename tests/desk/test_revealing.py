"""显示完整内容: who may see which value whole, what for, how often, and what is written down of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from gridapp.dictionary import FIELDS
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import EntryForm, enter, looks, sight
from gridapp.registry.models import Entry, Looked, Record, Shown, UnusualDay
from gridapp.registry.sight import Group, Sight
from gridapp.registry.sight_kept import Why
from tests.desk.cast import GRID, RESIDENT
from tests.factories import id_number

NUMBER, PHONE = RESIDENT["id_number"], RESIDENT["phone"]
ASKED = {"group": "numbers", "why": "visit"}


@pytest.fixture
def supervisor(areas: dict[str, Area]) -> User:
    return create_account("supervisor", name="赵督导", role=Role.SUPERVISOR, areas=[areas["990101001"]])


@pytest.fixture
def security(areas: dict[str, Area]) -> User:
    return create_account("security", name="安全", role=Role.SECURITY, staff_no="S-9", areas=[areas["990101"]])


@pytest.fixture
def child(worker: User, flat: Record) -> Record:
    number = id_number(timezone.localdate() - timedelta(days=8 * 365))
    fields = {**RESIDENT, "id_number": number, "name": "测小宝", "guardian_name": "测试甲", "guardian_phone": PHONE}
    form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, fields, housing=flat.id)
    from django.db import transaction

    with transaction.atomic():
        return enter(form, by=worker).record


def notes(act: str) -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT about, result, what::text FROM audit_note WHERE act = %s ORDER BY 1", [act])
        return list(cursor.fetchall())


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def show(client: Client, record: Record, **said: str) -> Any:
    return client.post(f"/records/{record.id}/whole/", {**ASKED, **said})


def test_a_number_is_whole_for_who_says_what_for_and_nothing_else_is(desk: Client, resident: Record) -> None:
    page = show(desk, resident)

    assert page.status_code == 200
    assert NUMBER in page.content.decode()
    assert PHONE not in page.content.decode()


def test_it_is_kept_nowhere_and_leaves_by_itself(desk: Client, resident: Record, settings: Any) -> None:
    settings.SHOWN_SECONDS = 45
    page = show(desk, resident)
    part = desk.post(f"/records/{resident.id}/whole/", ASKED, headers={"hx-request": "true"})

    assert "no-store" in page["Cache-Control"]
    assert page["Refresh"] == f"45; url=/records/{resident.id}/whole/"
    assert 'hx-trigger="load delay:45s"' in part.content.decode()
    assert NUMBER not in desk.get(f"/records/{resident.id}/whole/").content.decode()
    assert NUMBER not in desk.get(f"/records/{resident.id}/").content.decode()


def test_what_was_shown_is_noted_by_its_fields_and_never_its_values(desk: Client, resident: Record) -> None:
    show(desk, resident, words="核对门牌")

    ((about, result, what),) = notes("value.shown")
    assert (about, result) == (f"record:{resident.pk}", "done")
    assert "id_number" in what
    assert NUMBER not in what
    assert "门牌" not in what
    row = Shown.objects.get()
    assert (row.fields, row.words) == (["id_number"], "核对门牌")
    assert "门牌".encode() not in bytes(row.sealed)


@pytest.mark.parametrize(
    "said", [{"why": ""}, {"why": "curious"}, {"why": "other"}, {"why": "other", "words": "看看"}, {"group": "all"}]
)
def test_without_a_reason_nothing_is_shown(desk: Client, resident: Record, said: dict[str, str]) -> None:
    page = show(desk, resident, **said)

    assert page.status_code == 422
    assert NUMBER not in page.content.decode()
    assert not Shown.objects.exists()


def test_looking_is_not_asking(desk: Client, resident: Record) -> None:
    page = desk.get(f"/records/{resident.id}/whole/", ASKED)

    assert NUMBER not in page.content.decode()


def test_after_the_limit_of_the_hour_nothing_is_shown_and_it_is_noted_once(
    desk: Client, resident: Record, settings: Any
) -> None:
    settings.THROTTLES = settings.THROTTLES | {"reveal": "2/3600/600"}
    answers = [show(desk, resident) for _again in range(5)]

    assert [one.status_code for one in answers] == [200, 200, 429, 429, 429]
    assert all(NUMBER not in one.content.decode() for one in answers[2:])
    assert [result for _about, result, _what in notes("value.shown")].count("refused") == 1


def test_the_day_has_a_limit_of_its_own(desk: Client, resident: Record, settings: Any) -> None:
    settings.THROTTLES = settings.THROTTLES | {"reveal_day": "1/86400/28800"}

    assert [show(desk, resident).status_code for _again in range(2)] == [200, 429]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_only_reads_sees_masks_and_is_offered_nothing(role: Role, areas: dict[str, Area], resident: Record) -> None:
    client = browser(create_account("reader", name="读", role=role, staff_no="R-1", areas=[areas["990101"]]))

    page, refused = client.get(f"/records/{resident.id}/"), show(client, resident)

    assert 'name="group"' not in page.content.decode()
    assert refused.status_code == 403
    assert NUMBER not in refused.content.decode()


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SECURITY])
def test_officers_and_security_administrators_do_not_come_in(
    role: Role, areas: dict[str, Area], resident: Record
) -> None:
    client = browser(create_account("other", name="别", role=role, staff_no="R-2", areas=[areas["990101"]]))

    assert show(client, resident).status_code == 403


def test_a_worker_of_another_grid_finds_nothing(other_worker: User, resident: Record) -> None:
    assert show(browser(other_worker), resident).status_code == 404


def test_of_a_child_a_worker_sees_nothing_whole_not_even_the_name(desk: Client, child: Record) -> None:
    page = desk.get(f"/records/{child.id}/").content.decode()

    assert "测小宝" not in page
    assert 'name="group"' not in page
    assert {show(desk, child, group=group, words="核对监护人电话").status_code for group in Group} == {403}


def test_of_a_child_a_supervisor_says_why_in_words(supervisor: User, child: Record) -> None:
    client = browser(supervisor)

    silent, said = show(client, child, group="names"), show(client, child, group="names", words="学校来电核对监护人")

    assert silent.status_code == 422
    assert "测小宝" not in silent.content.decode()
    assert "测小宝" in said.content.decode()


@pytest.mark.parametrize(
    ("field", "child", "sight_of_worker", "sight_of_auditor"),
    [
        ("ethnicity", False, Sight.WHOLE, Sight.WHOLE),
        ("name", False, Sight.WHOLE, Sight.WHOLE),
        ("name", True, Sight.MASKED, Sight.MASKED),
        ("id_number", False, Sight.ON_REQUEST, Sight.MASKED),
        ("housing.owner_phone", False, Sight.ON_REQUEST, Sight.MASKED),
        ("religion", False, Sight.MASKED, Sight.MASKED),
        ("no.such.field", False, Sight.MASKED, Sight.MASKED),
    ],
)
def test_sight_by_role_and_sensitivity(
    field: str, child: bool, sight_of_worker: str, sight_of_auditor: str, worker: User, auditor: User, resident: Record
) -> None:
    seen = [sight.may_see(user, resident, field, child=child) for user in (worker, auditor)]

    assert seen == [sight_of_worker, sight_of_auditor]


def test_two_thousand_records_are_not_opened_in_a_day(auditor: User, resident: Record, settings: Any) -> None:
    settings.LOOKS_A_DAY = settings.LOOKS_A_DAY | {"auditor": 3}
    client = browser(auditor)
    Looked.objects.bulk_create(
        Looked(user=auditor, day=timezone.localdate(), record_id=uuid4()) for _number in range(3)
    )

    page = client.get(f"/records/{resident.id}/")

    assert page.status_code == 429
    assert "今天看得够多了" in page.content.decode()
    assert UnusualDay.objects.get().user == auditor
    assert len(notes("looking.unusual")) == 1


def test_a_record_opened_again_counts_once_and_is_not_refused(auditor: User, resident: Record, settings: Any) -> None:
    settings.LOOKS_A_DAY = settings.LOOKS_A_DAY | {"auditor": 1}
    client = browser(auditor)

    assert [client.get(f"/records/{resident.id}/").status_code for _again in range(3)] == [200] * 3
    assert Looked.objects.count() == 1


def test_what_a_worker_entered_that_day_does_not_count(worker: User, resident: Record, settings: Any) -> None:
    settings.LOOKS_A_DAY = settings.LOOKS_A_DAY | {"worker": 1}
    Looked.objects.create(user=worker, day=timezone.localdate(), record_id=uuid4())

    assert browser(worker).get(f"/records/{resident.id}/").status_code == 200
    assert looks.look(resident, by=worker).looks == 1


def test_far_more_than_usual_is_said_to_the_security_administrator(
    auditor: User, security: User, resident: Record
) -> None:
    today = timezone.localdate()
    usual = [(today - timedelta(days=days), 20 + days % 3) for days in range(1, 11)]
    Looked.objects.bulk_create(
        Looked(user=auditor, day=day, record_id=uuid4()) for day, number in usual for _number in range(number)
    )
    Looked.objects.bulk_create(Looked(user=auditor, day=today, record_id=uuid4()) for _number in range(69))

    browser(auditor).get(f"/records/{resident.id}/")

    row = UnusualDay.objects.get()
    assert (row.looks, row.usual) == (70, 21)
    page = browser(security).get("/review/looking/").content.decode()
    assert "陈审" in page
    assert "平时约 21 份" in page


def test_who_always_opens_many_is_not_unusual(auditor: User) -> None:
    today = timezone.localdate()
    Looked.objects.bulk_create(
        Looked(user=auditor, day=today - timedelta(days=days), record_id=uuid4())
        for days in range(1, 8)
        for _number in range(68 + days)
    )

    assert not looks.judge(auditor, today, 75)
    assert looks.judge(auditor, today, 90)


def test_what_was_found_is_written_down_once(security: User, auditor: User) -> None:
    row = UnusualDay.objects.create(user=auditor, day=timezone.localdate(), looks=200, usual=20)
    client = browser(security)

    client.post("/review/looking/", {"day": row.pk, "found": "年度核查"})
    client.post("/review/looking/", {"day": row.pk, "found": "别的"})

    row.refresh_from_db()
    assert (row.found, row.settled_by) == ("年度核查", security)
    assert "年度核查" in browser(auditor).get("/review/looking/").content.decode()


def test_what_was_shown_stands_there_in_the_dictionarys_words(
    security: User, supervisor: User, resident: Record
) -> None:
    Shown.objects.create(user=supervisor, record_id=resident.pk, fields=["housing.owner_id_number"], why=Why.VISIT)

    page = browser(security).get("/review/looking/").content.decode()

    assert FIELDS["housing.owner_id_number"].label("zh") in page
    assert "owner_id_number" not in page


def test_a_reason_that_does_not_open_hides_no_other(security: User, supervisor: User, resident: Record) -> None:
    for sealed in (b"broken", b""):
        Shown.objects.create(user=supervisor, record_id=resident.pk, fields=["phone"], why=Why.VISIT, sealed=sealed)

    page = browser(security).get("/review/looking/").content.decode()

    assert (page.count("打不开"), page.count(FIELDS["phone"].label("zh"))) == (1, 2)


def test_a_worker_and_a_supervisor_do_not_see_how_others_look(worker: User, supervisor: User) -> None:
    assert {browser(one).get("/review/looking/").status_code for one in (worker, supervisor)} == {403}
