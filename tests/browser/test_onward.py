"""The form goes on by itself where a value is whole, and stays where somebody is not done."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gridapp.registry.models import Record
from tests.browser.touching import Server, box, chip, field, pick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NUMBER = "990101199202290010"


@pytest.fixture
def form(on_tablet: Page, live_server: Server, flat: Record) -> Page:
    on_tablet.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")
    expect(box(on_tablet, "id_number")).to_be_focused()
    return on_tablet


@pytest.mark.parametrize("ending", ["Enter", "Tab"])
def test_what_a_card_reader_adds_is_no_second_step(form: Page, ending: str) -> None:
    form.keyboard.type(NUMBER)
    form.keyboard.press(ending)

    expect(box(form, "name")).to_be_focused()
    form.keyboard.press("Enter")
    expect(box(form, "name")).not_to_be_focused()


def test_a_number_with_a_slip_stays(form: Page) -> None:
    form.keyboard.type(NUMBER[:-1] + "1")
    expect(box(form, "id_number")).to_be_focused()

    form.keyboard.press("Backspace")
    form.keyboard.type(NUMBER[-1])

    expect(box(form, "name")).to_be_focused()


def test_what_is_put_right_in_the_middle_does_not_go_on(form: Page) -> None:
    box(form, "phone").fill("1391234567")
    box(form, "phone").press("Home")
    box(form, "phone").press("ArrowRight")

    form.keyboard.type("3")

    expect(box(form, "phone")).to_have_value("13391234567")
    expect(box(form, "phone")).to_be_focused()


def last(month: int, day: int) -> date:
    today = timezone.localdate()
    this_year = date(today.year, month, day)
    return this_year if this_year <= today else this_year.replace(year=today.year - 1)


def test_month_and_day_are_the_last_such_day(form: Page) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    for wanted, typed in (
        (last(1, 31), "0131"),
        (last(12, 31), "1231"),
        (last(tomorrow.month, 28), f"{tomorrow:%m}28"),
    ):
        box(form, "residency.start_date").fill("")
        box(form, "residency.start_date").press_sequentially(typed)
        expect(box(form, "residency.start_date")).to_have_value(wanted.isoformat())
        expect(box(form, "residency.start_date")).not_to_be_focused()


@pytest.mark.parametrize("typed", ["1331", "0230", "2024", "1905", "0000"])
def test_four_figures_that_are_no_day_are_the_beginning_of_one(form: Page, typed: str) -> None:
    box(form, "residency.start_date").press_sequentially(typed)

    expect(box(form, "residency.start_date")).to_have_value(typed)
    expect(box(form, "residency.start_date")).to_be_focused()


def test_a_chip_goes_on_only_where_the_next_thing_has_to_be_typed(form: Page) -> None:
    chip(form, "ethnicity", "汉族")
    expect(box(form, "residency.start_date")).not_to_be_focused()

    chip(form, "residency.residency_kind", "租住")
    expect(box(form, "residency.start_date")).to_be_focused()


def test_arrow_keys_try_one_chip_after_the_other(form: Page) -> None:
    form.locator('[name="residency.residency_kind"]').first.focus()
    form.keyboard.press("ArrowDown")
    form.keyboard.press("ArrowDown")

    expect(form.locator('[name="residency.residency_kind"]').nth(2)).to_be_focused()


def test_how_a_number_begins_is_one_tap_and_the_rest_is_typed(form: Page) -> None:
    box(form, "id_number").fill(NUMBER)
    box(form, "id_number").blur()
    chip(form, "residency.residency_kind", "租住")
    pick(form, "hukou_division", "990101")
    chip(form, "education", "大学本科教育")
    expect(field(form, "occupation_category")).to_be_visible()
    chip(form, "occupation_category", "生产制造及有关人员")
    pick(form, "employer_uscc", "91990101")
    expect(box(form, "employer_uscc")).to_be_focused()
    form.keyboard.type("00000001AQ")

    expect(box(form, "employer_uscc")).to_have_value("9199010100000001AQ")
    expect(box(form, "employer_name")).to_be_focused()


def test_what_is_said_by_the_category_stands_as_the_job_until_something_else_is(form: Page) -> None:
    box(form, "id_number").fill(NUMBER)
    box(form, "id_number").blur()
    chip(form, "occupation_category", "无业/失业")
    expect(box(form, "occupation")).to_have_value("无业")
    chip(form, "occupation_category", "离退休")
    expect(box(form, "occupation")).to_have_value("退休")
    chip(form, "occupation_category", "生产制造及有关人员")
    expect(box(form, "occupation")).to_have_value("")

    pick(form, "occupation", "装配工")
    chip(form, "occupation_category", "无业/失业")
    expect(box(form, "occupation")).to_have_value("装配工")
