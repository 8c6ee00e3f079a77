"""The same pages in English, whose words are longer."""

from __future__ import annotations

import pytest

from tests.browser import desk_walk
from tests.browser.desk_walk import Cast
from tests.browser.fitness import Walk
from tests.browser.test_fit_for_everyone import Server, cast  # noqa: F401 - a fixture
from tests.conftest import OpenPage, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def walk(open_page: OpenPage, live_server: Server) -> Walk:
    page = open_page(service_workers="block")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
    return Walk(page, live_server.url, "en")


def test_before_signing_in(walk: Walk) -> None:
    desk_walk.nobody(walk)

    assert walk.found == []


def test_on_the_first_day(walk: Walk, sign_in: SignIn, cast: Cast) -> None:  # noqa: F811
    desk_walk.nothing_yet(walk, sign_in, cast)

    assert walk.found == []


def test_looking_around(walk: Walk, sign_in: SignIn, cast: Cast) -> None:  # noqa: F811
    desk_walk.looking_around(walk, sign_in, cast)

    assert walk.found == []


def test_every_form(walk: Walk, sign_in: SignIn, cast: Cast) -> None:  # noqa: F811
    desk_walk.forms(walk, sign_in, cast)
    desk_walk.filling_in(walk, sign_in, cast)

    assert walk.found == []
