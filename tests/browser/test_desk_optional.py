"""While a form is filled in, the word 选填 and the fold follow what is needed now."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from gridapp.catalogue import targets as configured
from gridapp.contract import Kind, Layout, Profile, Row, is_in
from gridapp.registry.models import Building

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Server:
    url: str


@pytest.fixture
def certificate_wanted(targets: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The district has one system more: of let flats it needs the certificate, which is rare otherwise."""
    row = Row("housing.ownership_cert_no", "certNo", required=is_in("housing.is_rental", True))
    layouts = {Kind.HOUSING: Layout(rows=(row,))}
    profile = Profile(key="X", slug="x", zh="测试系统", en="Test", owner="测试局", basis="测试法", layouts=layouts)
    found = [*configured.targets(), SimpleNamespace(target=SimpleNamespace(key="X"), profile=profile, live=True)]
    monkeypatch.setattr(configured, "targets", lambda: found)  # no department here needs a rare field


def say(page: Page, name: str, label: str) -> None:
    with page.expect_response("**/entries/check/housing/"):
        page.locator(f'[data-field="{name}"]').get_by_label(label, exact=True).tap()


def test_half_a_lease_is_not_optional_any_more(
    on_tablet: Page, live_server: Server, building: Building, targets: None
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/housing/?building={building.code}&floor=4&room_no=402")
    say(page, "housing.is_rental", "是")
    end = page.locator('[data-field="tenancy.lease_end"] .optional')
    expect(end).to_have_text("选填")

    page.locator("#f-tenancy-lease_start").fill("20240301")
    page.locator("#f-tenancy-lease_end").focus()
    expect(end).to_be_empty()
    page.locator("#f-tenancy-lease_start").fill("")
    page.locator("#f-tenancy-lease_end").focus()

    expect(end).to_have_text("选填")


def test_a_rare_field_comes_out_of_the_fold_when_it_is_needed_and_goes_back(
    on_tablet: Page, live_server: Server, building: Building, certificate_wanted: None
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/housing/?building={building.code}&floor=4&room_no=402")
    field = page.locator('[data-field="housing.ownership_cert_no"]')
    folded = page.locator('[data-folded] [data-field="housing.ownership_cert_no"]')
    expect(field).to_be_hidden()

    say(page, "housing.is_rental", "是")
    expect(field).to_be_visible()
    expect(folded).to_have_count(0)
    expect(field.locator(".optional")).to_be_empty()
    expect(page.locator("#folded-housing")).to_be_hidden()
    say(page, "housing.is_rental", "否")

    expect(folded).to_have_count(1)
