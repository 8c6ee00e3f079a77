"""Exports: who has to agree, made piece by piece, handed out once, gone within a day."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from gridapp import resealing, sealing
from gridapp.org.models import Role, User
from gridapp.registry import exports, exports_making
from gridapp.registry.models import Export, ExportPart
from tests import factories
from tests.exporting import column, everybody, made, taken, wish

State = Export.State


@pytest.fixture
def second(people: factories.Cast) -> User:
    """Another supervisor of the same street."""
    return factories.UserFactory.create(username="second", role=Role.SUPERVISOR, areas=["990101001"])


@pytest.mark.parametrize(
    ("rows", "told", "state"),
    [
        (500, {}, State.MAKING),
        (501, {}, State.WAITING),
        (1, {"numbers": True, "reason": "公安要求核对"}, State.WAITING),
        (1, {"children": True, "reason": "入学摸底名单"}, State.WAITING),
    ],
)
def test_what_is_large_or_delicate_waits(rows: int, told: dict[str, Any], state: str, supervisor: User) -> None:
    assert exports.ask(wish(**told), by=supervisor, rows=rows).state == state


@pytest.mark.parametrize(
    ("told", "lacking"),
    [
        ({}, []),
        ({"purpose": ""}, ["purpose"]),
        ({"purpose": "  用  "}, ["purpose"]),
        ({"purpose": "用" * 201}, ["purpose"]),
        ({"numbers": True}, ["reason"]),
        ({"purpose": "", "children": True}, ["purpose", "reason"]),
    ],
)
def test_nothing_is_asked_for_without_saying_why(told: dict[str, Any], lacking: list[str], supervisor: User) -> None:
    assert wish(**told).lacks() == lacking
    if lacking:
        with pytest.raises(ValueError, match="an export says its"):
            exports.ask(wish(**told), by=supervisor, rows=1)
        assert not Export.objects.exists()


def test_only_a_second_person_of_the_whole_area_agrees(people: factories.Cast, second: User) -> None:
    export = exports.ask(wish(), by=people.supervisor, rows=501)
    of_a_grid = factories.UserFactory.create(role=Role.SUPERVISOR, areas=[factories.GRID])
    officer = factories.UserFactory.create(role=Role.OFFICER, areas=["990101"])

    for nobody in (people.supervisor, of_a_grid, officer, people.worker):
        assert not exports.decide(export, agree=True, by=nobody)
    assert exports.decide(export, agree=True, by=second)
    assert not exports.decide(export, agree=False, by=people.administrator), "it is decided"

    decided = Export.objects.get()
    assert (decided.state, decided.decided_by) == (State.MAKING, second)


def test_what_is_refused_is_never_made(people: factories.Cast, second: User) -> None:
    factories.resident(people.worker)
    export = exports.ask(wish(), by=people.supervisor, rows=501)

    assert exports.decide(export, agree=False, by=second)

    assert not exports_making.due()
    assert exports.fetch(export.pk, by=people.supervisor) is None


@pytest.mark.parametrize(
    ("areas", "chosen", "code"),
    [
        (["990101001"], "", "990101001"),
        (["990101001"], "990101001002", "990101001002"),
        (["990101001"], "990101002", "990101001"),
        (["990101001001001", "990101001002001"], "", "990101001"),
        (["990101001001001", "990101001001002"], "", "990101001001"),
    ],
)
def test_an_export_belongs_to_the_smallest_area_around_it(db: None, areas: list[str], chosen: str, code: str) -> None:
    user = factories.UserFactory.create(role=Role.SUPERVISOR, areas=areas)

    assert exports.ask(wish(criteria={"area": chosen}), by=user, rows=1).area_code == code


@pytest.fixture
def three_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small workbooks, so that a test needs few people."""
    monkeypatch.setattr(exports_making, "PART", 3)


@pytest.mark.usefixtures("three_a_part")
def test_killed_anywhere_it_goes_on_and_everybody_stands_there_once(people: factories.Cast) -> None:
    names = {f"测试{letter}" for letter in "甲乙丙丁戊己庚"}
    for number, name in enumerate(sorted(names)):
        factories.resident(people.other_worker if number % 2 else people.worker, name=name)
    export = exports.ask(wish(), by=people.supervisor, rows=7)

    for _ in range(3):
        assert exports_making.go_on(everybody, 0.0) == 0, "no time, nothing done"
        exports_making._part(everybody)
    killed = Export.objects.get()
    parts = list(ExportPart.objects.values_list("number", "rows"))
    exports_making.go_on(everybody, 60)

    assert (killed.state, killed.rows, parts) == (State.MAKING, 7, [(1, 3), (2, 3), (3, 1)])
    content = taken(Export.objects.get(pk=export.pk))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        books = [packed.read(name) for name in sorted(packed.namelist())]
    grids = [grid for book in books for grid in column(book, "网格代码")]
    assert {name for book in books for name in column(book, "姓名")} == names
    assert len(grids) == len(names)
    assert grids == sorted(grids)


@pytest.mark.usefixtures("three_a_part")
def test_what_turns_out_larger_waits_for_a_second_person(
    people: factories.Cast, second: User, settings: Settings
) -> None:
    settings.EXPORT_ALONE_ROWS = 3
    home = factories.flat(people.worker)
    for _ in range(4):
        factories.resident(people.worker, home)

    export = made(people.supervisor, rows=2)

    assert (export.state, export.rows) == (State.WAITING, 0)
    assert not ExportPart.objects.exists()
    assert exports.decide(export, agree=True, by=second)
    exports_making.go_on(everybody, 60)
    assert Export.objects.get().rows == 4


@pytest.mark.usefixtures("three_a_part")
def test_what_is_no_list_any_more_is_not_made(
    people: factories.Cast, second: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports_making, "MOST", 3)
    home = factories.flat(people.worker)
    for _ in range(4):
        factories.resident(people.worker, home)

    assert made(people.supervisor, rows=501, agreed_by=second).state == State.TOO_MANY
    assert not ExportPart.objects.exists()


def test_one_that_cannot_be_made_does_not_stop_the_next(
    people: factories.Cast, caplog: pytest.LogCaptureFixture
) -> None:
    broken = exports.ask(wish(), by=people.supervisor, rows=1)
    Export.objects.filter(pk=broken.pk).update(sealed=b"broken")
    factories.resident(people.worker)

    whole = made(people.supervisor)

    assert Export.objects.get(pk=broken.pk).state == State.BROKEN
    assert whole.state == State.READY
    assert "cannot be made: Unsealable" in caplog.text


def test_as_many_statements_for_many_as_for_few(people: factories.Cast) -> None:
    home = factories.flat(people.worker)
    counts = []
    for number in (1, 8):
        for _ in range(number):
            factories.resident(people.worker, home)
        exports.ask(wish(), by=people.supervisor, rows=1)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            exports_making.go_on(everybody, 60)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_a_file_is_fetched_once_and_by_nobody_else(people: factories.Cast, second: User) -> None:
    factories.resident(people.worker)
    export = made(people.supervisor)

    assert exports.fetch(export.pk, by=second) is None
    taken(export)

    assert exports.fetch(export.pk, by=people.supervisor) is None
    assert not ExportPart.objects.exists()
    assert Export.objects.get().state == State.FETCHED


def test_a_file_that_nobody_fetched_is_gone_after_a_day(people: factories.Cast) -> None:
    factories.resident(people.worker)
    export = made(people.supervisor)
    assert exports.expire() == 0

    Export.objects.update(ready_at=timezone.now() - timedelta(hours=25))

    assert exports.fetch(export.pk, by=people.supervisor) is None
    assert exports.expire() == 1
    assert not ExportPart.objects.exists()
    assert Export.objects.get().state == State.EXPIRED


def test_what_a_broken_download_left_is_deleted(people: factories.Cast) -> None:
    factories.resident(people.worker)
    export = made(people.supervisor)
    exports.fetch(export.pk, by=people.supervisor)  # nobody reads on

    Export.objects.update(fetched_at=timezone.now() - timedelta(hours=2))
    exports.expire()

    assert not ExportPart.objects.exists()


def test_at_rest_everything_is_sealed_to_its_place(people: factories.Cast) -> None:
    factories.resident(people.worker, name="测试丁")
    export = made(people.supervisor, purpose="核对测试丁一家")
    part = ExportPart.objects.get()

    assert "测试丁".encode() not in bytes(export.sealed)
    assert bytes(part.sealed)[:2] != b"PK"
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(part.sealed, bound_to=f"export part:{export.pk}:2")
    assert {"registry.Export.sealed", "registry.ExportPart.sealed", "registry.SavedSearch.sealed"} <= {
        str(one) for one in resealing.columns()
    }
