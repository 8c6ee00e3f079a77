"""The change of the index key, seen by who operates it, and where two processes or a broken row stand in its way."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from gridapp.delivery import keys_known
from gridapp.org import duties, staff
from gridapp.org.models import Role, User
from gridapp.registry import index_keys
from gridapp.registry.models import Entry
from gridapp.watch.doctor import Level, keys
from tests import factories

from . import changing_keys
from .changing_keys import NEW, at_once, carry_on, renumbered

pytestmark = pytest.mark.django_db(transaction=True)
cast, changing = changing_keys.cast, changing_keys.changing


def test_two_accounts_of_one_person_made_at_once_with_both_keys_are_one(
    cast: factories.Cast, changing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has seen that there is no other before either is written, unless one waits for the other."""
    number, know, both = factories.id_number(), duties.person, threading.Barrier(2)
    refused: list[str] = []

    def knowing(id_number: str) -> bytes | None:
        found = know(id_number)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=1)
        return found

    def make(name: str, role: Role) -> Callable[[], Any]:
        def made() -> None:
            try:
                staff.create_account(name, name="测试", role=role, areas=[], id_number=number)
            except IntegrityError as error:
                refused.append(duties.refused(error))

        return made

    monkeypatch.setattr(duties, "person", knowing)
    at_once([("former", make("security-1", Role.SECURITY)), ("newer", make("auditor-1", Role.AUDITOR))])

    assert len(refused) == 1 and refused[0]
    assert User.objects.exclude(person=None).filter(username__in=["security-1", "auditor-1"]).count() == 1


def test_an_entry_that_does_not_open_does_not_end_the_change(cast: factories.Cast, settings: Settings) -> None:
    person = renumbered(cast, settings)
    Entry.objects.filter(record=person, action="create").update(sealed=b"\x01\x00\x01" + bytes(40))

    list(carry_on())

    assert index_keys.current().finished_at is not None
    assert (index_keys.current().unreadable, index_keys.count()) == (1, 1)
    assert not index_keys.may_go()


def test_the_page_and_the_doctor_say_how_the_change_stands(
    cast: factories.Cast, settings: Settings, client: Client
) -> None:
    security = staff.create_account("safe", name="测试", role=Role.SECURITY, areas=[], id_number=factories.id_number())
    client.force_login(security)
    states = {}

    def now(step: str) -> None:
        (found,) = keys.look()
        page = client.get("/review/keys/").content.decode()
        card = page.partition('id="index-key"')[2].partition("</li>")[0]
        states[step] = (str(index_keys.standing().state), found.level, "INDEX_KEY_BEFORE 可以取出" in card)

    now("laid ready")
    made = carry_on()
    next(made)
    now("begun")
    list(made)
    index_keys.count()
    now("made")
    settings.INDEX_KEY_BEFORE = ""
    now("taken out")
    settings.INDEX_KEY, settings.INDEX_KEY_BEFORE = NEW, "89abcdef01234567" * 4
    now("the next one laid ready")
    settings.INDEX_KEY = "89abcdef01234567" * 4
    settings.INDEX_KEY_BEFORE = ""
    now("replaced")
    settings.INDEX_KEY, settings.STANDING_KEY = NEW, ""
    now("without the first")

    assert states == {
        "laid ready": ("ready", Level.WARN, False),
        "begun": ("under_way", Level.WARN, False),
        "made": ("may_go", Level.WARN, True),
        "taken out": ("settled", Level.OK, False),
        "the next one laid ready": ("ready", Level.WARN, False),
        "replaced": ("missing", Level.FAIL, False),
        "without the first": ("missing", Level.FAIL, False),
    }


def test_of_a_key_that_nobody_has_counted_the_page_does_not_say_since_when(
    cast: factories.Cast, client: Client
) -> None:
    security = staff.create_account("safe", name="测试", role=Role.SECURITY, areas=[], id_number=factories.id_number())
    client.force_login(security)

    before = client.get("/review/keys/").content.decode()
    keys_known.look()
    after = client.get("/review/keys/").content.decode()

    assert re.search(r'<p class="note">(\S* 起 · )?还没有统计', before)[1] is None  # type: ignore[index]
    assert f"{timezone.localdate()} 起 · 还没有统计" in after
