"""Which office got which of a record's data, as the tries tell it: exactly what went out, and nothing that did not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from gridapp.catalogue.targets import Configured
from gridapp.contract import Delivered, Kind, Outcome, Parcel, Rejected, Unavailable
from gridapp.delivery import byhand, disclosure, disclosure_fields, lane
from gridapp.delivery.disclosure import Came, Disclosed
from gridapp.delivery.models import Attempt, Delivery, FieldSet
from gridapp.delivery.plan import plan
from gridapp.org.models import Area, Role, User
from gridapp.registry.models import Record

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _brief(settings: Settings) -> None:
    settings.LANE_LINGER = 0
    disclosure_fields.forget()  # each test has tables of its own


@pytest.fixture
def planned(scripted: Any, make_record: Callable[..., Record]) -> Callable[..., Record]:
    def make(**fields: Any) -> Record:
        record = make_record(**fields)
        with transaction.atomic():
            plan([record.id])
        return record

    return make


def told(record: Record) -> list[Disclosed]:
    return disclosure.of(record)


def tried(record: Record, outcome: str, *, code: str = "", action: str = "create", **more: Any) -> Attempt:
    row = Delivery.objects.get(record=record)
    now = timezone.now()
    return Attempt.objects.create(
        delivery=row, version=1, generation=1, action=action, outcome=outcome, code=code, started_at=now,
        finished_at=now, **more,
    )  # fmt: skip


def test_nobody_was_told_of_what_was_never_sent(planned: Any) -> None:
    assert told(planned()) == []


def test_exactly_the_fields_that_went_out_are_named(scripted: Any, planned: Any) -> None:
    record = planned(phone=None, occupation="焊工")

    lane.serve(scripted.target.pk)

    (line,) = told(record)
    (sent,) = line.sent
    assert sent.fields == tuple(sorted(scripted.seen[0].fields)) == ("name",)
    assert (sent.is_exact, sent.came, sent.version, sent.tries) == (True, Came.TAKEN, 1, 1)
    assert line.holds == 1
    assert line.reference.startswith("R-")


def test_a_later_version_stands_beside_the_earlier_one_with_its_own_fields(scripted: Any, planned: Any) -> None:
    from gridapp import sealing

    record = planned(phone=None)
    lane.serve(scripted.target.pk)
    record.sealed = sealing.seal_json({"name": "测试甲", "phone": "13912345678"}, bound_to=record.bound_to)
    Record.objects.filter(pk=record.pk).update(sealed=record.sealed, version=2)
    with transaction.atomic():
        plan([record.pk])

    lane.serve(scripted.target.pk)

    (line,) = told(record)
    assert [(sent.version, sent.fields) for sent in line.sent] == [(1, ("name",)), (2, ("name", "phone"))]
    assert line.fields == ("name", "phone")
    assert line.holds == 2


@pytest.mark.parametrize(
    ("answer", "came"),
    [(Rejected("E1", "号码不对"), Came.REFUSED), (Delivered("R-1"), Came.TAKEN)],
)
def test_who_saw_it_is_named_whether_they_took_it_or_not(
    scripted: Any, planned: Any, answer: Outcome, came: Came
) -> None:
    scripted.script = staticmethod(lambda parcel: answer)
    record = planned()

    lane.serve(scripted.target.pk)

    (line,) = told(record)
    assert line.sent[0].came == came
    assert line.holds == (1 if came == Came.TAKEN else None)


def _unreached(parcel: Parcel) -> Outcome:
    raise Unavailable("connection refused", maybe_sent=False, reached=False)


def test_a_call_that_never_came_about_told_nobody(scripted: Any, planned: Any) -> None:
    scripted.script = staticmethod(_unreached)
    record = planned()

    lane.serve(scripted.target.pk)

    assert Attempt.objects.get(delivery__record=record).code == "unreached"
    assert told(record) == []


@pytest.mark.parametrize(
    ("outcome", "code", "action"),
    [
        ("unavailable", "unreached", "create"),
        ("broken", "unreadable", "create"),
        ("manual", "by_hand", "create"),
        ("lost", "", "compare"),
        ("delivered", "", "track"),
    ],
)
def test_what_is_no_disclosure(planned: Any, outcome: str, code: str, action: str) -> None:
    record = planned()

    tried(record, outcome, code=code, action=action)

    assert told(record) == []


def test_a_try_that_says_nothing_of_its_fields_counts_for_all_that_may_go_there(planned: Any) -> None:
    record = planned(phone=None)

    tried(record, "unknown", code="worker_gone")

    (line,) = told(record)
    assert (line.sent[0].fields, line.is_exact, line.sent[0].came) == (("name", "phone"), False, Came.UNSURE)


def test_a_workbook_that_was_taken_back_told_nobody(planned: Any) -> None:
    clerk = User.objects.create(username="clerk")
    record = planned()

    tried(record, "exported", by=clerk)
    assert told(record)[0].sent[0].came == Came.HANDED
    tried(record, "withdrawn", by=clerk)

    assert told(record) == []


def test_what_a_person_typed_over_there_is_told_with_its_fields(scripted: Any, planned: Any) -> None:
    clerk = User.objects.create(username="clerk", role=Role.SUPERVISOR)
    clerk.areas.set([Area.objects.create(code="990101001", name="测试街道")])
    record = planned(phone=None)
    Delivery.objects.filter(record=record).update(status="manual", due_at=None)
    row = Delivery.objects.get(record=record)

    byhand.filled(row, Configured(scripted.target, scripted.profile, scripted), numbers={}, generation=1, by=clerk)

    (line,) = told(record)
    assert (line.sent[0].fields, line.is_exact) == (("name",), True)


def test_who_sends_back_what_waits_for_them_has_told_nobody(scripted: Any, planned: Any) -> None:
    clerk = User.objects.create(username="clerk", role=Role.SUPERVISOR)
    record = planned()
    Delivery.objects.filter(record=record).update(status="manual", due_at=None)
    row = Delivery.objects.get(record=record)

    byhand.sent_back(
        row, Configured(scripted.target, scripted.profile, scripted), reason="不清楚", field="", generation=1, by=clerk
    )

    assert told(record) == []


def test_every_system_without_a_try_is_named_as_not_told(scripted: Any, planned: Any) -> None:
    record = planned()

    assert [one.target.key for one in disclosure.untold(record, told(record))] == ["TEST"]

    lane.serve(scripted.target.pk)
    assert disclosure.untold(record, told(record)) == []


def test_the_same_names_have_the_same_number_in_any_order() -> None:
    assert disclosure_fields.number_of(frozenset(["a", "b"])) == disclosure_fields.number_of(frozenset(["b", "a"]))
    assert disclosure_fields.number_of(frozenset(["a", "b"])) != disclosure_fields.number_of(frozenset(["ab"]))
    assert 0 <= disclosure_fields.number_of(frozenset()) < 2**63


def test_a_set_is_written_once_a_process_and_again_after_a_rollback() -> None:
    names = frozenset({f"field{uuid.uuid4().hex[:8]}"})
    try:
        with transaction.atomic():
            disclosure_fields.keep([names])
            raise RuntimeError
    except RuntimeError:
        disclosure_fields.keep([names])

    assert FieldSet.objects.get(pk=disclosure_fields.number_of(names)).names == list(names)
    with CaptureQueriesContext(connection) as asked:
        disclosure_fields.keep([names])
    assert len(asked) == 0


def test_no_value_stands_in_what_is_written_down(scripted: Any, planned: Any) -> None:
    planned()

    lane.serve(scripted.target.pk)

    assert {name for row in FieldSet.objects.all() for name in row.names} == {"name", "phone"}
    assert scripted.profile.layouts[Kind.RESIDENT].sources == {"name", "phone"}
