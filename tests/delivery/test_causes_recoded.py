"""A department has renumbered its codes: what failed for it goes out again with the new ones, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from gridapp.catalogue.code_changes import CodeChange
from gridapp.catalogue.models import Target
from gridapp.delivery import backfill, causes_acting, gates, lane
from gridapp.delivery.causes import Cause
from gridapp.delivery.models import Delivery, Lane, Status
from gridapp.org.models import User
from tests.delivery.renumbering import Census, census, configured, failing  # noqa: F401 - fixtures
from tests.delivery.test_causes_acting import at_once, cause_of, filed, standing  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
Failing = Callable[..., list[Delivery]]
NEW = {("MZ", "03"): "N3"}


def test_with_its_new_codes_all_of_it_goes_out_again(failing: Failing, census: Target, operator: User) -> None:  # noqa: F811
    rows, untouched = failing(3, by=operator), failing(1, by=operator, ethnicity="01")
    others = Delivery.objects.filter(target__key="BOOKS").order_by("pk")
    before = list(others.values_list("pk", "status", "generation", "changed_at"))

    act = causes_acting.recode(cause_of(rows[0]), configured(census), NEW, by=operator, resumes=False)
    causes_acting.go_on(5)

    assert act is not None
    assert standing(rows) == [Status.WAITING] * 3
    assert standing(untouched) == [Status.RETURNED]  # its code is as it was: sending it again would change nothing
    assert {row.generation for row in Delivery.objects.filter(pk__in=[row.pk for row in rows])} == {2}
    assert filed(operator) == ["recoded"] * 3
    assert list(others.values_list("pk", "status", "generation", "changed_at")) == before
    act.refresh_from_db()
    assert (act.done, act.left) == (3, 1)


def test_a_code_that_could_not_be_said_goes_out_when_it_has_a_word(
    failing: Failing,  # noqa: F811
    census: Target,  # noqa: F811
    operator: User,
) -> None:
    rows = failing(2, by=operator, ethnicity="08", status=Status.MANUAL, reason_code="inexpressible")
    cause = Cause(census.pk, "manual", "inexpressible", "ethnicity")

    causes_acting.recode(cause, configured(census), {("MZ", "08"): "N8"}, by=operator, resumes=False)
    causes_acting.go_on(5)

    assert standing(rows) == [Status.WAITING] * 2


def test_codes_that_are_taken_back_in_time_change_nothing(
    failing: Failing,  # noqa: F811
    census: Target,  # noqa: F811
    operator: User,
    settings: Settings,
) -> None:
    settings.CATALOGUE_KEPT = 1.0
    rows = failing(2, by=operator)
    act = causes_acting.recode(cause_of(rows[0]), configured(census), NEW, by=operator, resumes=False)
    assert act is not None

    waits = act.begins_at - act.asked_at
    causes_acting.take_back(act.pk, by=operator)

    assert waits > timedelta(seconds=14)  # plans follow by then
    assert not CodeChange.objects.filter(ended_at=None).exists()
    assert CodeChange.objects.get().ended_by == operator


@pytest.mark.django_db(transaction=True)
def test_what_the_department_gets_is_its_own_new_code(failing: Failing, census: Target, operator: User) -> None:  # noqa: F811
    rows = failing(2, by=operator)
    Census.table = {"A1", "N3"}
    causes_acting.recode(cause_of(rows[0]), configured(census), NEW, by=operator, resumes=False)
    causes_acting.go_on(5)

    lane.serve(census.pk)

    assert [said for _key, said in Census.seen] == ["N3", "N3"]
    assert standing(rows) == [Status.DELIVERED] * 2


def test_what_it_holds_with_the_old_code_follows(failing: Failing, census: Target, operator: User) -> None:  # noqa: F811
    rows, held = failing(1, by=operator), failing(1, by=operator)
    Delivery.objects.filter(pk=held[0].pk).update(status=Status.DELIVERED, held_digest=held[0].wanted_digest)
    backfill.up_to_date(list(Target.objects.values_list("pk", flat=True)))

    causes_acting.recode(cause_of(rows[0]), configured(census), NEW, by=operator, resumes=False)
    begun = backfill.look()
    backfill.go_on(5)

    assert begun == [census.pk]
    assert standing(held) == [Status.WAITING]


def test_a_target_that_was_paused_for_rejecting_goes_on_when_an_administrator_says_so(
    failing: Failing,  # noqa: F811
    census: Target,  # noqa: F811
    operator: User,
) -> None:
    rows = failing(2, by=operator)
    Target.objects.filter(pk=census.pk).update(paused_at=timezone.now(), paused_why=gates.REJECTIONS)
    Lane.objects.create(target=census, lately="x" * 50)

    causes_acting.recode(cause_of(rows[0]), configured(census), NEW, by=operator, resumes=True)
    causes_acting.go_on(5)

    assert standing(rows) == [Status.HELD] * 2  # let go with everything else that the pause held
    census.refresh_from_db()
    assert census.paused_at is None
    assert Lane.objects.get(target=census).lately == ""
    assert filed(operator) == ["recoded"] * 2


def test_a_pause_that_somebody_wanted_stays(failing: Failing, census: Target, operator: User) -> None:  # noqa: F811
    rows = failing(1, by=operator)
    Target.objects.filter(pk=census.pk).update(paused_at=timezone.now(), paused_why="对方升级")

    causes_acting.recode(cause_of(rows[0]), configured(census), NEW, by=operator, resumes=True)
    causes_acting.go_on(5)

    census.refresh_from_db()
    assert census.paused_why == "对方升级"
