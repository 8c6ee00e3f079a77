"""What is kept how long: real partitions, tries with dates of long ago, months that come and go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pytest_django import Settings

from gridapp.catalogue.models import Target
from gridapp.contract import Kind, Outcome, Parcel, Unavailable
from gridapp.delivery import keeping, lane, partitions, sheets, standing
from gridapp.delivery.models import Alarm, Attempt, Backfill, Delivery, Evidence, Reconciliation, Sheet, Status
from gridapp.org.models import Role, User

from .conftest import elsewhere

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]
MONTH = timedelta(days=31)
NOTHING_LEFT = [("unavailable", "unreached"), ("broken", "unreadable")]


def tried(delivery: Delivery, ago: timedelta, outcome: str = "delivered", code: str = "") -> Attempt:
    at = timezone.now() - ago
    return Attempt.objects.create(
        delivery=delivery, version=1, generation=1, action="create", outcome=outcome, code=code, started_at=at,
        finished_at=at,
    )  # fmt: skip


def where(attempt: Attempt) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM delivery_attempt WHERE id = %s", [attempt.pk])
        return str(cursor.fetchone()[0])


def test_a_night_with_nothing_to_do_changes_nothing(make_delivery: Make) -> None:
    tried(make_delivery(), timedelta())
    before = partitions.partitions()

    done = keeping.tidy()

    assert set(done.values()) == {0}
    assert partitions.partitions() == before
    assert Attempt.objects.count() == 1


def test_this_month_and_the_next_two_are_there_from_the_beginning() -> None:
    now = timezone.now()

    covered = [
        any(one.covers(partitions.months_later(now, ahead)) for one in partitions.partitions()) for ahead in range(3)
    ]

    assert covered == [True, True, True]


def test_a_try_of_today_lies_in_its_month_and_has_an_id(make_delivery: Make) -> None:
    attempt = tried(make_delivery(), timedelta())

    assert where(attempt) == f"delivery_attempt_{timezone.now().astimezone(UTC):%Y_%m}"
    assert Attempt.objects.get(pk=attempt.pk) == attempt


def test_a_month_that_nobody_made_is_made_and_its_tries_come_home(make_delivery: Make) -> None:
    delivery = make_delivery()
    attempts = [tried(delivery, 3 * MONTH), tried(delivery, 5 * MONTH)]
    assert {where(one) for one in attempts} == {"delivery_attempt_default"}

    done = keeping.tidy()

    assert done["months made"] == 2
    assert [where(one) for one in attempts] == [f"delivery_attempt_{one.started_at:%Y_%m}" for one in attempts]
    assert keeping.tidy()["months made"] == 0, "nothing is left to be made"


def test_a_try_dated_to_another_century_stays_and_is_found(make_delivery: Make) -> None:
    delivery = make_delivery()
    attempt = tried(delivery, -timedelta(days=40_000))

    keeping.tidy()

    assert where(attempt) == "delivery_attempt_default"
    assert list(delivery.tries.all()) == [attempt]


def test_a_month_past_the_period_is_dropped_whole_and_a_younger_one_is_kept(make_delivery: Make) -> None:
    delivery = make_delivery()
    old, young = tried(delivery, timedelta(days=38 * 31)), tried(delivery, timedelta(days=35 * 30))
    for one in (old, young):
        partitions.make(one.started_at, one.started_at)

    done = keeping.tidy()

    assert done["months dropped"] == 1
    assert list(Attempt.objects.all()) == [young]
    assert not any(one.covers(old.started_at) for one in partitions.partitions())


def test_a_stray_past_the_period_goes_as_its_month_would_have(make_delivery: Make) -> None:
    tried(make_delivery(), timedelta(days=37 * 31))

    assert keeping.tidy()["stray attempts"] == 1
    assert not Attempt.objects.exists()


def test_a_month_in_use_is_left_to_the_next_night(
    transactional_db: None, make_delivery: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(partitions, "_PATIENCE", "50ms")
    old = tried(make_delivery(), timedelta(days=38 * 31))
    partitions.make(old.started_at, old.started_at)
    done: list[int] = []

    with transaction.atomic():
        assert Attempt.objects.count() == 1  # somebody reads
        with caplog.at_level(logging.WARNING, "gridapp.delivery.partitions"):
            elsewhere(lambda: done.append(keeping.tidy()["months dropped"]))

    assert done == [0]
    assert "left to the next night" in caplog.text
    assert keeping.tidy()["months dropped"] == 1


@pytest.mark.parametrize(("outcome", "code"), NOTHING_LEFT)
def test_a_try_by_which_nothing_left_goes_after_the_technical_period(
    make_delivery: Make, outcome: str, code: str
) -> None:
    delivery = make_delivery()
    tried(delivery, timedelta(days=200), outcome, code)
    kept = [tried(delivery, timedelta(days=170), outcome, code), tried(delivery, timedelta(days=1))]

    assert keeping.tidy()["attempts by which nothing left"] == 1
    assert list(Attempt.objects.all()) == kept


@pytest.mark.parametrize(("outcome", "code"), NOTHING_LEFT)
def test_the_newest_try_of_a_delivery_says_why_and_stays(make_delivery: Make, outcome: str, code: str) -> None:
    delivery = make_delivery()
    tried(delivery, timedelta(days=300), outcome, code)
    last = tried(delivery, timedelta(days=250), outcome, code)

    keeping.tidy()

    assert list(delivery.tries.all()) == [last]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("delivered", ""),
        ("rejected", "E1"),
        ("unknown", "worker_gone"),
        ("unknown", "unknown"),
        ("unavailable", "unknown"),
        ("unavailable", "unavailable"),  # a gateway that said "later" had read the request
        ("misconfigured", "unavailable"),  # so had one that did not take our password
        ("broken", "connector"),
        ("broken", "poison"),
        ("exported", ""),
        ("notyet", "not_yet"),
    ],
)
def test_whatever_may_have_left_the_house_is_kept_for_the_long_period(
    make_delivery: Make, outcome: str, code: str
) -> None:
    delivery = make_delivery()
    tried(delivery, timedelta(days=900), outcome, code)
    tried(delivery, timedelta(days=1))

    keeping.tidy()

    assert delivery.tries.count() == 2


@pytest.mark.parametrize(("reached", "code"), [(True, "unavailable"), (False, "unreached")])
def test_only_a_target_that_no_connection_led_to_has_seen_nothing(
    scripted: Any, make_delivery: Make, reached: bool, code: str
) -> None:
    delivery = make_delivery()

    def gone(parcel: Parcel) -> Outcome:
        raise Unavailable("连不上对方", maybe_sent=False, reached=reached)

    scripted.script = staticmethod(gone)
    lane.serve(scripted.target.pk)

    assert set(delivery.tries.values_list("outcome", "code")) == {("unavailable", code)}


def test_a_page_tells_what_a_target_holds_after_its_tries_are_gone(make_delivery: Make) -> None:
    delivery = make_delivery(
        status=Status.DELIVERED, due_at=None, held_version=1, held_digest=b"x" * 20, reference="DJBH-0012"
    )
    tried(delivery, timedelta(days=38 * 31))

    keeping.tidy()

    (line,) = standing.of(delivery.record)
    assert (line.status, line.reference, line.held_version, line.tries) == ("delivered", "DJBH-0012", 1, [])


def test_a_great_deal_goes_in_slices(make_delivery: Make) -> None:
    delivery = make_delivery()
    at = timezone.now() - timedelta(days=200)
    Attempt.objects.bulk_create(
        Attempt(delivery=delivery, version=1, generation=1, action="create", outcome="unavailable", code="unreached",
                started_at=at, finished_at=at)
        for _ in range(5_200)
    )  # fmt: skip
    tried(delivery, timedelta(days=1))

    assert keeping.tidy()["attempts by which nothing left"] == 5_200


def test_evidence_is_kept_as_long_as_the_tries_it_proves(make_delivery: Make) -> None:
    delivery = make_delivery()
    made = [Evidence.objects.create(delivery=delivery, version=1, sealed=b"x") for _ in range(2)]
    for one, days in zip(made, (1_200, 1_000), strict=True):
        Evidence.objects.filter(pk=one.pk).update(made_at=timezone.now() - timedelta(days=days))

    assert keeping.tidy()["evidence"] == 1
    assert list(Evidence.objects.all()) == [made[1]]


@pytest.fixture
def clerk(db: None) -> User:
    return User.objects.create(username="clerk", staff_no="C0001", role=Role.ADMINISTRATOR, is_superuser=True)


def workbook(target: Target, clerk: User, *, answered: timedelta | None) -> Sheet:
    return Sheet.objects.create(
        target=target, kind=Kind.RESIDENT, name="a.xlsx", media_type="x", rows=2, sealed=b"sealed",
        grid_code="990101001001001", made_by=clerk, returned_by=clerk if answered else None,
        returned_at=timezone.now() - answered if answered else None, counts={"delivered": 2},
    )  # fmt: skip


def test_an_answered_workbook_is_emptied_and_who_made_it_is_remembered(scripted: Any, clerk: User) -> None:
    old = workbook(scripted.target, clerk, answered=timedelta(days=200))
    young = workbook(scripted.target, clerk, answered=timedelta(days=100))
    out = workbook(scripted.target, clerk, answered=None)

    assert keeping.tidy()["workbooks emptied"] == 1

    old.refresh_from_db()
    assert (bytes(old.sealed), old.counts, old.made_by) == (b"", {"delivered": 2}, clerk)
    assert list(sheets.seen_by(clerk)) == [out, young], "one without its file is offered to nobody"


def test_a_workbook_with_a_row_in_doubt_may_still_be_answered(scripted: Any, make_delivery: Make, clerk: User) -> None:
    sheet = workbook(scripted.target, clerk, answered=timedelta(days=200))
    make_delivery(status=Status.UNCERTAIN, due_at=None, ticket=sheet.ticket(2))

    assert keeping.tidy()["workbooks emptied"] == 0


def test_alarms_comparisons_and_back_fills_that_are_over_go_after_the_technical_period(scripted: Any) -> None:
    past, lately = timezone.now() - timedelta(days=200), timezone.now() - timedelta(days=100)
    for ended_at in (past, lately, None):
        Alarm.objects.create(target=scripted.target, kind=Alarm.Kind.OLD, ended_at=ended_at)
        Reconciliation.objects.create(target=scripted.target, finished_at=ended_at)
        Backfill.objects.create(target=scripted.target, why=Backfill.Why.ASKED, finished_at=ended_at)

    done = keeping.tidy()

    assert (done["alarms"], done["comparisons"], done["back-fills"]) == (1, 1, 1)
    assert all(model.objects.count() == 2 for model in (Alarm, Reconciliation, Backfill))


def test_the_last_comparison_of_a_target_stays_however_old(scripted: Any) -> None:
    past = timezone.now() - timedelta(days=400)
    Reconciliation.objects.create(target=scripted.target, finished_at=past)

    assert keeping.tidy()["comparisons"] == 0


@pytest.mark.parametrize(("name", "months"), [("ATTEMPTS_KEPT_MONTHS", 35), ("TECHNICAL_KEPT_MONTHS", 5)])
def test_a_period_shorter_than_the_laws_is_refused(
    settings: Settings, make_delivery: Make, name: str, months: int
) -> None:
    setattr(settings, name, months)
    tried(make_delivery(), timedelta(days=1_200))

    (problem,) = keeping.periods_are_lawful(None)

    assert problem.id == "gridapp.E004"
    assert name in problem.msg
    with pytest.raises(ImproperlyConfigured):
        keeping.tidy()
    assert Attempt.objects.count() == 1


def test_the_months_of_the_law_are_not_refused() -> None:
    assert keeping.periods_are_lawful(None) == []


def test_the_night_is_logged_with_its_counts(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gridapp.delivery.keeping"):
        keeping.tidy()

    assert "0 months dropped" in caplog.text


def test_finding_the_tries_of_a_record_reads_indexes_alone_with_forty_months(make_delivery: Make) -> None:
    now = timezone.now()
    partitions.make(partitions.months_later(now, -37), now)
    delivery = make_delivery()
    for months in range(0, 36, 5):
        tried(delivery, months * MONTH)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # a table of one row is read whole by right
        cursor.execute(
            "EXPLAIN SELECT * FROM delivery_attempt WHERE delivery_id = ANY(%s) ORDER BY id DESC LIMIT 200",
            [[delivery.pk]],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert plan.count("Index Scan") >= 40
    assert "Seq Scan" not in plan


class Migrate(Protocol):
    """See the fixture `migrate`."""

    def __call__(self, name: str = "") -> None: ...


@pytest.fixture
def migrate(transactional_db: None) -> Iterator[Migrate]:
    """`migrate(name)` takes the delivery app to that migration, without a name to the newest, where it ends up."""

    def to(name: str = "") -> None:
        executor = MigrationExecutor(connection)
        newest = executor.loader.graph.leaf_nodes("delivery")
        executor.migrate([("delivery", name)] if name else newest)

    yield to
    Attempt.objects.all().delete()
    for name in ("0004_alarms_backfills_tallies", ""):
        to(name)


def test_the_migration_carries_over_what_a_filled_house_has_and_goes_back(
    migrate: Migrate, make_delivery: Make
) -> None:
    delivery = make_delivery()
    here, far = tried(delivery, 2 * MONTH), tried(delivery, -timedelta(days=4_000))
    tries = sorted(Attempt.objects.values_list())

    migrate("0004_alarms_backfills_tallies")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM delivery_attempt")
        counted = cursor.fetchone()[0]
    divided = partitions.is_divided()
    migrate()

    assert (counted, divided) == (2, False)
    assert sorted(Attempt.objects.values_list()) == tries
    assert (where(here), where(far)) == ("delivery_attempt_before", "delivery_attempt_default")
    assert tried(delivery, timedelta()).pk > far.pk
    before = partitions.partitions()[0]
    assert before.begins is None
    assert before.ends > timezone.now()


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    moment = datetime(2026, 11, 22, 5, tzinfo=UTC)

    later = [partitions.months_later(moment, number).strftime("%Y-%m-%d") for number in (-11, 0, 1, 2)]

    assert later == ["2025-12-01", "2026-11-01", "2026-12-01", "2027-01-01"]
