"""One account of each role with a token, a flat in each of two grids, clients whose answers are held to the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest

from gridapp.api import pace
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import seed
from gridapp.delivery.models import Attempt, Delivery
from gridapp.org import tokens
from gridapp.org.models import Role, User
from gridapp.registry.models import Building, Entry, Household, Record, Residency
from tests import factories
from tests.api.description import DescribedClient

Stored = Callable[[], dict[str, int]]


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """What other tests asked in the same minute does not count."""
    pace.limits.storage.reset()


class ClientOf(Protocol):
    """See the fixture `client_of`."""

    def __call__(self, name: str, **headers: str) -> DescribedClient: ...


@pytest.fixture
def accounts(db: None) -> dict[str, User]:
    """The small cast and those who only read; officer and auditor see the whole district."""
    cast = factories.cast()
    reading = {
        role.value: factories.UserFactory.create(username=role.value, role=role, areas=[factories.DISTRICT])
        for role in (Role.OFFICER, Role.AUDITOR)
    }
    entering = {name: getattr(cast, name) for name in ("worker", "other_worker", "supervisor", "administrator")}
    return entering | reading


@pytest.fixture
def client_of(accounts: dict[str, User]) -> ClientOf:
    """`client_of("worker")`: a client with that account's token; "anonymous" has none."""

    def client(name: str, **headers: str) -> DescribedClient:
        made = DescribedClient(headers=headers)
        if name != "anonymous":
            made.credentials(HTTP_AUTHORIZATION=f"Token {tokens.issue(accounts[name])}")
        return made

    return client


@pytest.fixture
def worker(client_of: ClientOf) -> DescribedClient:
    return client_of("worker")


@pytest.fixture
def home(accounts: dict[str, User]) -> Record:
    """A flat of the worker's grid."""
    return factories.flat(accounts["worker"])


@pytest.fixture
def far_home(accounts: dict[str, User]) -> Record:
    """A flat of the other worker's grid."""
    return factories.flat(accounts["other_worker"])


@pytest.fixture
def live_targets(db: None) -> dict[str, Target]:
    """All targets of the district; those whose connector speaks are switched on."""
    seed()
    Target.objects.filter(key__in=["FWBM", "JZDJ", "PDA", "WG"]).update(enabled=True)
    return {target.key: target for target in Target.objects.all()}


@pytest.fixture
def stored(db: None) -> Stored:
    """How many rows there are of everything that an entry may write."""
    kept = (Entry, Record, Residency, Household, Building, Delivery, Attempt)

    def count() -> dict[str, int]:
        return {model.__name__: model._default_manager.count() for model in kept}

    return count
