"""Two tablets edit one record offline and send in any order: nothing is overwritten in silence (fault F63)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from gridapp.org.models import User
from gridapp.registry import Refused
from gridapp.registry.models import Record
from tests import factories
from tests.factories import act, submit

FIELDS = {
    "occupation": ["焊工", "电工", "木工"],
    "employer_name": ["甲厂", "乙厂", "丙厂"],
    "education": ["20", "30", "40"],
    "marital_status": ["10", "20", "30"],
}
edits = some.lists(
    some.tuples(
        some.integers(min_value=0, max_value=3),  # how many versions behind the tablet is
        some.dictionaries(
            some.sampled_from([*FIELDS]), some.integers(min_value=0, max_value=2), min_size=1, max_size=4
        ),
    ),
    min_size=1,
    max_size=5,
)


def merged(versions: list[dict[str, str]], base: int, form: dict[str, str]) -> dict[str, str] | None:
    """The rule, said once more and simply: None where both sides changed one field to different values."""
    then, now = versions[base], versions[-1]
    touched = {name: value for name, value in form.items() if value != then[name]}
    if any(now[name] not in (then[name], value) for name, value in touched.items()):
        return None
    return {**now, **touched}


@pytest.fixture
def person(worker: User, home: Record) -> Record:
    return factories.resident(worker, home, **{name: values[0] for name, values in FIELDS.items()})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(forms=edits)
def test_the_end_is_what_the_rule_says(worker: User, person: Record, forms: list[tuple[int, dict[str, int]]]) -> None:
    with transaction.atomic():
        versions = [{name: person.document()[name] for name in FIELDS}]
        for behind, chosen in forms:
            form = {name: FIELDS[name][place] for name, place in chosen.items()}
            base = max(len(versions) - 1 - behind, 0)
            expected = merged(versions, base, form)
            assert _answer(worker, person, form, base + 1) == expected
            if expected is not None and expected != versions[-1]:
                versions.append(expected)
        transaction.set_rollback(True)


def _answer(worker: User, person: Record, form: dict[str, Any], base_version: int) -> dict[str, str] | None:
    try:
        with transaction.atomic():
            record = submit(worker, act(person, "change", **form, base_version=base_version)).record
    except Refused as refused:
        assert {one.code for one in refused.refusals} == {"changed_meanwhile"}
        return None
    return {name: record.document()[name] for name in FIELDS}
