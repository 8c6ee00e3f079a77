"""A district whose index key is being changed: a home and four people, both keys at hand, work that breaks off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from gridapp import sealing
from gridapp.delivery import wishes
from gridapp.registry import Refused, index_keys, reindexing
from gridapp.registry.models import Record
from tests import factories

OLD, NEW = "0123456789abcdef" * 4, "fedcba9876543210" * 4
NAMES = ("测试甲", "测试乙", "测试丙", "测试丁")


@pytest.fixture
def cast(settings: Settings) -> factories.Cast:
    """A home and four people, all made with the old key; both keys are at hand."""
    settings.INDEX_KEY, settings.INDEX_KEY_BEFORE, settings.STANDING_KEY = OLD, "", ""
    wishes._digest_key.cache_clear()
    found = factories.cast()
    home = factories.flat(found.worker)
    for name in NAMES:
        factories.resident(found.worker, home, name=name)
    assert index_keys.look() == []
    settings.INDEX_KEY, settings.INDEX_KEY_BEFORE, settings.STANDING_KEY = NEW, OLD, OLD
    return found


@pytest.fixture
def changing(cast: factories.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the processes write with the old key yet: threads called `former`."""

    def keys() -> tuple[str, ...]:
        return (OLD, NEW) if threading.current_thread().name == "former" else (NEW, OLD)

    monkeypatch.setattr(sealing, "index_keys", keys)


def people() -> list[dict[str, Any]]:
    return [row.document() for row in Record.objects.filter(kind="resident").order_by("pk")]


def renumbered(cast: factories.Cast, settings: Settings) -> Record:
    """A child whose document became another one while only the old key was there; both are at hand again."""
    home = Record.objects.get(kind="housing")
    settings.INDEX_KEY, settings.INDEX_KEY_BEFORE = OLD, ""
    person = factories.resident(
        cast.worker, home, id_type="117", id_number="T123456789", birth_date="2019-06-01", sex="1"
    )
    factories.submit(cast.worker, factories.act(person, "change", id_type="111", id_number="99010120190601003X"))
    settings.INDEX_KEY, settings.INDEX_KEY_BEFORE = NEW, OLD
    return person


def carry_on() -> Iterator[None]:
    """Slices of one row until nothing is left; stops before the first and after each."""
    reindexing.begin()
    yield
    while reindexing.carry(size=1):
        yield


def problems() -> list[str | None]:
    return [problem.id for problem in index_keys.none_is_missing(None, databases=["default"])]


def at_once(acts: list[tuple[str, Callable[[], Any]]]) -> None:
    """Each in a thread of that name, on a connection of its own, all begun together."""
    start, wrong = threading.Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[], Any]) -> None:
        try:
            start.wait()
            act()
        except Refused:
            pass  # somebody else was first
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,), name=name) for name, act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
