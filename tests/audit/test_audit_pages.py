"""The page of the audit: for auditors alone, by filters, a page at a time; looking and taking away are noted."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from gridapp.audit import anchoring
from gridapp.audit.acts import Act
from gridapp.audit.models import Note, Verification
from gridapp.audit.noting import note
from gridapp.dictionary import FIELDS
from gridapp.org.models import Role, User
from gridapp.review import audit_lines, audit_tasks
from tests.audit.intruding import intrude
from tests.factories import UserFactory

PAGE = "/review/audit/"


@pytest.fixture
def auditor(db: None) -> User:
    return UserFactory.create(username="reads", role=Role.AUDITOR)


@pytest.fixture
def client(auditor: User) -> Client:
    client = Client()
    client.force_login(auditor)
    return client


def said(client: Client, **filters: str) -> str:
    return client.get(PAGE, filters).content.decode()


def test_fields_stand_there_in_the_dictionarys_words(client: Client) -> None:
    note(Act.VALUES_SHOWN, about="record:7", fields=["housing.owner_id_number", "phone"])

    page = said(client)

    assert f"fields={FIELDS['housing.owner_id_number'].label('zh')}、{FIELDS['phone'].label('zh')}" in page
    assert "owner_id_number" not in page


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.AUDITOR}))
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}export/", f"{PAGE}verify/"])
def test_nobody_but_auditors_reads_the_audit(role: str, path: str, db: None) -> None:
    client = Client()
    client.force_login(UserFactory.create(role=role))

    assert client.post(path).status_code == 403
    assert client.get(path).status_code == 403


def test_notes_are_shown_with_who_and_what(client: Client, ten: list[int]) -> None:
    someone = UserFactory.create(username="somebody")
    note(Act.TABLET_LOST, by=someone.pk, about="tablet:7", did="lost")

    page = said(client)

    assert "somebody" in page
    assert "tablet:7" in page
    assert "did=lost" in page


FILTERS: list[tuple[dict[str, str], int]] = [
    ({"act": "tablet.lost"}, 1),
    ({"act": "session."}, 2),
    ({"account": "somebody"}, 1),
    ({"account": "nobody"}, 0),
    ({"about": "tablet:7"}, 1),
    ({"result": "refused"}, 1),
    ({"since": f"{timezone.localdate()}"}, 3),
    ({"since": f"{timezone.localdate() + timedelta(days=2)}"}, 0),
    ({"until": f"{timezone.localdate() - timedelta(days=2)}"}, 0),
    ({"since": "2026-99-99"}, 3),
    ({"about": "a\0b"}, 0),
]


@pytest.mark.parametrize(("filters", "number"), FILTERS)
def test_filters_find_what_they_say(filters: dict[str, str], number: int, db: None) -> None:
    someone = UserFactory.create(username="somebody")
    note(Act.SIGNED_IN, by=9)
    note(Act.SIGNED_OUT, by=9, result="refused")
    note(Act.TABLET_LOST, by=someone.pk, about="tablet:7")

    lines, following = audit_lines.page(audit_lines.Criteria.read(filters), "")

    assert (len(lines), following) == (number, None)


def test_pages_follow_one_another_without_a_count(db: None) -> None:
    for number in range(120):
        note(Act.SIGNED_IN, by=number)
    seen: list[int] = []
    before: int | None = None
    while before is not None or not seen:
        lines, before = audit_lines.page(audit_lines.Criteria(), str(before or ""))
        seen += [line.note.pk for line in lines]

    assert seen == sorted(Note.objects.values_list("pk", flat=True), reverse=True)


def test_looking_is_noted_with_what_was_looked_for_and_nothing_else_that_was_typed(
    client: Client, auditor: User
) -> None:
    said(client, act="session.in", account="11010519491231002X", about="张三")

    noted = Note.objects.get(act=Act.AUDIT_SEEN)
    assert (noted.by, noted.what) == (auditor.pk, {"filters": ["act=session.in"]})


def test_an_export_is_texts_alone_and_is_noted(client: Client, auditor: User) -> None:
    note(Act.SIGNED_IN, by=auditor.pk, about="account:1", way='=HYPERLINK("http://example.invalid")')

    answer = client.post(f"{PAGE}export/", {"act": "session.in"})

    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2
    assert all(isinstance(cell, str) for row in rows for cell in row)
    assert Note.objects.get(act=Act.AUDIT_EXPORTED).what == {"rows": 1, "filters": ["act=session.in"]}


def test_the_page_says_how_the_chain_stands(client: Client, ten: list[int]) -> None:
    anchoring.anchor()
    audit_tasks.verify_chain()
    well = said(client)
    intrude("UPDATE audit_note SET by = 8 WHERE id = %s", ten[4])
    audit_tasks.verify_chain()
    wrong = said(client)

    assert "没有发现问题" in well
    assert "内容被改过" in wrong
    assert "链上第 5 条" in wrong
    assert f"编号 {ten[4]}" in wrong


def test_the_page_asks_the_database_a_bounded_number_of_times(
    client: Client, ten: list[int], django_assert_max_num_queries: Callable[..., object]
) -> None:
    said(client)

    with django_assert_max_num_queries(20):  # type: ignore[attr-defined] # a context
        said(client)


def test_verifying_can_be_asked_for(client: Client, auditor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(audit_tasks.verify_chain, "apply_async", lambda *given, **options: asked.append(given))

    answer = client.post(f"{PAGE}verify/")

    assert answer.status_code == 302
    assert asked == [((auditor.pk,),)]
    assert Note.objects.get(act=Act.AUDIT_VERIFIED).by == auditor.pk
    assert not Verification.objects.exists()
