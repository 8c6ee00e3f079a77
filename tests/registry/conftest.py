"""The small cast, and a flat of the worker's grid."""

from __future__ import annotations

import pytest

from gridapp.org.models import User
from gridapp.registry.models import Record
from tests import factories


@pytest.fixture
def people(db: None) -> factories.Cast:
    return factories.cast()


@pytest.fixture
def worker(people: factories.Cast) -> User:
    return people.worker


@pytest.fixture
def other_worker(people: factories.Cast) -> User:
    return people.other_worker


@pytest.fixture
def supervisor(people: factories.Cast) -> User:
    return people.supervisor


@pytest.fixture
def home(worker: User) -> Record:
    return factories.flat(worker)


@pytest.fixture
def far_home(other_worker: User) -> Record:
    """A flat of the other worker's grid."""
    return factories.flat(other_worker)
