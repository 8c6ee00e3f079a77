"""Every registered connector that has a sandbox keeps the promises of connectors/testing.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors import testing, trial
from connectors.sandbox import Department
from connectors.trial import Subject, Trial

SUBJECTS = trial.subjects()


@pytest.fixture(scope="module")
def departments(database_url: str) -> Iterator[dict[str, Department]]:
    """Every department, up and in a hurry; each check begins on its first day."""
    running = {one.package: one.department(database_url=database_url) for one in SUBJECTS}
    for department in running.values():
        department.start()
    yield running
    for department in running.values():
        department.stop()


def test_there_is_somebody_to_certify() -> None:
    assert len(SUBJECTS) >= 4


@pytest.mark.parametrize("check", testing.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.connector.profile.slug)
def test_a_connector_keeps_its_promise(
    subject: Subject, check: Callable[[Trial], None], departments: dict[str, Department]
) -> None:
    check(Trial(subject, departments[subject.package]))


@pytest.mark.parametrize(
    ("subject", "code"),
    [pytest.param(one, code, id=f"{one.connector.profile.slug}-{code}") for one in SUBJECTS for code in one.claims],
)
def test_an_answer_code_becomes_the_claimed_outcome(
    subject: Subject, code: str, departments: dict[str, Department]
) -> None:
    testing.gives_the_claimed_outcome(Trial(subject, departments[subject.package]), code)
