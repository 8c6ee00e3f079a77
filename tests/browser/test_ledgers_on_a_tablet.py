"""A community's ledger in a real browser: handed in, its columns put right, entered, what differs decided."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gridapp.delivery import ledgers as carrying
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record
from tests.browser.fitness import Walk
from tests.browser.test_fit_for_everyone import Server
from tests.browser.test_fit_for_supervisors import walk  # noqa: F401 - fixtures
from tests.conftest import SignIn
from tests.desk.cast import auditor  # noqa: F401
from tests.registry.ledger_books import TITLES, book, person
from tests.review.cast import people  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rows(flat: Record, resident: Record) -> list[list[str]]:
    """Somebody new, somebody whose phone we know otherwise, and a mistake."""
    code = f"{flat.building_id}000301"
    Record.objects.filter(pk=flat.pk).update(housing_code=code)
    known = resident.document()
    changed = person(code, name=known["name"], id_number=known["id_number"], phone="13912340009")
    return [person(code), changed, person(code, phone="12")]


def test_a_ledger_becomes_entries(
    walk: Walk,  # noqa: F811
    sign_in: SignIn,
    live_server: Server,
    people: dict[str, User],  # noqa: F811
    rows: list[list[str]],
) -> None:
    page, titles = walk.page, [*TITLES[:4], "民 族 成 分", *TITLES[5:]]
    sign_in(page, people["supervisor"])
    walk.open("/review/ledgers/")
    walk.look("ledgers-empty")

    file = {"name": "a.xlsx", "mimeType": "application/octet-stream", "buffer": book(*rows, titles=titles)}
    page.locator("#ledger").set_input_files(file)  # type: ignore[arg-type]
    page.locator("main button.main").tap()
    expect(page.locator("#progress")).to_be_visible()
    walk.look("ledger-reading")
    carrying.go_on(60)
    expect(page.locator(".summary")).to_be_visible()  # the page looks again by itself; nobody heads a column like that
    walk.look("ledger-lacking")
    page.locator("#c-4").select_option("ethnicity")
    page.locator('button[value="columns"]').tap()
    expect(page.locator(".standing")).to_have_count(3)
    walk.look("ledger-tried")
    page.locator('button[value="start"]').tap()
    expect(page.locator("#progress")).to_be_visible()

    carrying.go_on(60)
    page.locator("#progress a.button").tap()  # the page has asked by itself and says that it is over
    expect(page.locator("#row-3")).to_be_visible()
    walk.look("ledger-done")
    page.locator('#row-3 button[value="taken"]').tap()
    expect(page.locator("#row-3")).to_have_count(0)
    walk.open("/review/ledgers/")
    walk.look("ledgers")

    assert walk.found == []
    assert Entry.objects.latest("number").action == Entry.Action.CORRECT
    assert Record.objects.filter(kind="resident").count() == 2
