"""异议: what can be objected to, who sees it, which step follows which, and by when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from gridapp.contract import working_days_after
from gridapp.org.models import Role, User
from gridapp.registry import Refused, objections
from gridapp.registry.models import Objection, Record
from gridapp.registry.objections import Source, Status
from tests import factories
from tests.factories import GRID

pytestmark = pytest.mark.django_db
SECRET = "13912349999"


@pytest.fixture
def person(worker: User, home: Record) -> Record:
    return factories.resident(worker, home, phone="13912345678", ethnicity="01")


@pytest.fixture
def officer(people: factories.Cast) -> User:
    return factories.UserFactory.create(username="officer", role=Role.OFFICER, areas=["990101001"])


def lodge(record: Record, by: User, *, field: str = "phone", claimed: Any = SECRET, **told: Any) -> Objection:
    known: dict[str, Any] = {"source": Source.RESIDENT, "reason": "号码换了", **told}
    objection_id: UUID = known.pop("objection_id", None) or uuid4()
    objections.lodge(objection_id, record, field, claimed, by=by, **known)
    return Objection.objects.select_related("record").get(pk=objection_id)


def test_what_is_said_is_sealed(person: Record, worker: User) -> None:
    row = lodge(person, worker, contact="打新号码")

    content = objections.opened(row)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(o)::text FROM registry_objection o")
        stored = cursor.fetchone()[0]
    assert (content.claimed, content.was, content.contact) == (SECRET, "13912345678", "打新号码")
    assert [(one.act, one.text) for one in content.steps] == [("raised", "号码换了")]
    assert not any(text in stored for text in (SECRET, "13912345678", "号码换了"))


@pytest.mark.parametrize(("source", "days"), [(Source.DEPARTMENT, 10), (Source.GRID, 5), (Source.RESIDENT, 15)])
def test_each_has_its_time_in_working_days(person: Record, worker: User, source: Source, days: int) -> None:
    row = lodge(person, worker, source=source)

    assert row.due_on == working_days_after(timezone.localdate(), days)
    assert not objections.is_overdue(row, row.due_on)
    assert objections.is_overdue(row, row.due_on + timedelta(days=1))


@pytest.mark.parametrize(
    ("field", "claimed", "code"),
    [
        ("phone", "13912345678", "says_so"),
        ("phone", "123", "phone"),
        ("ethnicity", "98765", "ethnicity"),
        ("age", "31", "unknown_field"),
        ("residency.is_primary", "true", "unknown_field"),
        ("residency.end_reason", "1", "unknown_field"),
        ("housing.room_no", "401", "unknown_field"),
    ],
)
def test_what_is_no_value_of_the_record_is_refused(
    person: Record, worker: User, field: str, claimed: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        lodge(person, worker, field=field, claimed=claimed)

    assert [one.field for one in refused.value.refusals] == [field]
    assert code in {field, *(one.code for one in refused.value.refusals)}
    assert not Objection.objects.exists()


def test_a_value_can_be_none_at_all(person: Record, worker: User) -> None:
    row = lodge(person, worker, field="occupation", claimed="")

    assert objections.opened(row).claimed is None


def test_the_same_form_again_is_the_same_objection(person: Record, worker: User) -> None:
    first = lodge(person, worker)

    again = lodge(person, worker, objection_id=first.pk, claimed="13912348888")

    assert Objection.objects.count() == 1
    assert objections.opened(again).claimed == SECRET


def test_who_sees_it(person: Record, worker: User, other_worker: User, supervisor: User, officer: User) -> None:
    row = lodge(person, officer, source=Source.DEPARTMENT, target="GZZ")

    seen = {one.username: objections.seen_by(one).filter(pk=row.pk).exists()
            for one in (worker, other_worker, supervisor, officer)}  # fmt: skip

    assert seen == {"worker": True, "other_worker": False, "supervisor": True, "officer": True}


def test_who_may_do_what(person: Record, worker: User, other_worker: User, supervisor: User, officer: User) -> None:
    row = lodge(person, officer, source=Source.DEPARTMENT, target="GZZ")
    people = (worker, other_worker, supervisor, officer)

    assert [objections.handles(one, row) for one in people] == [False, False, True, False]
    assert [objections.checks(one, row) for one in people] == [True, False, True, False]
    assert [objections.tells(one, row) for one in people] == [False, False, False, True]
    assert [objections.may_raise(one) for one in people] == [True, True, True, True]


@pytest.mark.parametrize(
    ("done", "wanted", "taken"),
    [
        ([], Status.ACCEPTED, True),
        ([], Status.REFUSED, True),
        ([], Status.CHECKED, False),
        ([], Status.UPHELD, False),
        ([Status.ACCEPTED], Status.ACCEPTED, False),
        ([Status.ACCEPTED], Status.CHECKED, True),
        ([Status.ACCEPTED], Status.KEPT, False),
        ([Status.ACCEPTED, Status.CHECKED], Status.CHECKED, True),
        ([Status.ACCEPTED, Status.CHECKED], Status.KEPT, True),
        ([Status.ACCEPTED, Status.CHECKED], Status.UPHELD, True),
        ([Status.ACCEPTED, Status.CHECKED, Status.KEPT], Status.UPHELD, False),
        ([Status.ACCEPTED, Status.CHECKED], Status.OVER, True),
        ([Status.REFUSED], Status.OVER, False),
    ],
)
def test_which_step_follows_which(
    person: Record, worker: User, supervisor: User, done: list[str], wanted: str, taken: bool
) -> None:
    row = lodge(person, worker)
    for one in done:
        assert objections.step(row, one, by=supervisor, text="已看")

    assert objections.step(row, wanted, by=supervisor) is taken

    row.refresh_from_db()
    assert [one.act for one in objections.opened(row).steps] == ["raised", *done, *([wanted] if taken else [])]
    assert row.is_open is (row.status in objections.OPEN)


def test_who_raised_it_is_told_once_and_only_of_what_was_decided(
    person: Record, worker: User, supervisor: User
) -> None:
    row = lodge(person, worker)

    assert not objections.tell(row)
    objections.step(row, Status.REFUSED, by=supervisor, text="不在受理范围")
    assert objections.tell(row)
    assert not objections.tell(row)


def test_the_numbers_of_a_page(person: Record, worker: User, supervisor: User) -> None:
    late, refused, withdrawn = lodge(person, worker), lodge(person, worker), lodge(person, worker)
    lodge(person, worker)
    on = timezone.localdate()
    Objection.objects.filter(pk=late.pk).update(due_on=on - timedelta(days=1))
    objections.step(refused, Status.REFUSED, by=supervisor)
    objections.step(withdrawn, Status.OVER, by=worker)

    counted = objections.tally(objections.seen_by(worker), worker, on=on)

    assert counted == objections.Tally(open=2, overdue=1, untold=1, decided=1, in_time=1)


def test_a_flat_can_be_objected_to_as_well(home: Record, worker: User) -> None:
    row = lodge(home, worker, field="housing.owner_name", claimed="测试新房主")

    assert (row.grid_code, objections.opened(row).claimed) == (GRID, "测试新房主")
