"""One thing done to all that waits for one cause: every delivery filed, whatever is killed, nobody else's touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from gridapp.catalogue.code_changes import CodeChange
from gridapp.delivery import causes_acting, causes_ways, operating, tasks
from gridapp.delivery.causes import Act, Cause
from gridapp.delivery.models import Attempt, CauseAct, Delivery, Status
from gridapp.org.models import Area, Role, User
from tests.delivery.conftest import elsewhere
from tests.delivery.renumbering import GRID, Census, census, configured, failing  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
Failing = Callable[..., list[Delivery]]
NEW = {("MZ", "03"): "N3"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(causes_acting, "GRACE", timedelta(0))
    monkeypatch.setattr(causes_acting, "SKEW", timedelta(0))
    settings.LANE_LINGER = 0


@pytest.fixture
def chief(operator: User) -> User:
    """Who decides, in all of it."""
    user = User.objects.create(username="chief", staff_no="A0002", role=Role.SUPERVISOR)
    user.areas.set(operator.areas.all())
    return user


def cause_of(row: Delivery) -> Cause:
    return Cause(row.target_id, row.status, row.reason_code, row.fields[0] if row.fields else "")


def standing(rows: list[Delivery]) -> list[str]:
    found = dict(Delivery.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "status"))
    return [found[row.pk] for row in rows]


def filed(by: User) -> list[str]:
    return sorted(Attempt.objects.filter(by=by).values_list("outcome", flat=True))


def do(rows: list[Delivery], act: Act, by: User, reason: str = "") -> CauseAct:
    asked = causes_acting.ask(cause_of(rows[0]), act, by=by, reason=reason)
    assert asked is not None
    causes_acting.go_on(10)
    asked.refresh_from_db()
    return asked


def test_all_of_it_is_sent_again_and_filed_under_who_wanted_it(failing: Failing, operator: User) -> None:  # noqa: F811
    rows = failing(5, by=operator)
    other = failing(1, by=operator, reason_code="R08")

    act = do(rows, Act.RETRY, operator)

    assert standing(rows) == [Status.WAITING] * 5
    assert standing(other) == [Status.RETURNED]
    assert filed(operator) == ["retried"] * 5
    assert (act.total, act.done, act.left) == (5, 5, 0)
    assert act.finished_at is not None


def test_what_the_target_may_hold_is_not_cancelled(failing: Failing, chief: User) -> None:  # noqa: F811
    rows = failing(3, by=chief)
    Delivery.objects.filter(pk=rows[0].pk).update(held_digest=b"y" * 20)

    act = do(rows, Act.CANCEL, chief)

    assert standing(rows) == [Status.RETURNED, Status.CANCELLED, Status.CANCELLED]
    assert (act.done, act.left) == (2, 1)


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (Act.CANCEL, Status.RETURNED),
        (Act.BACK, Status.CONFLICT),
        (Act.ARRIVED, Status.UNCERTAIN),
        (Act.NOT_THERE, Status.UNCERTAIN),
    ],
)
def test_who_only_keeps_things_going_decides_nothing_by_it(
    failing: Failing,  # noqa: F811
    operator: User,
    act: Act,
    status: Status,
) -> None:
    rows = failing(2, by=operator, status=status, fields=[], maybe_sent=status == Status.UNCERTAIN)

    done = do(rows, act, operator)

    assert standing(rows) == [status] * 2
    assert done.done == 0


@pytest.mark.parametrize("status", [Status.CONFLICT, Status.MANUAL])
def test_all_of_it_goes_back_to_the_workers_with_the_reason(
    failing: Failing,  # noqa: F811
    chief: User,
    status: Status,
) -> None:
    rows = failing(2, by=chief, status=status, reason_code="X", sent_generation=None)

    do(rows, Act.BACK, chief, reason="请再走访一次")

    back = Delivery.objects.filter(pk__in=[row.pk for row in rows])
    assert set(back.values_list("status", "reason_code", "reason")) == {("returned", "by_hand", "请再走访一次")}
    assert filed(chief) == ["rejected"] * 2
    assert "请再走访一次".encode() not in bytes(CauseAct.objects.get().sealed)


@pytest.mark.parametrize(
    ("act", "status", "word"),
    [(Act.ARRIVED, Status.DELIVERED, "delivered"), (Act.NOT_THERE, Status.WAITING, "notthere")],
)
def test_doubts_of_one_target_are_ended_together(
    failing: Failing,  # noqa: F811
    chief: User,
    act: Act,
    status: Status,
    word: str,
) -> None:
    rows = failing(3, by=chief, status=Status.UNCERTAIN, reason_code="unknown", fields=[], maybe_sent=True)

    do(rows, act, chief)

    assert standing(rows) == [status] * 3
    assert filed(chief) == [word] * 3


def test_only_ones_own_areas_are_touched(failing: Failing, operator: User) -> None:  # noqa: F811
    near, far = failing(2, by=operator), failing(2, by=operator, grid="990101001002001")
    supervisor = User.objects.create(username="supervisor", staff_no="S", role=Role.SUPERVISOR)
    supervisor.areas.add(Area.objects.create(code=GRID, name="测试"))

    do(near, Act.RETRY, supervisor)

    assert (standing(near), standing(far)) == ([Status.WAITING] * 2, [Status.RETURNED] * 2)
    assert causes_acting.seen_by(operator).exists()
    neighbour = User.objects.create(username="neighbour", staff_no="N", role=Role.SUPERVISOR)
    neighbour.areas.add(Area.objects.create(code="990101001002001", name="测试"))
    assert not causes_acting.seen_by(neighbour).exists()


def test_it_can_be_taken_back_before_it_begins(
    failing: Failing,  # noqa: F811
    operator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(causes_acting, "GRACE", timedelta(minutes=1))
    rows = failing(2, by=operator)
    act = causes_acting.ask(cause_of(rows[0]), Act.RETRY, by=operator)
    assert act is not None

    early = causes_acting.due(), causes_acting.go_on(1)
    causes_acting.take_back(act.pk, by=operator)
    CauseAct.objects.update(begins_at=timezone.now() - timedelta(minutes=1))

    assert early == (False, 0)
    assert (causes_acting.due(), causes_acting.go_on(1)) == (False, 0)
    assert standing(rows) == [Status.RETURNED] * 2
    assert causes_acting.take_back(act.pk, by=operator) is None


def test_later_the_rest_is_left_as_it_is(
    failing: Failing,  # noqa: F811
    operator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(causes_acting, "SLICE", 2)
    rows = failing(5, by=operator)
    act = causes_acting.ask(cause_of(rows[0]), Act.RETRY, by=operator)
    assert act is not None

    causes_acting._slice()
    causes_acting.take_back(act.pk, by=operator)
    causes_acting.go_on(5)

    assert standing(rows) == [Status.WAITING] * 2 + [Status.RETURNED] * 3


def test_whatever_breaks_off_goes_on_and_does_nothing_twice(
    failing: Failing,  # noqa: F811
    operator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(causes_acting, "SLICE", 2)
    rows = failing(5, by=operator)
    causes_acting.ask(cause_of(rows[0]), Act.RETRY, by=operator)

    causes_acting._slice()  # and then the worker dies
    assert causes_acting.due()
    tasks.carry_causes(5.0)

    assert standing(rows) == [Status.WAITING] * 5
    assert filed(operator) == ["retried"] * 5
    assert CauseAct.objects.get().done == 5


@pytest.mark.django_db(transaction=True)
def test_two_at_once_each_do_their_own(
    failing: Failing,  # noqa: F811
    operator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = failing(3, by=operator)
    causes_acting.ask(cause_of(rows[0]), Act.RETRY, by=operator)
    real, found = causes_ways.retry, []

    def meanwhile(*args: Any) -> operating.Done:
        elsewhere(lambda: found.append(causes_acting._slice()))
        return real(*args)

    monkeypatch.setitem(causes_acting._WAYS, Act.RETRY, meanwhile)
    causes_acting.go_on(5)

    assert found == [False]
    assert filed(operator) == ["retried"] * 3


def test_one_thing_at_a_time_is_done_to_a_cause(failing: Failing, operator: User) -> None:  # noqa: F811
    rows = failing(2, by=operator)

    first = causes_acting.ask(cause_of(rows[0]), Act.RETRY, by=operator)
    second = causes_acting.ask(cause_of(rows[0]), Act.CANCEL, by=operator)
    codes = causes_acting.recode(cause_of(rows[0]), configured(rows[0].target), NEW, by=operator, resumes=False)

    assert first is not None
    assert (second, codes) == (None, None)
    assert not CodeChange.objects.exists()


def test_what_has_failed_again_since_is_another_round(failing: Failing, operator: User) -> None:  # noqa: F811
    rows = failing(2, by=operator)
    act = causes_acting.ask(cause_of(rows[0]), Act.RETRY, by=operator)
    assert act is not None
    Delivery.objects.filter(pk=rows[0].pk).update(changed_at=act.begins_at + timedelta(seconds=5))

    causes_acting.go_on(5)

    assert standing(rows) == [Status.RETURNED, Status.WAITING]


def test_an_act_that_breaks_stands_in_nobodys_way(
    failing: Failing,  # noqa: F811
    operator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, good = failing(1, by=operator), failing(1, by=operator, reason_code="R08")

    def breaks(*args: Any) -> operating.Done:
        raise KeyError("13912345678")

    monkeypatch.setitem(causes_acting._WAYS, Act.CANCEL, breaks)
    causes_acting.ask(cause_of(bad[0]), Act.CANCEL, by=operator)
    do(good, Act.RETRY, operator)

    assert (standing(bad), standing(good)) == ([Status.RETURNED], [Status.WAITING])
    assert not CauseAct.objects.filter(finished_at=None).exists()


def test_who_may_no_longer_decide_has_nothing_done(failing: Failing, operator: User) -> None:  # noqa: F811
    rows = failing(2, by=operator)
    causes_acting.ask(cause_of(rows[0]), Act.RETRY, by=operator)
    User.objects.filter(pk=operator.pk).update(is_active=False)

    causes_acting.go_on(5)

    assert standing(rows) == [Status.RETURNED] * 2
    assert CauseAct.objects.get().finished_at is not None
