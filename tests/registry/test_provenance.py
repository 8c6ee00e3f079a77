"""Beside each value: who said it last, and when; or which target gave it."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry import provenance, references
from gridapp.registry.models import Record
from tests import factories
from tests.factories import act, submit


def test_the_entry_that_said_it_last_is_named(worker: User, supervisor: User, home: Record) -> None:
    person = factories.resident(worker, home, phone="13912345678")
    User.objects.filter(pk=supervisor.pk).update(first_name="赵测试")
    submit(User.objects.get(pk=supervisor.pk), act(person, "change", phone="13912345679"))
    submit(worker, act(person, "verify"))

    found = provenance.sources(person, registry.history(person))

    assert (found["name"].by, found["phone"].by) == ("李测试", "赵测试")
    assert found["phone"].at > found["name"].at
    assert found["residency.start_date"].by == "李测试"
    assert "age" not in found


def test_what_a_target_gave_names_the_target(worker: User, home: Record) -> None:
    references.receive(home, {references.HOUSING_CODE: f"{home.building_id}000301"}, source="FWBM")

    found = provenance.sources(home, registry.history(home))

    assert (found[references.HOUSING_CODE].target, found[references.HOUSING_CODE].by) == ("FWBM", "")
    assert found["housing.room_no"].by == "李测试"


def test_it_is_one_statement_whatever_the_number_of_entries(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)
    for phone in ("13912345671", "13912345672", "13912345673"):
        submit(worker, act(person, "change", phone=phone))
    history = registry.history(person)

    with CaptureQueriesContext(connection) as seen:
        provenance.sources(person, history)

    assert len(seen) == 1
