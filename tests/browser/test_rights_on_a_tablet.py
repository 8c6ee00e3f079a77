"""What residents ask and are told, packages and incidents, by touch, in both languages and for every eye."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridapp.delivery.models import Delivery
from gridapp.org.models import User
from gridapp.registry import rights
from gridapp.registry.models import Record, RightsRequest
from gridapp.registry.rights import Decision
from tests.browser.fitness import Walk
from tests.browser.test_fit_for_everyone import Server
from tests.conftest import OpenPage, SignIn
from tests.desk.cast import auditor  # noqa: F401
from tests.review.cast import paper, people  # noqa: F401 - fixtures
from tests.review.rights_cast import lodged, second_supervisor, sent, tombstones  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["zh", "en"])
def walk(request: pytest.FixtureRequest, open_page: OpenPage, live_server: Server) -> Walk:
    page = open_page(service_workers="block")
    language = "en" if request.param == "en" else "zh-hans"
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    return Walk(page, live_server.url, request.param)


def test_what_a_supervisor_does_for_a_resident(
    walk: Walk,
    sign_in: SignIn,
    people: dict[str, User],  # noqa: F811
    resident: Record,
    sent: dict[str, Delivery],  # noqa: F811
    lodged: Callable[..., RightsRequest],  # noqa: F811
) -> None:
    asked, deletion = lodged("copy"), lodged("delete")
    rights.decide(asked, Decision("done", "清单已当面交给本人。"), by=people["supervisor"])
    sign_in(walk.page, people["supervisor"])
    record = f"/review/records/{resident.pk}"

    for name, path in (
        ("disclosure", f"{record}/disclosure/"),
        ("rights", "/review/rights/"),
        ("right-new", f"{record}/rights/new/"),
        ("right", f"/review/rights/{asked.pk}/"),
        ("right-delete", f"/review/rights/{deletion.pk}/"),
        ("archives", "/review/archives/"),
    ):
        walk.open(path)
        walk.look(name)

    assert walk.found == []


def test_what_a_security_administrator_finds_out(
    walk: Walk,
    sign_in: SignIn,
    people: dict[str, User],  # noqa: F811
    resident: Record,
) -> None:
    sign_in(walk.page, people["security"])
    walk.open("/review/incidents/")
    walk.look("incident")

    walk.page.locator(".chip", has=walk.page.locator("[value=account]")).tap()
    walk.page.locator("#i-which").fill("worker")
    walk.page.locator("form.card button.main").tap()
    walk.page.locator('[data-figure="people"]').wait_for()

    walk.look("incident-found")
    assert walk.found == []
