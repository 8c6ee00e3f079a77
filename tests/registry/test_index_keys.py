"""The index key is replaced while people enter: nobody twice, everybody found, killed and gone on with, none missed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as product
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from gridapp import sealing
from gridapp.delivery import wishes
from gridapp.desk import session
from gridapp.org import staff
from gridapp.org.models import Area, Role, User
from gridapp.registry import Refused, door_codes, index_keys, reindexed, reindexing, tombstones
from gridapp.registry.models import FormerDocument, IndexKey, Record
from gridapp.registry.search import search
from tests import factories

from . import changing_keys
from .changing_keys import NEW, OLD, at_once, carry_on, people, problems, renumbered

pytestmark = pytest.mark.django_db(transaction=True)
Until = Callable[..., Any]

cast, changing = changing_keys.cast, changing_keys.changing


def test_at_every_point_everybody_is_found_and_nobody_can_be_entered_twice(
    cast: factories.Cast, settings: Settings
) -> None:
    home, known = Record.objects.get(kind="housing"), people()
    points = 0

    for _ in carry_on():
        points += 1
        for one in known:
            for asked in (one["name"], one["id_number"], one["phone"][-4:], one["id_number"][-4:]):
                assert one in [found.document() for found in search(asked, cast.worker)]
            with pytest.raises(Refused):
                factories.resident(cast.worker, home, id_number=one["id_number"])

    assert points > 5
    assert (index_keys.count(), index_keys.may_go()) == (0, True)
    settings.INDEX_KEY_BEFORE = ""
    assert all(one in [found.document() for found in search(one["id_number"], cast.worker)] for one in known)
    with pytest.raises(Refused):
        factories.resident(cast.worker, home, id_number=known[0]["id_number"])


@pytest.mark.usefixtures("changing")
def test_entries_of_one_person_with_both_keys_at_the_same_time_make_one_record(cast: factories.Cast) -> None:
    home, reindexing_begun = Record.objects.get(kind="housing"), reindexing.begin()
    numbers = [factories.id_number() for _ in range(4)]

    def enter(number: str) -> Callable[[], Any]:
        return lambda: factories.resident(cast.worker, home, id_number=number)

    at_once(
        [(name, enter(number)) for number in numbers for name in ("former", "newer", "former", "newer")]
        + [("newer", lambda: list(iter(lambda: reindexing.carry(size=1), False)))]
    )

    assert reindexing_begun == 5
    assert sorted(one["id_number"] for one in people() if one["id_number"] in numbers) == sorted(numbers)


def test_a_process_that_was_killed_is_gone_on_with_by_another(cast: factories.Cast, until: Until) -> None:
    environment = {
        **os.environ, "DATABASE_NAME": str(connection.settings_dict["NAME"]), "SEALING_KEYS": product.SEALING_KEYS,
        "DJANGO_SETTINGS_MODULE": "gridapp.settings", "INDEX_KEY": NEW, "INDEX_KEY_BEFORE": OLD, "STANDING_KEY": OLD,
    }  # fmt: skip
    command = [sys.executable, "manage.py", "reindex", "--slice", "1"]
    first = subprocess.Popen(command, env=environment, cwd=product.BASE_DIR, stdout=subprocess.DEVNULL)
    until(lambda: IndexKey.objects.filter(made__gt=0).exists())
    first.kill()
    first.wait()

    ended = subprocess.run(command, env=environment, cwd=product.BASE_DIR, capture_output=True, check=False)

    assert ended.returncode == 0, ended.stderr
    assert (index_keys.count(), index_keys.may_go()) == (0, True)
    assert IndexKey.objects.get(mark=sealing.index_mark(NEW)).made == 5


def test_a_slice_and_how_far_it_has_come_stand_or_fall_together(cast: factories.Cast) -> None:
    reindexing.begin()
    for _ in range(3):
        reindexing.carry(size=1)
    before = (index_keys.count(), IndexKey.objects.get(mark=sealing.index_mark(NEW)).after)

    with pytest.raises(RuntimeError, match="killed"), transaction.atomic():
        reindexing.carry(size=1)
        raise RuntimeError("killed")

    assert (index_keys.count(), IndexKey.objects.get(mark=sealing.index_mark(NEW)).after) == before


def test_what_somebody_has_in_hand_is_left_to_them_and_made_later(cast: factories.Cast) -> None:
    reindexing.begin()
    person = Record.objects.filter(kind="resident").order_by("pk").first()
    assert person is not None
    came: list[Any] = []

    with transaction.atomic():
        factories.submit(cast.worker, factories.act(person, "change", occupation="电工"))
        at_once([("newer", lambda: came.append(reindexed.Records().step("", 10)))])

    assert came[0][1:] == (4, 1, 0)
    assert Record.objects.get(pk=person.pk).document()["occupation"] == "电工"
    assert index_keys.count() == 0


def test_a_former_document_still_leads_to_its_person(cast: factories.Cast, settings: Settings) -> None:
    home = Record.objects.get(kind="housing")
    renumbered(cast, settings)
    before = bytes(FormerDocument.objects.get().identity)

    list(carry_on())

    settings.INDEX_KEY_BEFORE = ""
    assert bytes(FormerDocument.objects.get().identity) != before
    with pytest.raises(Refused):
        factories.resident(cast.worker, home, id_type="117", id_number="T123456789", birth_date="2019-06-01", sex="1")


def test_one_person_has_one_duty_whichever_key_marked_their_account(cast: factories.Cast, settings: Settings) -> None:
    area, number = Area.objects.filter(code=factories.DISTRICT).first(), factories.id_number()
    areas = [area] if area else []
    settings.INDEX_KEY, settings.INDEX_KEY_BEFORE = OLD, ""
    user = staff.create_account("security-1", name="测试", role=Role.SECURITY, areas=areas, id_number=number)
    settings.INDEX_KEY, settings.INDEX_KEY_BEFORE = NEW, OLD

    with pytest.raises(IntegrityError), transaction.atomic():
        staff.create_account("auditor-1", name="测试", role=Role.AUDITOR, areas=areas, id_number=number)
    list(carry_on())

    before = bytes(user.person or b"")
    assert bytes(User.objects.get(pk=user.pk).person or b"") not in (b"", before)
    assert index_keys.count() == 0


def test_what_tablets_doors_and_departments_hold_stays_as_it_was(cast: factories.Cast, settings: Settings) -> None:
    home = Record.objects.get(kind="housing")

    def held() -> tuple[Any, ...]:
        wishes._digest_key.cache_clear()
        return (session.owner(cast.worker), door_codes.picture_key(home.id), wishes.digest({}), wishes.key_of(1, 1))

    now = held()
    settings.INDEX_KEY, settings.INDEX_KEY_BEFORE, settings.STANDING_KEY = OLD, "", ""
    first = held()
    body = factories.resident_body(home)
    entered = factories.submit(cast.worker, body)
    settings.INDEX_KEY, settings.STANDING_KEY = NEW, OLD

    again = factories.submit(cast.worker, body)

    assert (now, held()) == (first, first)
    assert (again.entry.pk, again.is_new) == (entered.entry.pk, False)


def test_a_deleted_person_is_neither_kept_nor_barred_by_a_change_of_keys(
    cast: factories.Cast, settings: Settings
) -> None:
    person = Record.objects.filter(kind="resident").order_by("pk").first()
    assert person is not None
    number, home = person.document()["id_number"], Record.objects.get(kind="housing")
    tombstones.bury_one(person.pk)

    list(carry_on())

    settings.INDEX_KEY_BEFORE = ""
    shell = Record.objects.get(pk=person.pk)
    assert (shell.identity, shell.tokens, search(number, cast.worker)) == (None, [], [])
    assert factories.resident(cast.worker, home, id_number=number).pk != person.pk


def test_a_replaced_key_is_refused_until_nothing_needs_it(cast: factories.Cast, settings: Settings) -> None:
    settings.INDEX_KEY_BEFORE = ""
    without = problems()
    settings.INDEX_KEY_BEFORE, settings.STANDING_KEY = OLD, ""
    not_standing = problems()
    settings.STANDING_KEY = OLD
    both = problems()
    settings.INDEX_KEY_BEFORE = ""
    too_early = problems()
    settings.INDEX_KEY_BEFORE = OLD
    list(carry_on())
    index_keys.count()
    settings.INDEX_KEY_BEFORE = ""

    assert (without, not_standing, both, too_early) == (["gridapp.E023"], ["gridapp.E023"], [], ["gridapp.E023"])
    assert problems() == []
    settings.INDEX_KEY = OLD
    assert problems() == ["gridapp.E023"]


def test_the_command_says_when_the_former_key_may_go_and_never_a_key(cast: factories.Cast, settings: Settings) -> None:
    early, late = StringIO(), StringIO()

    call_command("keys", stdout=early)
    list(carry_on())
    call_command("keys", stdout=late)
    settings.INDEX_KEY_BEFORE, settings.INDEX_KEY = "", "another" * 8
    with pytest.raises(CommandError, match="INDEX_KEY was replaced"):
        call_command("keys", stdout=StringIO())

    assert "INDEX_KEY_BEFORE must stay, 5 indexes" in early.getvalue()
    assert "INDEX_KEY_BEFORE may be taken out" in late.getvalue()
    assert OLD[:8] not in early.getvalue() + late.getvalue()
    assert NEW[:8] not in early.getvalue() + late.getvalue()
