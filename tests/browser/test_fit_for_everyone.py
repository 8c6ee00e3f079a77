"""Every page of the desk is fit for gloves, sunlight, small screens and people who read with their ears; in Chinese."""

from __future__ import annotations

from typing import Any

import pytest

from gridapp.desk import looking
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Building, Record
from tests.browser import desk_walk
from tests.browser.desk_walk import Cast
from tests.browser.fitness import Walk
from tests.conftest import OpenPage, SignIn
from tests.desk.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Server:
    url: str


@pytest.fixture
def cast(
    worker: User, other_worker: User, areas: dict[str, Area], building: Building, flat: Record, resident: Record
) -> Cast:
    supervisor = create_account(
        "supervisor", name="赵督导", role=Role.SUPERVISOR, areas=[areas["990101"]], password=PASSWORD
    )
    return Cast(worker, other_worker, supervisor, building, flat, resident)


@pytest.fixture
def walk(open_page: OpenPage, live_server: Server) -> Walk:
    return Walk(open_page(service_workers="block"), live_server.url)


def test_before_signing_in(walk: Walk) -> None:
    desk_walk.nobody(walk)

    assert walk.found == []


def test_on_the_first_day(walk: Walk, sign_in: SignIn, cast: Cast) -> None:
    desk_walk.nothing_yet(walk, sign_in, cast)

    assert walk.found == []


def test_looking_around(walk: Walk, sign_in: SignIn, cast: Cast) -> None:
    desk_walk.looking_around(walk, sign_in, cast)

    assert walk.found == []


def test_when_something_breaks(walk: Walk, sign_in: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(walk.page, cast.worker)

    def broken(*args: Any, **told: Any) -> Any:
        raise ValueError("broken")

    monkeypatch.setattr(looking, "render", broken)
    for language in ("en", "zh"):
        told = {"name": "django_language", "value": "en" if language == "en" else "zh-hans", "url": walk.url}
        walk.page.context.add_cookies([told])  # type: ignore[list-item]
        walk.language = language
        walk.open("/", status=500)
        walk.look("broken")

    assert walk.found == []
