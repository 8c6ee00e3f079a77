"""A hundred failures with one reason are one thing: what it is, whose move, until when, and for whose eyes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue.models import Target
from gridapp.delivery import causes, causes_codes, causes_notes, clock
from gridapp.delivery.causes import Act, Cause
from gridapp.delivery.models import CauseNote, Delivery, Status
from gridapp.org.models import Area, Role, User
from tests.delivery.renumbering import GRID, census, configured, failing  # noqa: F401 - fixtures
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
Failing = Callable[..., list[Delivery]]
OTHER = "990101001002001"


def account(name: str, area: str, role: Role = Role.SUPERVISOR) -> User:
    user = User.objects.create(username=name, first_name=name, staff_no=name, role=role)
    user.areas.add(Area.objects.get_or_create(code=area, defaults={"name": "测试"})[0])
    return user


@pytest.fixture
def supervisor(operator: User) -> User:
    return account("supervisor", "990101001")


def test_failures_of_one_cause_are_one_thing(failing: Failing, supervisor: User) -> None:  # noqa: F811
    rows = failing(5, by=supervisor)
    failing(2, by=supervisor, reason_code="R08", reason="姓名太长", fields=["name"])

    first, second = causes.every(supervisor)

    assert first.cause == Cause(rows[0].target_id, "returned", "R07", "ethnicity")
    assert (first.number, first.said, first.move) == (5, "民族代码不存在", "worker")
    assert first.since == min(row.changed_at for row in rows)
    assert (second.cause.code, second.number) == ("R08", 2)
    assert [row.pk for row in causes.samples(first.cause, supervisor)] == [row.pk for row in rows]


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"status": Status.DELIVERED}, 0),
        ({"status": Status.CANCELLED}, 0),
        ({"status": Status.MANUAL, "reason_code": "by_hand", "fields": []}, 0),
        ({"status": Status.MANUAL, "reason_code": "inexpressible"}, 1),
        ({"status": Status.FAILED, "reason_code": "connector", "fields": []}, 1),
        ({"status": Status.CONFLICT, "reason_code": "41004", "fields": []}, 1),
        ({"status": Status.UNCERTAIN, "reason_code": "unknown", "fields": []}, 1),
    ],
)
def test_only_what_went_wrong_and_waits_for_somebody_counts(
    failing: Failing,  # noqa: F811
    supervisor: User,
    columns: dict[str, Any],
    found: int,
) -> None:
    failing(2, by=supervisor, **columns)

    seen = causes.every(supervisor)

    assert [one.number for one in seen] == [2] * found
    assert [causes.find(one.cause, supervisor) for one in seen] == seen


def test_another_area_is_neither_shown_nor_counted(failing: Failing, supervisor: User) -> None:  # noqa: F811
    failing(2, by=supervisor)
    failing(3, by=supervisor, grid=OTHER)
    mine, all_of_it = account("mine", GRID), account("all", "990101001")

    assert [one.number for one in causes.every(mine)] == [2]
    assert [one.number for one in causes.every(all_of_it)] == [5]
    (cause,) = (one.cause for one in causes.every(mine))
    assert len(causes.samples(cause, mine)) == 2
    assert causes.find(cause, account("far", "990102001")) is None


def test_many_cost_no_more_statements_than_few(
    failing: Failing,  # noqa: F811
    supervisor: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    failing(1, by=supervisor)
    with django_assert_num_queries(5):  # the areas, the groups, their words, the targets, the time
        causes.every(supervisor)

    for number in range(7):
        failing(3, by=supervisor, reason_code=f"R{number}")
    with django_assert_num_queries(4):  # the areas are known
        assert len(causes.every(supervisor)) == 8


@pytest.mark.parametrize(
    ("since", "status", "due_on"),
    [
        (date(2026, 11, 17), Status.RETURNED, date(2026, 11, 20)),
        (date(2026, 11, 19), Status.RETURNED, date(2026, 11, 24)),  # a weekend lies between
        (date(2026, 11, 20), Status.FAILED, date(2026, 11, 23)),
        (date(2026, 9, 30), Status.CONFLICT, date(2026, 10, 10)),  # a week off, and a Saturday made up for
    ],
)
def test_the_deadline_counts_working_days(
    failing: Failing,  # noqa: F811
    supervisor: User,
    since: date,
    status: Status,
    due_on: date,
) -> None:
    failing(1, by=supervisor, status=status, changed_at=datetime.combine(since, time(10), ZoneInfo("Asia/Shanghai")))

    (seen,) = causes.every(supervisor)

    assert seen.due_on == due_on
    assert seen.overdue == (due_on < clock.day(clock.now()))


def test_what_is_overdue_comes_first_then_the_largest(failing: Failing, supervisor: User) -> None:  # noqa: F811
    failing(1, by=supervisor, reason_code="small")
    failing(3, by=supervisor, reason_code="large")
    failing(1, by=supervisor, reason_code="old", changed_at=datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Shanghai")))

    assert [one.cause.code for one in causes.every(supervisor)] == ["old", "large", "small"]


def test_of_one_target_or_one_status_where_asked(failing: Failing, supervisor: User) -> None:  # noqa: F811
    failing(1, by=supervisor)
    failing(1, by=supervisor, status=Status.FAILED, reason_code="connector", fields=[])

    assert len(causes.every(supervisor, target="CENSUS")) == 2
    assert causes.every(supervisor, target="BOOKS") == []
    assert [one.cause.status for one in causes.every(supervisor, status="failed")] == ["failed"]


@pytest.mark.parametrize(
    ("status", "code", "offered"),
    [
        ("returned", "R07", ["retry", "cancel"]),
        ("returned", "incomplete", ["cancel"]),
        ("conflict", "41004", ["retry", "back", "cancel"]),
        ("manual", "inexpressible", ["back", "cancel"]),
        ("uncertain", "unknown", ["arrived", "not_there"]),
        ("failed", "connector", ["retry", "cancel"]),
        ("failed", "unmapped", ["cancel"]),
    ],
)
def test_what_can_be_done_goes_by_where_it_stands(
    census: Target,  # noqa: F811
    status: str,
    code: str,
    offered: list[str],
    supervisor: User,
) -> None:
    cause, administrator = Cause(census.pk, status, code, ""), UserFactory.create(role=Role.ADMINISTRATOR)

    assert sorted(causes.offered(cause, configured(census), supervisor)) == sorted(Act(word) for word in offered)
    assert list(causes.offered(cause, configured(census), administrator)) == [Act.RETRY] * ("retry" in offered)


def test_the_codes_that_failed_stand_first(failing: Failing, census: Target, supervisor: User) -> None:  # noqa: F811
    failing(3, by=supervisor, ethnicity="03")
    failing(1, by=supervisor, ethnicity="08", status=Status.RETURNED)
    cause = Cause(census.pk, "returned", "R07", "ethnicity")

    met = causes_codes.met(cause, configured(census), supervisor)

    assert [(one.offer.code, one.offer.said, one.number) for one in met[:2]] == [("03", "A3", 3), ("08", "", 1)]
    assert {one.offer.theirs for one in met} == {"MZ"}
    assert causes_codes.met(Cause(census.pk, "returned", "R07", "name"), configured(census), supervisor) == []
    assert causes_codes.met(Cause(census.pk, "conflict", "R07", "ethnicity"), configured(census), supervisor) == []


def test_remarks_are_for_those_above_and_below_and_not_for_the_neighbours(
    census: Target,  # noqa: F811
    operator: User,
    supervisor: User,
) -> None:
    cause = Cause(census.pk, "returned", "R07", "ethnicity")
    neighbour, below = account("neighbour", "990101002"), account("below", GRID)
    causes_notes.remark(cause, "张三说明天改好", by=supervisor)

    said = {user.username: causes_notes.remarks(cause, user) for user in (operator, supervisor, below, neighbour)}

    assert {name: [one.text for one in remarks] for name, remarks in said.items()} == {
        "operator": ["张三说明天改好"], "supervisor": ["张三说明天改好"], "below": ["张三说明天改好"], "neighbour": [],
    }  # fmt: skip
    assert "张三".encode() not in bytes(CauseNote.objects.get().sealed)
    assert causes_notes.remarks(Cause(census.pk, "returned", "R08", ""), supervisor) == []


def test_whose_it_is_is_the_last_that_was_said(census: Target, operator: User, supervisor: User) -> None:  # noqa: F811
    cause, other = Cause(census.pk, "returned", "R07", "ethnicity"), Cause(census.pk, "failed", "connector", "")
    causes_notes.give(cause, operator, by=supervisor)
    causes_notes.give(cause, supervisor, by=supervisor)

    assert causes_notes.whose([cause, other], supervisor) == {cause: "supervisor"}
    assert causes_notes.whose([cause], account("neighbour", "990101002")) == {}


def test_it_can_be_given_to_who_decides_there_or_above(operator: User, supervisor: User) -> None:
    below = account("below", GRID)
    account("neighbour", "990101002")
    account("officer", "990101001", Role.OFFICER)

    assert {user.username for user in causes_notes.candidates(below)} == {"operator", "supervisor", "below"}
    assert {user.username for user in causes_notes.candidates(supervisor)} == {"operator", "supervisor", "below"}
