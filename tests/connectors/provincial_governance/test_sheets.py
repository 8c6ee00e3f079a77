"""What a worker entered against the sheet that goes out, and which records share one."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from typing import Any

import pytest
import python_calamine

from connectors.provincial_governance.connector import ProvincialGovernance
from connectors.provincial_governance.mapping import PROFILE
from gridapp.contract import Action, Inexpressible, Manual, Outcome, Parcel, Rejected
from tests.connectors.provincial_governance.sheets import SAMPLES, connector, parcel, tenant
from tests.connectors.samples import Sample, sample, samples


def cells(content: bytes) -> list[list[Any]]:
    workbook = python_calamine.load_workbook(io.BytesIO(content))
    assert len(workbook.sheet_names) == 1
    return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)


def sent(*parcels: Parcel) -> list[Outcome]:
    return list(asyncio.run(connector().send(parcels)))


def test_some_people_are_not_theirs() -> None:
    one = sample(SAMPLES, "nothing_local_at_home")

    assert not PROFILE.layouts[one.kind].applies.holds(one.view)


def test_what_their_workbook_cannot_say_goes_back_to_the_worker_before_anybody_exports_it() -> None:
    one = parcel(sample(SAMPLES, "nothing_name_too_short"))

    (came,) = sent(one)

    assert isinstance(came, Rejected)
    assert (came.code, came.fields) == ("inexpressible", ("name",))
    with pytest.raises(Inexpressible):
        connector().sheet([one])


def test_everything_else_waits_for_a_person() -> None:
    assert sent(tenant(1), tenant(2)) == [Manual("by_hand", "等待导出到导入模板")] * 2


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_record_stands_in_its_template_in_their_words(one: Sample) -> None:
    expected = json.loads(one.sent("json"))

    sheet = connector().sheet([parcel(one)])

    first, headings, row = cells(sheet.content)
    assert sheet.name == expected["name"]
    assert [cell for cell in first if cell] == expected["first"]
    assert dict(zip(headings, row, strict=True)) == expected["row"]
    assert all(isinstance(cell, str) for cell in row)


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_the_preview_is_what_stands_in_the_row(one: Sample) -> None:
    filled = {name: text for name, text in json.loads(one.sent("json"))["row"].items() if text}

    assert {line.name: line.value for line in connector().preview(parcel(one)).lines} == filled


def test_a_sheet_is_a_workbook_of_97() -> None:
    sheet = connector().sheet([tenant()])

    assert sheet.media_type == "application/vnd.ms-excel"
    assert sheet.content.startswith(bytes.fromhex("d0cf11e0a1b11ae1"))


def test_records_stand_in_their_order_from_the_third_row() -> None:
    people = [tenant(number) for number in (3, 1, 2)]

    rows = cells(connector().sheet(people).content)[2:]

    assert [row[4] for row in rows] == [one.fields["id_number"] for one in people]


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("floating_tenant", "流动人口·新增"),
        ("hong_kong_permit", "流动人口·新增"),
        ("new_phone", "流动人口·变更"),
        ("away_from_hukou", "户籍人口·新增"),
        ("shared_rental", "出租房·新增"),
    ],
)
def test_what_goes_together_has_one_group(name: str, group: str) -> None:
    assert connector().sheet_group(parcel(sample(SAMPLES, name))) == group


def test_two_templates_two_modes_or_too_many_do_not_go_into_one_sheet() -> None:
    away, changed = tenant(2, "away_from_hukou"), replace(tenant(2), action=Action.CHANGE)
    for wrong in ([tenant(1), away], [tenant(1), changed], [], [tenant(1)] * 501):
        with pytest.raises(ValueError, match="500 of one"):
            connector().sheet(wrong)


def test_the_version_of_the_templates_is_a_setting() -> None:
    sheet = ProvincialGovernance({"template_version": "2025.2"}).sheet([tenant()])

    assert cells(sheet.content)[0][2] == "2025.2"


def test_a_file_has_a_number_that_says_which_records_in_which_order() -> None:
    def number(*people: Parcel) -> str:
        return str(cells(connector().sheet(people).content)[0][6])

    assert number(tenant(1), tenant(2)) == number(tenant(1), tenant(2)) != number(tenant(2), tenant(1))


def test_checking_asks_nobody() -> None:
    asyncio.run(connector().check())
