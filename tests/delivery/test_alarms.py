"""What operators are told: once, while it lasts, and without any resident's value."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridapp.delivery import alarms
from gridapp.delivery.models import Alarm, Attempt, Delivery, Hold, Rank
from gridapp.registry.models import RightsRequest
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]
KINDS = Alarm.Kind


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def kinds() -> list[str]:
    return [alarm.kind for alarm in alarms.open_alarms()]


def tried(delivery: Delivery, at: Any, **columns: Any) -> None:
    values = {"version": 1, "generation": 1, "action": "create", "outcome": "unavailable"}
    Attempt.objects.create(delivery=delivery, started_at=at, finished_at=at, **{**values, **columns})


def test_nothing_is_wrong_in_an_idle_house(scripted: Any) -> None:
    alarms.look()

    assert alarms.open_alarms() == []


def test_an_alarm_is_raised_once_and_logged_once(scripted: Any, caplog: pytest.LogCaptureFixture) -> None:
    found = [alarms.raise_alarm(scripted.target.pk, KINDS.STOPPED, "48001") for _ in range(500)]

    assert found == [True] + [False] * 499
    assert kinds() == [KINDS.STOPPED]
    assert [line.levelno for line in caplog.records] == [logging.ERROR]
    assert "TEST" in caplog.text


def test_later_words_replace_the_first(scripted: Any) -> None:
    alarms.raise_alarm(scripted.target.pk, KINDS.STOPPED, "48001")

    new = alarms.raise_alarm(scripted.target.pk, KINDS.STOPPED, "48003")

    assert (new, [alarm.said for alarm in alarms.open_alarms()]) == (False, ["48003"])


def test_an_alarm_that_is_over_may_be_raised_again(scripted: Any) -> None:
    alarms.raise_alarm(scripted.target.pk, KINDS.STOPPED, "48001")

    ended = [alarms.end(scripted.target.pk, KINDS.STOPPED) for _ in range(2)]

    assert ended == [True, False]
    assert alarms.raise_alarm(scripted.target.pk, KINDS.STOPPED, "48001")
    assert Alarm.objects.count() == 2


def test_the_house_has_alarms_of_its_own_each_once() -> None:
    assert [alarms.raise_alarm(None, KINDS.RESTORED, "") for _ in range(2)] == [True, False]
    assert alarms.end(None, KINDS.RESTORED)


def test_alarms_never_hold_a_residents_value(scripted: Any, caplog: pytest.LogCaptureFixture) -> None:
    alarms.raise_alarm(scripted.target.pk, KINDS.STOPPED, "无权限 11010519491231002X 13912345678" + "长" * 400)

    said = alarms.open_alarms()[0].said
    assert len(said) <= 300
    for value in ("11010519491231002X", "13912345678"):
        assert value not in said
        assert value not in caplog.text


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"due_at": timedelta(minutes=50)}, []),
        ({"due_at": timedelta(minutes=70)}, [KINDS.LATE]),
        ({"due_at": timedelta(hours=20), "rank": Rank.BACKLOG}, []),
        ({"due_at": timedelta(hours=25), "rank": Rank.BACKLOG}, [KINDS.OLD]),
        ({"due_at": None, "status": "held", "hold": Hold.WINDOW}, []),
    ],
)
def test_what_has_been_due_too_long_is_told(
    scripted: Any, make_delivery: Make, columns: dict[str, Any], expected: list[str]
) -> None:
    waited = columns["due_at"]
    make_delivery(**columns | {"due_at": waited and timezone.now() - waited})

    alarms.look()

    assert kinds() == expected


def test_a_record_that_is_tried_again_and_again_is_as_old_as_its_first_try(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery(due_at=timezone.now() + timedelta(minutes=10))
    tried(delivery, ago(hours=3))

    alarms.look()

    assert kinds() == [KINDS.LATE]


def test_tries_of_an_earlier_content_make_nothing_late(scripted: Any, make_delivery: Make) -> None:
    tried(make_delivery(due_at=ago(minutes=1), generation=2), ago(hours=3), generation=1)

    alarms.look()

    assert kinds() == []


def test_a_target_that_asked_us_to_come_back_tomorrow_is_not_late(scripted: Any, make_delivery: Make) -> None:
    tried(make_delivery(due_at=timezone.now() + timedelta(hours=15)), ago(hours=3))

    alarms.look()

    assert kinds() == []


def test_what_waits_a_day_for_another_targets_number_is_told(scripted: Any, make_delivery: Make) -> None:
    waiting = make_delivery(status="held", hold=Hold.DEPENDENCY, waits_for="FWBM", due_at=None)
    alarms.look()
    before = kinds()

    Delivery.objects.filter(pk=waiting.pk).update(changed_at=ago(hours=25))
    alarms.look()

    assert before == []
    assert [(alarm.kind, alarm.said) for alarm in alarms.open_alarms()] == [(KINDS.OLD, "FWBM")]


def test_an_alarm_about_age_ends_when_the_delivery_has_gone(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery(due_at=ago(hours=2))
    alarms.look()
    before = kinds()

    Delivery.objects.filter(pk=delivery.pk).update(status="delivered", due_at=None)
    alarms.look()

    assert (before, kinds()) == ([KINDS.LATE], [])


@pytest.mark.parametrize("columns", [{"paused_at": ago(hours=1)}, {"enabled": False}])
def test_a_target_that_was_stopped_on_purpose_is_not_late(
    scripted: Any, make_delivery: Make, columns: dict[str, Any]
) -> None:
    make_delivery(due_at=ago(hours=2))
    for name, value in columns.items():
        setattr(scripted.target, name, value)

    alarms.look()

    assert kinds() == []


def test_looking_takes_few_statements_and_none_more_when_all_is_known(scripted: Any, make_delivery: Make) -> None:
    make_delivery(due_at=ago(hours=2))
    alarms.look()

    with CaptureQueriesContext(connection) as caught:
        alarms.look()

    assert len(caught) == 10  # the time, five questions, what is open of four kinds


def test_a_request_of_a_resident_that_is_overdue_is_an_alarm_until_it_is_answered(
    scripted: Any, make_delivery: Make
) -> None:
    record, by = make_delivery().record, UserFactory.create()
    row = RightsRequest(record=record, kind="access", grid_code=record.grid_code, seen="card", lodged_by=by)
    row.lodged_at, row.due_on = timezone.now(), timezone.localdate()
    row.save()
    alarms.look()
    due = kinds()

    RightsRequest.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    alarms.look()
    said = [(alarm.kind, alarms.words(alarm)) for alarm in alarms.open_alarms()]
    RightsRequest.objects.update(ended_at=timezone.now())
    alarms.look()

    assert due == []
    assert said == [(KINDS.RIGHTS, "1 件")]
    assert kinds() == []


@pytest.fixture
def another_session(transactional_db: None) -> Iterator[Any]:
    other = connections.create_connection("default")
    yield other
    other.close()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_stays_open_is_told_until_it_ends(
    another_session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "SNAPSHOT", timedelta(0))
    another_session.set_autocommit(False)
    with another_session.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT 1")
    alarms.look()
    before = kinds()

    another_session.rollback()
    alarms.look()

    assert (before, kinds()) == ([KINDS.SNAPSHOT], [])


def test_with_a_large_backlog_the_questions_are_answered_from_indexes(scripted: Any, make_delivery: Make) -> None:
    """The plan of the statements, with rows enough that a scan of them would be cheaper than a wrong index."""
    make_delivery(due_at=ago(hours=2))
    told: dict[str, Any] = {"targets": [scripted.target.pk], "rank": Rank.ENTERED, "most": 3600.0}

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {alarms._OVERDUE}", told)
        overdue = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN {alarms._WAITS_FOR_OTHERS}", told)
        waiting = "\n".join(row[0] for row in cursor.fetchall())

    assert "using delivery_due" in overdue
    assert "_delivery_id_id_idx on delivery_attempt_" in overdue
    assert "using delivery_held" in waiting
    assert "->  Sort" not in overdue + waiting
