"""Whatever is sent, the answer is one that the interface description names: thousands of requests made from it.

Made by schemathesis, the same ones each time: half of them as described, the others break the description.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as conforming

from gridapp.catalogue.models import Target
from gridapp.org import tokens
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record
from gridapp.webhooks import endpoints
from gridapp.wsgi import application
from tests import factories
from tests.api.test_openapi import OPERATIONS

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
EXAMPLES = 16
"""Of each operation, kind and place: some 20 seconds altogether."""
ASKED = [
    not_a_server_error,
    conforming.status_code_conformance,
    conforming.content_type_conformance,
    conforming.response_headers_conformance,
    conforming.response_schema_conformance,
]
_described: list[Any] = []
MODES = {"as described": GenerationMode.POSITIVE, "not as described": GenerationMode.NEGATIVE}


@pytest.fixture
def real(accounts: dict[str, User], live_targets: dict[str, Target], home: Record) -> dict[str, str]:
    """Path parameters that lead somewhere."""
    person = factories.resident(accounts["worker"], home)
    endpoint, _secret = endpoints.make(
        "测试", "https://a.example/", ["record.closed"], user=accounts["administrator"], by=accounts["supervisor"]
    )
    entry = Entry.objects.filter(record=person).latest("number")
    return {"record_id": str(person.pk), "entry_id": str(entry.id), "key": "WG", "endpoint_id": str(endpoint.pk)}


@pytest.fixture
def described(db: None) -> Iterator[Any]:
    """The description, and the application behind it on the connection of this test, as Django's own client has it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    if not _described:
        _described.append(schemathesis.openapi.from_wsgi("/api/schema/", application))
    yield _described[0]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def ask(operation: Any, mode: GenerationMode, path: dict[str, str] | None, check: Callable[[Case[Any]], None]) -> None:
    """Makes requests of one operation and gives each to `check`."""
    names = {one.name for one in operation.path_parameters}
    told = {name: value for name, value in (path or {}).items() if name in names}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode, **({"path_parameters": told} if told else {})))
    def run(case: Case[Any]) -> None:
        check(case)

    run()


@pytest.mark.parametrize("name", ["administrator", "worker", "officer", "anonymous"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_described(
    path: str, method: str, mode: str, name: str, real: dict[str, str], described: Any, accounts: dict[str, User]
) -> None:
    token = "gridapp_nobodys" if name == "anonymous" else tokens.issue(accounts[name])
    sent = {"Authorization": f"Bearer {token}"}

    def check(case: Case[Any]) -> None:
        case.call_and_validate(headers=sent, checks=ASKED)

    operation = described[path][method.upper()]
    ask(operation, MODES[mode], real, check)
