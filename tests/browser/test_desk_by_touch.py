"""The worker's whole way with a finger: choose the home, fill in the form, see where it goes."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm
from gridapp.registry.models import Building, Entry, Record
from tests.conftest import DESK, OpenPage, SignIn
from tests.desk.cast import GRID, RESIDENT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOWN_IN_README = Path(__file__).resolve().parents[2] / "docs" / "screenshot.png"


class Server:
    url: str


def choose(page: Page, *chips: str) -> None:
    """Taps chips named `field=label`."""
    for chip in chips:
        field, _, label = chip.partition("=")
        page.locator(f'[data-field="{field}"]').get_by_label(label, exact=True).tap()


def type_into(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"#f-{name}").fill(value)


def settled(page: Page) -> None:
    """The last check is answered, so that the fields shown are the ones asked."""
    page.wait_for_load_state("networkidle")


def enter_g1(page: Page, started: str) -> None:
    """The resident of golden case G1: from another city, employed, rents a room since a few days."""
    type_into(page, id_number="990101199202290010", name="测试甲")
    choose(page, "ethnicity=汉族", "residency.residency_kind=租住")
    page.locator("#f-residency-start_date").fill(started)
    type_into(page, phone="139 1234 5678")
    page.locator("#f-hukou_division").press_sequentially("南山区")
    page.get_by_role("button", name="广东省深圳市南山区").tap()
    type_into(page, hukou_address="测试路1号")
    expect(page.locator('[data-field="inflow_reason"]')).to_be_visible()
    choose(page, "inflow_reason=务工", "education=大学本科教育", "political_status=群众", "marital_status=未婚")
    type_into(page, native_place="440305", occupation="装配工", inflow_date=started)
    choose(page, "occupation_category=生产制造及有关人员")
    expect(page.locator("#f-employer_uscc")).to_be_visible()
    type_into(page, employer_uscc="9199010100000001AQ")
    page.locator("#f-occupation").focus()
    expect(page.locator("#f-employer_name")).to_be_visible()
    type_into(page, employer_name="测试电子厂")
    choose(page, "hukou_type=家庭户")


def test_a_resident_is_entered_and_seven_systems_are_named(
    on_tablet: Page, live_server: Server, flat: Record, screenshots: Path
) -> None:
    page = on_tablet
    started = (timezone.localdate() - timedelta(days=5)).strftime("%Y%m%d")

    page.goto(f"{live_server.url}/")
    page.get_by_role("link", name="录入居民").tap()
    page.get_by_role("link", name="芳草园").tap()
    page.get_by_role("link", name="301").tap()
    enter_g1(page, started)
    expect(page.locator("#readiness .targets > li")).to_have_count(7)
    page.get_by_role("button", name="保存", exact=True).tap()

    expect(page.get_by_role("heading", level=1, name="测试甲")).to_be_visible()
    expect(page.locator("[data-target]")).to_have_count(7)
    targets = {one.get_attribute("data-target") for one in page.locator("[data-target]").all()}
    assert targets == {"JZDJ", "ZZSB", "PDA", "LB", "WG", "SZZ", "GXPT"}
    document = Record.objects.get(kind="resident").document()
    assert (document["phone"], document["hukou_division"]) == ("13912345678", "440305")
    page.screenshot(path=screenshots / "resident.png", full_page=True)


def test_a_flat_is_entered_and_eight_systems_are_named(
    on_tablet: Page, live_server: Server, building: Building, targets: None
) -> None:
    page = on_tablet
    today = timezone.localdate()

    page.goto(f"{live_server.url}/entries/choose/housing/?building={building.code}&floor=4")
    page.get_by_label("新房号").fill("402")
    page.get_by_role("button", name="录入这套房").tap()
    choose(page, "housing.house_form=单间/隔断间", "housing.housing_status=在用", "housing.is_rental=是")
    expect(page.locator('[data-field="housing.rental_mode"]')).to_be_visible()
    choose(page, "housing.rental_use=住房", "housing.rental_mode=分租(合租)", "housing.hidden_danger_types=火灾隐患")
    choose(page, "housing.security_letter_signed=是", "housing.owner_type=个人", "housing.owner_id_type=居民身份证")
    page.locator("#f-housing-hidden_danger_note").fill("楼道堆放电动车")
    page.locator("#f-housing-owner_name").fill("测试房东")
    page.locator("#f-housing-owner_phone").fill("13912345679")
    page.locator("#f-housing-owner_id_number").fill("99010119380815004X")
    page.locator("#f-housing-owner_address").fill("测试路9号")
    page.locator("#f-tenancy-lease_start").fill(today.isoformat())
    page.locator("#f-tenancy-lease_end").fill((today + timedelta(days=300)).isoformat())
    expect(page.locator("#readiness .targets > li")).to_have_count(8)
    expect(page.locator('[data-field="tenancy.monthly_rent"] .optional')).to_be_empty()
    expect(page.locator('[data-field="housing.rental_rooms"] .optional')).to_have_text("选填")
    page.locator("#f-housing-floor_area").fill("18.5")
    page.get_by_role("button", name="保存", exact=True).tap()

    expect(page.get_by_role("heading", level=1, name="402")).to_be_visible()
    shown = {one.get_attribute("data-target") for one in page.locator("[data-target]").all()}
    assert shown == {"FWBM", "PDA", "GZZ", "AQSC", "WG", "SZZ", "GXPT", "ZLBA"}


@pytest.fixture
def complete(worker: User, flat: Record) -> Record:
    """A resident of whom every connected system has what it needs but the flat's code."""
    more = {
        "native_place": "440305",
        "inflow_reason": "01",
        "education": "20",
        "political_status": "13",
        "marital_status": "10",
        "occupation_category": "60000",
        "occupation": "装配工",
        "employer_uscc": "9199010100000001AQ",
        "employer_name": "测试电子厂",
        "hukou_type": "1",
    }
    form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, RESIDENT | more, housing=flat.id)
    return submit(form, by=worker).record


def test_the_page_follows_the_deliveries_without_a_reload(
    open_page: OpenPage, sign_in: SignIn, worker: User, live_server: Server, complete: Record, screenshots: Path
) -> None:
    page = open_page(DESK)
    sign_in(page, worker)
    page.goto(f"{live_server.url}/records/{complete.id}/")
    expect(page.locator('[data-target="JZDJ"]')).to_have_attribute("data-status", "held")

    moved = Delivery.objects.filter(record=complete, target__key__in=["PDA", "WG"])
    moved.update(status=Status.DELIVERED, hold="", waits_for="", reason_code="", reference="P-2026-000017")
    moved = Delivery.objects.filter(record=complete, target__key="JZDJ")
    moved.update(status=Status.SUBMITTED, hold="", waits_for="", reason_code="", ticket="SL-000017")

    expect(page.locator('[data-target="JZDJ"]')).to_have_attribute("data-status", "submitted")
    expect(page.locator('[data-target="PDA"]')).to_contain_text("P-2026-000017")
    page.screenshot(path=screenshots / "record.png")
    if os.environ.get("SCREENSHOT") or not SHOWN_IN_README.exists():
        SHOWN_IN_README.parent.mkdir(exist_ok=True)
        shutil.copyfile(screenshots / "record.png", SHOWN_IN_README)


def test_the_page_goes_on_following_when_the_server_is_back(
    on_tablet: Page, live_server: Server, complete: Record
) -> None:
    page = on_tablet
    page.clock.install()
    page.goto(f"{live_server.url}/records/{complete.id}/")
    page.route("**/deliveries/*", lambda route: route.abort())
    page.clock.run_for(2_000)
    expect(page.locator("#no-answer")).to_be_visible()

    page.unroute("**/deliveries/*")
    Delivery.objects.filter(record=complete).update(status=Status.CANCELLED, hold="", waits_for="", due_at=None)
    page.clock.run_for(20_000)

    expect(page.locator('[data-target="PDA"]')).to_have_attribute("data-status", "cancelled")
    expect(page.locator("#no-answer")).to_be_hidden()


def test_a_returned_delivery_leads_to_the_very_field(on_tablet: Page, live_server: Server, resident: Record) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/records/{resident.id}/")

    page.locator('[data-target="WG"]').get_by_role("link", name="职业", exact=False).last.tap()

    expect(page.locator("#f-occupation")).to_be_focused()
    expect(page.locator('[data-field="occupation"] > label')).to_be_in_viewport(ratio=1)


def test_the_places_that_were_found_stay_until_one_is_chosen(
    on_tablet: Page, live_server: Server, flat: Record
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")
    type_into(page, id_number="990101199202290010")

    with page.expect_response("**/entries/check/resident/"):  # the live check knows another place, from the number
        page.locator("#f-hukou_division").press_sequentially("gdszns")
    settled(page)

    expect(page.get_by_role("button", name="广东省深圳市南山区")).to_be_visible()


def test_the_error_summary_has_the_focus_and_leads_to_the_field(
    on_tablet: Page, live_server: Server, flat: Record
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")
    type_into(page, id_number="990101199202290011", name="测试甲", phone="123")

    page.get_by_role("button", name="保存", exact=True).tap()

    expect(page.locator(".summary")).to_be_focused()
    expect(page).to_have_title("有误：录入居民 · 一次录入")
    expect(page.locator("#f-name")).to_have_value("测试甲")
    page.get_by_role("link", name="电话").tap()
    expect(page.locator("#f-phone")).to_be_focused()
    page.locator(".summary a").filter(has_text="民族").tap()
    expect(page.locator('[name="ethnicity"]').first).to_be_focused()


def test_a_field_is_judged_when_it_is_left_and_not_while_it_is_typed(
    on_tablet: Page, live_server: Server, flat: Record
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")

    page.locator("#f-phone").press_sequentially("123")
    settled(page)
    expect(page.locator("#e-phone")).to_be_empty()
    page.locator("#f-name").focus()

    expect(page.locator("#e-phone")).to_contain_text("电话")


def test_the_number_tells_birth_date_sex_and_age_and_offers_the_division(
    on_tablet: Page, live_server: Server, flat: Record
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")

    type_into(page, id_number="990101 19920229 0029")
    page.locator("#f-name").focus()

    expect(page.locator("#derived")).to_contain_text("1992-02-29")
    expect(page.locator("#derived")).to_contain_text("女")
    page.locator("#found-hukou_division button").tap()
    expect(page.locator("#f-hukou_division")).to_have_value("990101 测试省测试区")


def test_enter_goes_to_the_next_field_and_does_not_save(on_tablet: Page, live_server: Server, flat: Record) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")

    page.locator("#f-id_number").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#f-name")).to_be_focused()  # the type of document is answered already
    expect(page.locator(".summary")).to_have_count(0)
