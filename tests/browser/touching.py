"""Counting how often a page is touched, in the browser itself; what a finger does on the entry form.

A Chinese character counts three, two letters of pinyin and the choice, as in the handbook's sum for doing it by hand
(section 3). Swiping is not counted, there as here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm
from gridapp.registry.models import Building, Entry, Record
from tests.desk.cast import GRID, HOUSING, RESIDENT

README = Path(__file__).resolve().parents[2] / "README.md"

COUNTING = """
addEventListener('keydown', (event) => { if (!event.repeat) touched('keys', 1); }, true);
addEventListener('click', (event) => { if (event.pointerType) touched('taps', 1); }, true);
addEventListener('input', (event) => {
  touched('characters', [...(event.data ?? '')].filter((one) => one > '⺀').length);
}, true);
"""
"""A click that a label hands on to its field, or a key makes, has no type of pointer: it is no tap of its own."""

EMPLOYED = {
    "native_place": "440305",
    "inflow_reason": "01",
    "inflow_date": "20240310",
    "education": "20",
    "political_status": "13",
    "marital_status": "20",
    "occupation_category": "60000",
    "occupation": "装配工",
    "employer_uscc": "9199010100000001AQ",
    "employer_name": "测试电子厂",
    "hukou_type": "1",
    "residency.relation_to_head": "02",
    "household.household_no": "990100001",
}


class Server:
    url: str


class Counter:
    """Touches of one page, over every page that it leads to."""

    def __init__(self, page: Page) -> None:
        self.seen = {"keys": 0, "taps": 0, "characters": 0}
        page.expose_function("touched", self._add)
        page.add_init_script(COUNTING)
        self.page = page

    def _add(self, kind: str, number: int) -> None:
        self.seen[kind] += number

    def read(self) -> int:
        self.page.wait_for_load_state("networkidle")  # whatever the pages have told before is heard by then
        return self.seen["keys"] + self.seen["taps"] + 3 * self.seen["characters"]


def field(page: Page, name: str) -> Locator:
    return page.locator(f'[data-field="{name}"]')


def box(page: Page, name: str) -> Locator:
    return page.locator(f"#f-{name.replace('.', '-')}")


def chip(page: Page, name: str, label: str) -> None:
    expect(field(page, name)).to_be_visible()
    field(page, name).get_by_label(label, exact=True).tap()


def pick(page: Page, name: str, label: str | re.Pattern[str]) -> None:
    field(page, name).get_by_role("button", name=label).first.tap()


def go_on_with(page: Page, name: str, text: str) -> None:
    """Every key of a field that the form has gone on to by itself."""
    expect(box(page, name)).to_be_focused()
    box(page, name).press_sequentially(text)


def identify(page: Page, number: str, name: str) -> None:
    """The form begins at the number, and after its last digit goes on to the name."""
    go_on_with(page, "id_number", number)
    go_on_with(page, "name", name)


def complete(page: Page) -> int:
    """How many systems are filled: none of them misses anything."""
    expect(page.locator("#readiness .targets")).not_to_contain_text("还缺")
    expect(page.locator("#readiness .targets")).to_contain_text("已齐")
    return page.locator("#readiness .targets > li").count()


def saved(counted: Counter, title: str) -> int:
    """Touches until the page says that it is saved."""
    page = counted.page
    page.get_by_role("button", name="保存", exact=True).tap()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    return counted.read()


def said_in_the_readme(case: str) -> int:
    """The figure that the README gives for a case."""
    line = next(line for line in README.read_text().splitlines() if line.startswith(f"| {case} |"))
    return int(line.split("|")[2])


@pytest.fixture
def counted(on_tablet: Page) -> Counter:
    return Counter(on_tablet)


@pytest.fixture
def flat(worker: User, building: Building, targets: None) -> Record:
    """Room 301, let by an owner who is known: what systems want of a home is not asked of who lives there."""
    fields = HOUSING | {"housing.building_code": building.code, "housing.floor_no": 3, "housing.room_no": "301"}
    fields |= {"housing.owner_name": "测试房东", "housing.owner_phone": "13912345699"}
    form = EntryForm(uuid4(), Record.Kind.HOUSING, Entry.Action.CREATE, GRID, fields)
    return submit(form, by=worker).record


@pytest.fixture
def far_from_home(settings: Any) -> None:
    """The division of made-up numbers is the district's own: with a home city elsewhere its people are newcomers."""
    settings.HOME_CITY = "9902"


@pytest.fixture
def enter(worker: User, flat: Record) -> Callable[..., Record]:
    """`enter(name=…)`: somebody of room 301 who works where the people of this house work."""

    def entered(**changed: Any) -> Record:
        fields = RESIDENT | EMPLOYED | {name.replace("__", "."): value for name, value in changed.items()}
        form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, fields, housing=flat.id)
        return submit(form, by=worker).record

    return entered
