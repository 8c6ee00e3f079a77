"""What people say of the work: read and answered by who oversees their area, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from gridapp.org import suggestions
from gridapp.org.models import Area, Role, Suggestion, User
from gridapp.org.staff import create_account

WORDS = "导入模板每周改一次，来不及。"
As = Callable[..., Client]


@pytest.fixture
def said(worker: User) -> Suggestion:
    return suggestions.suggest(WORDS, by=worker, suggestion_id=uuid4(), page="desk:new_resident")


@pytest.mark.parametrize("role", ["supervisor", "chief"])
def test_who_oversees_the_area_reads_it(as_: As, said: Suggestion, role: str) -> None:
    page = as_(role).get("/review/suggestions/").content.decode()

    assert WORDS in page
    assert "王秀英" in page
    assert "来自 录入居民" in page


@pytest.mark.parametrize("role", ["worker", "officer", "administrator", "auditor"])
def test_nobody_else_does(as_: As, said: Suggestion, role: str) -> None:
    assert as_(role).get("/review/suggestions/").status_code == 403


def test_a_supervisor_of_another_area_does_not_see_it(client: Client, said: Suggestion, areas: dict[str, Area]) -> None:
    other = create_account("far", name="远督导", role=Role.SUPERVISOR, areas=[areas["990101001002001"]])
    client.force_login(other)

    assert WORDS not in client.get("/review/suggestions/").content.decode()
    assert client.post(f"/review/suggestions/{said.pk}/", {"text": "不行"}).status_code == 404


def test_an_answer_is_kept_with_who_gave_it(as_: As, people: dict[str, User], said: Suggestion) -> None:
    answer = as_("supervisor").post(f"/review/suggestions/{said.pk}/", {"text": "下周起每月改一次。"})

    said.refresh_from_db()
    assert answer.status_code == 302
    assert (said.answer, said.answered_by) == ("下周起每月改一次。", people["supervisor"])
    assert "下周起每月改一次。" in as_("chief").get("/review/suggestions/").content.decode()


def test_an_empty_answer_is_none(as_: As, said: Suggestion) -> None:
    as_("supervisor").post(f"/review/suggestions/{said.pk}/", {"text": " "})

    said.refresh_from_db()
    assert said.answered_at is None


def test_who_does_not_sign_is_not_named(as_: As, worker: User) -> None:
    suggestions.suggest(WORDS, by=worker, suggestion_id=uuid4(), signed=False)

    page = as_("supervisor").get("/review/suggestions/").content.decode()

    assert "不署名" in page
    assert "王秀英" not in page
