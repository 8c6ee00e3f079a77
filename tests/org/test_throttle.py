"""How often something may be tried: counted for all processes at once, never for ever, and without naming anybody."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from gridapp.org import throttle
from gridapp.org.models import Throttled

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def three_tries(settings: Any) -> None:
    """Three in a minute, then none for five."""
    settings.THROTTLES = settings.THROTTLES | {"code": "3/60/300", "once": "1/60/300"}


def taken(times: int, *, at: datetime = NOW, subject: str = "7") -> list[int]:
    return [throttle.take("code", subject, at=at).wait for _ in range(times)]


def test_after_the_last_try_one_waits() -> None:
    assert taken(5) == [0, 0, 0, 300, 300]


def test_trying_on_makes_the_wait_no_longer() -> None:
    taken(4)

    assert taken(100, at=NOW + timedelta(seconds=200))[-1] == 100


def test_after_the_wait_there_are_all_tries_again() -> None:
    taken(50)

    assert taken(4, at=NOW + timedelta(seconds=301)) == [0, 0, 0, 300]


def test_tries_that_lie_apart_never_add_up() -> None:
    for minutes in range(20):
        assert taken(2, at=NOW + timedelta(minutes=2 * minutes)) == [0, 0]


def test_one_try_can_be_all_there_is() -> None:
    assert [throttle.take("once", "7", at=NOW).wait for _ in range(3)] == [0, 300, 300]
    assert [throttle.take("once", "7", at=NOW + timedelta(minutes=6)).wait for _ in range(2)] == [0, 300]


def test_others_and_other_kinds_are_counted_apart() -> None:
    taken(9)

    assert taken(1, subject="8") == [0]
    assert throttle.take("reveal", "7", at=NOW)


def test_what_went_well_does_not_count() -> None:
    for _ in range(20):
        assert throttle.take("code", "7", at=NOW)
        throttle.give_back("code", "7")

    taken(2)
    throttle.clear("code", "7")
    assert taken(3) == [0, 0, 0]


def test_only_the_first_refusal_is_news() -> None:
    assert [throttle.take("code", "7", at=NOW).newly for _ in range(6)] == [False, False, False, True, False, False]


def test_nobody_is_named_in_the_table() -> None:
    throttle.take("code", "wang.xiuying", at=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM org_throttled t")
        assert all("wang" not in row and b"wang".hex() not in row for (row,) in cursor.fetchall())


def test_old_counts_are_forgotten() -> None:
    taken(1)

    assert throttle.forget(at=NOW + timedelta(hours=23)) == 0
    assert throttle.forget(at=NOW + timedelta(hours=25)) == 1
    assert not Throttled.objects.exists()


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [(30, "30 秒后", "in 30 seconds"), (900, "15 分钟后", "in 15 minutes"), (899, "15 分钟后", "in 15 minutes")],
)
def test_it_is_said_how_long_and_whom_to_ask(seconds: int, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert chinese in throttle.said(seconds) and "督导" in throttle.said(seconds)
    with translation.override("en"):
        assert english in throttle.said(seconds) and "supervisor" in throttle.said(seconds)


@pytest.mark.django_db(transaction=True)
def test_a_burst_at_one_moment_gets_no_more_tries_than_one_after_the_other() -> None:
    waits: list[int] = []
    ready = threading.Barrier(8)

    def burst() -> None:
        ready.wait()
        waits.extend(throttle.take("code", "7").wait for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=burst) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(waits) == 40
    assert waits.count(0) == 3
