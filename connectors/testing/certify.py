"""Runs the kit: every promise that makes sense for a connector, and every answer code that it claims to know.

Given to pytest by the plugin, or imported by a test module: `from connectors.testing.certify import *`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors.sandbox import Department
from connectors.subject import Subject, subjects
from connectors.testing import Check, checks_for, gives_the_claimed_outcome
from connectors.trial import Trial

__all__ = [
    "departments",
    "pytest_generate_tests",
    "test_a_connector_keeps_its_promise",
    "test_an_answer_code_becomes_the_claimed_outcome",
]

Departments = Callable[[Subject], Department]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each promise and each code of the connectors asked for with --connector, or of all there are."""
    if "subject" not in metafunc.fixturenames:
        return
    asked = subjects(metafunc.config.getoption("--connector"))
    cases: list[tuple[Subject, Check | str]]
    if "check" in metafunc.fixturenames:
        name, cases = "check", [(one, check) for one in asked for check in checks_for(one)]
    else:
        name, cases = "code", [(one, code) for one in asked for code in one.claims]
    said = [f"{one.profile.slug}-{getattr(case, '__name__', case)}" for one, case in cases]
    metafunc.parametrize(("subject", name), cases, ids=said)


@pytest.fixture(scope="module")
def departments(database_url: str) -> Iterator[Departments]:
    """Every department that is asked for, up and in a hurry; each check begins on its first day."""
    running: dict[str, Department] = {}

    def department(subject: Subject) -> Department:
        if subject.package not in running:
            made = subject.department
            assert database_url or not made.needs_database, f"{made.key} works on tables: give --sandbox-database"
            running[subject.package] = made(database_url=database_url)
            running[subject.package].start()
        return running[subject.package]

    yield department
    for one in running.values():
        one.stop()


def test_a_connector_keeps_its_promise(subject: Subject, check: Check, departments: Departments) -> None:
    check(Trial(subject, departments(subject)))


def test_an_answer_code_becomes_the_claimed_outcome(subject: Subject, code: str, departments: Departments) -> None:
    gives_the_claimed_outcome(Trial(subject, departments(subject)), code)
