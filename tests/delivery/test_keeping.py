"""What is kept how long: real partitions, tries with dates of long ago, months that come and go."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings

from gridapp.catalogue.models import Target
from gridapp.contract import Kind, Outcome, Parcel, Unavailable
from gridapp.delivery import keeping, lane, partitions, sheets, standing
from gridapp.delivery.models import Alarm, Attempt, Backfill, Delivery, Evidence, Reconciliation, Sheet, Status
from gridapp.org.models import Role, User
from tests.factories import UserFactory

from .tries import tried

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]
NOTHING_LEFT = [("unavailable", "unreached"), ("broken", "unreadable")]


def test_a_night_with_nothing_to_do_changes_nothing(make_delivery: Make) -> None:
    tried(make_delivery(), timedelta())
    before = partitions.partitions()

    done = keeping.tidy()

    assert set(done.values()) == {0}
    assert partitions.partitions() == before
    assert Attempt.objects.count() == 1


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
    scripted: Any, make_delivery: Make, settings: Settings, reached: bool, code: str
) -> None:
    settings.LANE_LINGER = 0
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
    user: User = UserFactory.create(username="clerk", staff_no="C0001", role=Role.ADMINISTRATOR, areas=["990101"])
    return user


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
