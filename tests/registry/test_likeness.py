"""Who may be the person being typed: by the document for certain, by what else agrees perhaps; never outside scope."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gridapp.org.models import User
from gridapp.registry import alike, views
from gridapp.registry.alike import Why
from gridapp.registry.models import NotSame, Record
from tests import factories
from tests.factories import act, submit

NUMBER, OTHER_NUMBER = "990101199202290010", "990101199202290037"


@pytest.fixture
def known(worker: User, home: Record) -> Record:
    return factories.resident(worker, home, name="测试甲", id_number=NUMBER, phone="13912345678")


def judged(**fields: Any) -> dict[str, Any]:
    return {"id_type": "111", **fields}


def why(by: User, **fields: Any) -> list[Why]:
    return [one.why for one in alike.perhaps(judged(**fields), by=by, entry_id=uuid4())]


def test_the_same_document_is_found(worker: User, known: Record) -> None:
    assert alike.same_document(judged(id_number=NUMBER), by=worker) == known
    assert alike.same_document(judged(id_number=OTHER_NUMBER), by=worker) is None
    assert alike.same_document(judged(), by=worker) is None


def test_a_document_that_somebody_had_before_is_found(worker: User, home: Record) -> None:
    person = factories.resident(worker, home, id_type="414", id_number="E12345678", sex="1", birth_date="1990-01-01",
                                nationality="USA", name="TEST ANNA", foreign_surname="TEST", foreign_given_name="ANNA",
                                id_doc_expiry_date="2030-01-01")  # fmt: skip
    submit(worker, act(person, "change", id_number="E87654321"))

    assert alike.same_document({"id_type": "414", "id_number": "E12345678"}, by=worker) == person


def test_nobody_is_told_of_people_of_other_areas(other_worker: User, known: Record) -> None:
    assert alike.same_document(judged(id_number=NUMBER), by=other_worker) is None
    assert why(other_worker, name="测试甲", phone="13912345678") == []


@pytest.mark.parametrize(
    ("typed", "reasons"),
    [
        ({"name": "测试甲"}, []),
        ({"phone": "13912345678"}, []),
        ({"name": "测试乙", "phone": "13912345678"}, []),
        ({"name": "测试甲乙", "id_number": OTHER_NUMBER}, []),
        ({"name": "测试甲", "phone": "13912345678"}, [Why.NAME_AND_PHONE]),
        ({"name": "测试甲", "id_number": OTHER_NUMBER}, [Why.NAME_AND_BIRTH]),
        ({"name": "测试甲", "id_number": "990101199202230018"}, [Why.NEARLY_THE_NUMBER]),
        ({"name": "测试乙", "phone": "13912345678", "id_number": "990101199202290037"}, [Why.NEARLY_THE_NUMBER]),
        ({"name": "测试甲", "id_number": "99010119880229001X"}, []),
        ({"name": "测", "id_number": "990101199202230018"}, []),
        ({"name": "测", "phone": "13912345678", "id_number": "990101199202230018"}, [Why.NEARLY_THE_NUMBER]),
    ],
)
def test_what_must_agree_before_the_worker_is_asked(
    worker: User, known: Record, typed: dict[str, Any], reasons: list[Why]
) -> None:
    assert why(worker, **typed) == reasons


def test_whoever_was_told_apart_is_not_asked_about_again(worker: User, known: Record) -> None:
    entry, typed = uuid4(), judged(name="测试甲", phone="13912345678")

    alike.tell_apart(known, entry, by=worker)
    alike.tell_apart(known, entry, by=worker)

    assert alike.perhaps(typed, by=worker, entry_id=entry) == []
    assert len(alike.perhaps(typed, by=worker, entry_id=uuid4())) == 1
    assert NotSame.objects.get().by == worker


def test_one_of_the_same_name_costs_as_many_statements_as_many(worker: User, known: Record, home: Record) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            why(worker, name="测试甲", phone="13912345678", id_number=OTHER_NUMBER)
        return len(seen)

    before = statements()
    for _ in range(3):
        factories.resident(worker, home, name="测试甲", phone="13912345678")

    assert statements() == before


@pytest.mark.parametrize(
    "typed", [{}, {"name": "测试甲"}, {"phone": "13912345678"}, {"name": "测", "id_number": OTHER_NUMBER}]
)
def test_what_can_be_nobody_asks_the_database_nothing(worker: User, known: Record, typed: dict[str, Any]) -> None:
    with CaptureQueriesContext(connection) as seen:
        assert why(worker, **typed) == []

    assert len(seen) == 0


def test_the_look_ups_are_answered_by_indexes(worker: User, known: Record) -> None:
    with CaptureQueriesContext(connection) as seen:
        alike.same_document(judged(id_number=NUMBER), by=worker)
        why(worker, name="测试甲", phone="13912345678")

    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX record_scope")  # for three people the area is enough; for a million it is not
    plans = [plan_of(one["sql"]) for one in seen if "registry_record" in one["sql"]]
    assert plans
    assert not any("Seq Scan on registry_record" in plan for plan in plans)
    assert "record_tokens" in plans[-1]


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        # What was counted of the rows that other tests had there decides nothing
        cursor.execute("UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE relname LIKE 'registry\\_%'")
        cursor.execute("SET LOCAL enable_seqscan = off")  # a table of three rows is read whole otherwise
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_a_record_is_compared_as_it_is_read_elsewhere(worker: User, known: Record) -> None:
    """The view of a record, as the form judges it, is like itself."""
    own = {name: value for name, value in views.view(known, on=known.created_at.date()).items() if "." not in name}

    assert [one.record for one in alike.perhaps(own, by=worker, entry_id=uuid4())] == [known]
