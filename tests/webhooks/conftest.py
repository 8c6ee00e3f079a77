"""A system that is told of what a supervisor of both grids sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from gridapp.delivery import happened
from gridapp.delivery.models import Attempt, Delivery
from gridapp.org.models import Role, User
from gridapp.webhooks import endpoints, following, sending
from gridapp.webhooks.models import Endpoint, Message
from tests import factories
from tests.api.conftest import accounts, live_targets  # noqa: F401 - fixtures
from tests.webhooks.receiving import Receiver, receiver

Tell = Callable[[], int]


@pytest.fixture(autouse=True)
def all_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written a moment ago is told now."""
    monkeypatch.setattr(happened, "SETTLED", timedelta(0))


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def security(accounts: dict[str, User]) -> User:  # noqa: F811
    made: User = factories.UserFactory.create(role=Role.SECURITY, areas=[factories.DISTRICT])
    return made


@pytest.fixture
def made(there: Receiver, accounts: dict[str, User], security: User) -> tuple[Endpoint, str]:  # noqa: F811
    """The address and its secret."""
    kinds = [kind.value for kind in endpoints.TOLD]
    return endpoints.make("测试系统", there.url, kinds, user=accounts["supervisor"], by=security)


@pytest.fixture
def tell(db: None) -> Tell:
    """Reads on and sends what is due; how many arrived."""

    def told() -> int:
        following.follow()
        return sum(sending.serve(endpoint_id) for endpoint_id in sending.due())

    return told


def try_made(row: Delivery, outcome: str) -> Attempt:
    """A try of this delivery, as settling files it."""
    now = timezone.now()
    return Attempt.objects.create(
        delivery=row, version=1, generation=1, action="create", outcome=outcome, started_at=now, finished_at=now
    )


def again_now() -> None:
    """As if the time until the next try were over."""
    Message.objects.update(due_at=timezone.now())
    Endpoint.objects.update(rests_until=None)
