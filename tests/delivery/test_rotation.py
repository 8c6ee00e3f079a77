"""A sealing key is replaced while people enter: killed, gone on with, two at once; and only an unused key may go."""

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
from django.db import connection, transaction
from pytest_django import Settings

from gridapp import resealing, sealing
from gridapp.delivery import keys_known, rotation
from gridapp.delivery.models import Rotation, SealingKey
from gridapp.registry.models import Record
from tests import factories
from tests.delivery.conftest import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
Until = Callable[..., Any]

OLD, NEW = "1:aes:" + "ab" * 32, "2:sm4:" + "cd" * 16


@pytest.fixture
def cast(settings: Settings) -> factories.Cast:
    """A home and a few people, all sealed with the old key; the new one is at hand."""
    settings.SEALING_KEYS = OLD
    found = factories.cast()
    home = factories.flat(found.worker)
    for _ in range(4):
        factories.resident(found.worker, home)
    keys_known.count()
    settings.SEALING_KEYS = f"{OLD}:opens,{NEW}"
    return found


def left() -> int:
    return sum(map(resealing.remaining, resealing.columns()))


def carry_on() -> int:
    """Slices of one row until nothing is left; how many."""
    slices = 0
    while rotation.carry(size=1):
        slices += 1
    return slices


def states() -> dict[int, tuple[str, int]]:
    return {one.key.number: (one.state, one.key.total) for one in keys_known.count()}


def test_a_rotation_ends_with_the_old_key_unused_and_every_value_as_it_was(
    cast: factories.Cast, settings: Settings
) -> None:
    before = {row.pk: row.document() for row in Record.objects.all()}
    number = left()

    assert rotation.begin() == number > 0
    carry_on()

    assert states() == {1: ("opens", 0), 2: ("seals", number)}
    settings.SEALING_KEYS = NEW
    assert {row.pk: row.document() for row in Record.objects.all()} == before
    assert not Rotation.objects.filter(finished_at=None).exists()


def test_a_slice_and_how_far_it_has_come_stand_or_fall_together(
    cast: factories.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotation.begin()
    rotation.carry(size=1)
    number, rows = left(), list(Rotation.objects.order_by("pk").values_list("after", "resealed"))

    with pytest.raises(RuntimeError, match="killed"), transaction.atomic():
        rotation.carry(size=1)
        raise RuntimeError("killed")

    assert left() == number
    assert list(Rotation.objects.order_by("pk").values_list("after", "resealed")) == rows
    carry_on()
    assert left() == 0


def test_a_process_that_was_killed_is_gone_on_with_by_another(cast: factories.Cast, until: Until) -> None:
    environment = {
        **os.environ, "DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "gridapp.settings", "SEALING_KEYS": f"{OLD}:opens,{NEW}",
    }  # fmt: skip
    command = [sys.executable, "manage.py", "reseal", "--slice", "1"]
    first = subprocess.Popen(command, env=environment, cwd=product.BASE_DIR, stdout=subprocess.DEVNULL)
    until(lambda: Rotation.objects.filter(resealed__gt=0).exists())
    first.kill()
    first.wait()

    ended = subprocess.run(command, env=environment, cwd=product.BASE_DIR, capture_output=True, check=False)

    assert ended.returncode == 0, ended.stderr
    assert left() == 0
    assert states()[1] == ("opens", 0)


def test_two_at_once_do_nothing_twice(cast: factories.Cast) -> None:
    rotation.begin()
    second: list[bool] = []

    with transaction.atomic():
        assert rotation.carry(size=1)
        elsewhere(lambda: second.append(rotation.carry(size=1)))
        assert second == [False]

    carry_on()
    assert left() == 0


def test_who_enters_meanwhile_is_sealed_with_the_new_key(cast: factories.Cast, settings: Settings) -> None:
    rotation.begin()
    rotation.carry(size=1)
    home = Record.objects.get(kind="housing")

    entered = factories.resident(cast.worker, home)
    carry_on()

    assert sealing.key_of(bytes(Record.objects.get(pk=entered.pk).sealed)) == 2
    assert states()[1] == ("opens", 0)


def test_what_a_process_without_the_new_key_wrote_later_is_found_by_the_next_run(
    cast: factories.Cast, settings: Settings
) -> None:
    rotation.begin()
    carry_on()
    settings.SEALING_KEYS = OLD
    home = Record.objects.get(kind="housing")
    factories.resident(cast.worker, home)
    settings.SEALING_KEYS = f"{OLD}:opens,{NEW}"

    assert states()[1][1] == rotation.begin() > 0
    carry_on()

    assert states()[1] == ("opens", 0)


def test_the_keys_are_listed_without_a_secret(cast: factories.Cast) -> None:
    said = StringIO()

    call_command("keys", stdout=said)

    assert "key 1 aes since" in said.getvalue()
    assert "registry.Record.sealed: 5" in said.getvalue()
    assert "may be taken out" not in said.getvalue()
    assert "abab" not in said.getvalue()
    assert "cdcd" not in said.getvalue()


def test_a_key_in_use_is_missed_by_name_and_an_unused_one_is_not(cast: factories.Cast, settings: Settings) -> None:
    settings.SEALING_KEYS = NEW

    (problem,) = keys_known.none_is_missing(None, databases=["default"])
    with pytest.raises(CommandError, match="need a key that is not at hand"):
        call_command("keys", stdout=StringIO())

    settings.SEALING_KEYS = f"{OLD}:opens,{NEW}"
    rotation.begin()
    carry_on()
    keys_known.count()
    settings.SEALING_KEYS = NEW
    assert problem.id == "gridapp.E022"
    assert keys_known.none_is_missing(None, databases=["default"]) == []


def test_another_secret_under_a_known_id_is_refused(cast: factories.Cast, settings: Settings) -> None:
    settings.SEALING_KEYS = f"1:aes:{'ef' * 32}:opens,{NEW}"

    (problem,) = keys_known.none_is_missing(None, databases=["default"])

    assert problem.msg.startswith("Sealing key 1 is missing")
    assert SealingKey.objects.get(pk=1).algorithm == "aes"
