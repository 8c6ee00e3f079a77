"""Complaining and suggesting: from every page, kept once, signed or not, answered."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from gridapp.org import suggestions
from gridapp.org.models import Suggestion, User

WORDS = "户号要填两遍，能不能只填一遍？"


def test_every_page_leads_here_and_says_from_where(desk: Client, flat: object) -> None:
    page = desk.get("/").content.decode()

    assert 'href="/complaints/?page=desk:home"' in page
    assert 'name="page" value="desk:home"' in desk.get("/complaints/?page=desk:home").content.decode()


@pytest.mark.parametrize("page", ["<b>", "desk:home/../x", "测试", "a" * 70])
def test_where_from_is_a_kind_of_page_or_nothing(desk: Client, page: str) -> None:
    assert desk.get("/complaints/", {"page": page}).context["came_from"] == ""


def test_what_is_written_is_kept_once(desk: Client, worker: User) -> None:
    form = {"id": str(uuid4()), "text": WORDS, "page": "desk:record"}

    for _twice in range(2):
        assert desk.post("/complaints/new/", form).status_code == 302

    row = Suggestion.objects.get()
    assert (row.text, row.by, row.page) == (WORDS, worker, "desk:record")
    assert WORDS in desk.get("/complaints/").content.decode()


def test_words_are_sealed(desk: Client, worker: User) -> None:
    desk.post("/complaints/new/", {"text": WORDS})

    assert WORDS.encode() not in bytes(Suggestion.objects.get().sealed)


def test_unsigned_it_is_kept_without_a_name(desk: Client, worker: User) -> None:
    desk.post("/complaints/new/", {"text": WORDS, "unsigned": "yes"})

    row = Suggestion.objects.get()
    assert (row.by, row.text) == (None, WORDS)
    assert WORDS not in desk.get("/complaints/").content.decode()


@pytest.mark.parametrize("text", ["", "  \n ", "\0"])
def test_nothing_written_is_not_sent(desk: Client, worker: User, text: str) -> None:
    answer = desk.post("/complaints/new/", {"text": text})

    assert answer.status_code == 422
    assert Suggestion.objects.count() == 0


def test_too_much_is_refused_and_not_lost(desk: Client, worker: User) -> None:
    text = "长" * (suggestions.LONGEST + 1)

    answer = desk.post("/complaints/new/", {"text": text})

    assert answer.status_code == 422
    assert text in answer.content.decode()


def test_an_answer_is_read_by_whom_it_is_for(desk: Client, worker: User, other_worker: User, client: Client) -> None:
    row = suggestions.suggest(WORDS, by=worker, suggestion_id=uuid4())
    suggestions.answer(row, "已改", by=other_worker)

    assert "已改" in desk.get("/complaints/").content.decode()
    client.force_login(other_worker)
    assert "已改" not in client.get("/complaints/").content.decode()


def test_nobody_writes_without_signing_in(client: Client, db: None) -> None:
    assert client.get("/complaints/").status_code == 200
    assert "<textarea" not in client.get("/complaints/").content.decode()
    assert client.post("/complaints/new/", {"text": WORDS}).status_code == 401
    assert Suggestion.objects.count() == 0
