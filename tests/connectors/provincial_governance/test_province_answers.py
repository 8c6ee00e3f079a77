"""What the province returns against whose move each row is: nothing is taken that does not fit in number and key."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import xlwt  # type: ignore[import-untyped]

from connectors.transport import workbook
from gridapp.contract import (
    Action,
    AlreadyThere,
    Conflict,
    Delivered,
    Outcome,
    Parcel,
    Rejected,
    Unknown,
    UnreadableError,
)
from tests.connectors.provincial_governance.sheets import connector, tenant

DIGIT = "身份证号码输入不正确"
PEOPLE = [tenant(number) for number in range(1, 7)]


class Answer:
    """The province's answer to a sheet; `failed`: row as Excel counts -> reason. Rows and counts can be bent."""

    def __init__(self, sheet: bytes, failed: Mapping[int, str]) -> None:
        rows = workbook.read(sheet)
        self.head = [rows[0][0].replace("导入模板", "导入结果"), *rows[0][1:7]]
        self.counts = [len(rows) - 2, len(rows) - 2 - len(failed), len(failed)]
        self.headings = [*rows[1], "错误原因"]
        self.rows = [[*rows[number - 1], f"第{number}行:{reason}"] for number, reason in failed.items()]

    def content(self) -> bytes:
        total, taken, bad = map(str, self.counts)
        first = [*self.head, "总行数", total, "成功", taken, "失败", bad]
        return workbook.xls([first, self.headings, *self.rows], sheet="结果")


def answered(failed: Mapping[int, str], people: Sequence[Parcel] = PEOPLE) -> tuple[bytes, Answer]:
    sheet = connector().sheet(people).content
    return sheet, Answer(sheet, failed)


def read(sheet: bytes, answer: bytes) -> list[Outcome]:
    return list(connector().read_sheet(sheet, answer))


def refusal(sheet: bytes, answer: bytes) -> str:
    with pytest.raises(UnreadableError) as refused:
        read(sheet, answer)
    return str(refused.value)


def test_an_answer_without_rows_means_that_all_are_in() -> None:
    sheet, answer = answered({})

    assert read(sheet, answer.content()) == [Delivered()] * 6


def test_bad_rows_come_back_and_the_others_are_in() -> None:
    sheet, answer = answered({4: DIGIT, 8: "姓名只能输入2-20个字符"})

    assert read(sheet, answer.content()) == [
        Delivered(),
        Rejected("第4行", DIGIT, ("id_number",)),
        Delivered(),
        Delivered(),
        Delivered(),
        Rejected("第8行", "姓名只能输入2-20个字符", ("name",)),
    ]


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("该人员信息已存在", AlreadyThere()),
        ("该房屋信息已存在", AlreadyThere()),
        ("找不到指定网格", Conflict("第3行", "找不到指定网格（请管理员核对省综治网格全路径）")),
        (
            "所属网格必须为片组片格",
            Rejected("第3行", "所属网格必须为片组片格", ("mapped.provincial_grid",)),
        ),
        ("联系手机填写不规范", Rejected("第3行", "联系手机填写不规范", ("phone",))),
        ("房主身份证号输入不正确", Rejected("第3行", "房主身份证号输入不正确", ("housing.owner_id_number",))),
        ("谁也没有记载的原因", Rejected("第3行", "谁也没有记载的原因", ())),
    ],
)
def test_a_reason_is_somebodys_move(reason: str, outcome: Outcome) -> None:
    sheet, answer = answered({3: reason})

    assert read(sheet, answer.content())[:2] == [outcome, Delivered()]


def test_a_change_of_what_is_there_already_was_not_taken_for_sure() -> None:
    changed = [tenant(1, "new_phone")]
    assert changed[0].action is Action.CHANGE
    sheet, answer = answered({3: "该人员信息已存在"}, changed)

    assert isinstance(read(sheet, answer.content())[0], Unknown)


def test_rows_in_another_order_are_found_by_number_and_key() -> None:
    sheet, answer = answered({4: DIGIT, 8: "该人员信息已存在"})
    answer.rows.reverse()

    outcomes = read(sheet, answer.content())

    assert [type(one).__name__ for one in outcomes[1::4]] == ["Rejected", "AlreadyThere"]


@pytest.mark.parametrize("mark", ["：", ":", "", " : "])
def test_the_number_is_read_however_it_is_set_apart(mark: str) -> None:
    sheet, answer = answered({5: DIGIT})
    answer.rows[0][-1] = f" 第5行{mark.strip()} {DIGIT} "

    assert isinstance(read(sheet, answer.content())[2], Rejected)


def test_an_answer_saved_again_by_a_person_is_still_read() -> None:
    sheet, answer = answered({4: DIGIT})
    rows = workbook.read(answer.content())

    outcomes = read(sheet, workbook.xlsx([*rows, [""] * 5], sheet="Sheet1"))

    assert isinstance(outcomes[1], Rejected)


def bent(how: str, answer: Answer) -> None:
    """One thing that does not fit."""
    match how:
        case "a row is missing":
            del answer.rows[1]
        case "a row too many":
            answer.rows.append([*answer.rows[0][:-1], "第6行:x"])
        case "one more was taken than sent":
            answer.counts[0] += 1
        case "taken and failed do not add up":
            answer.counts[1] += 1
        case "no counts":
            answer.counts = ["", "", ""]  # type: ignore[list-item]
        case "another person in the row":
            answer.rows[0][4] = "990101199202290993"
        case "rows have changed places":
            answer.rows[0][-1], answer.rows[1][-1] = answer.rows[1][-1], answer.rows[0][-1]
        case "a row that was never sent":
            answer.rows[0][-1] = f"第9行:{DIGIT}"
        case "the row of the headings":
            answer.rows[0][-1] = f"第2行:{DIGIT}"
        case "the same row twice":
            answer.rows[1] = answer.rows[0]
        case "no row number":
            answer.rows[0][-1] = DIGIT


@pytest.mark.parametrize(
    "how",
    [
        "a row is missing", "a row too many", "one more was taken than sent", "taken and failed do not add up",
        "no counts", "another person in the row", "rows have changed places", "a row that was never sent",
        "the row of the headings", "the same row twice", "no row number",
    ],
)  # fmt: skip
def test_what_does_not_fit_makes_all_of_it_uncertain(how: str) -> None:
    sheet, answer = answered({4: DIGIT, 8: DIGIT})
    bent(how, answer)

    outcomes = read(sheet, answer.content())

    assert [type(one) for one in outcomes] == [Unknown] * 6


# --- Files that are no answer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "remedy"),
    [
        ("模板版本不正确", "在本目标的设置中改为省综治系统现行的模板版本"),
        ("超过500行", "重新导出"),
        ("不在服务时间(工作日9:00-17:30)", "重新上传同一份文件"),
        ("系统维护", "请按此原因处理"),
    ],
)
def test_a_file_that_was_refused_as_a_whole_is_said_with_its_remedy(why: str, remedy: str) -> None:
    sheet, answer = answered({})
    refused = workbook.xls([[*answer.head, "导入失败", why]], sheet="结果")

    said = refusal(sheet, refused)

    assert why in said
    assert remedy in said


def test_the_answer_to_another_file_is_recognised() -> None:
    sheet, _ = answered({})
    _, other = answered({}, [tenant(number) for number in range(11, 17)])
    _, housing = answered({}, [tenant(1, "away_from_hukou")])

    assert "文件编号" in refusal(sheet, other.content())
    assert "文件编号" in refusal(sheet, housing.content())


def test_the_sheet_itself_is_no_answer() -> None:
    sheet, _ = answered({})

    assert "导入模板" in refusal(sheet, sheet)


@pytest.mark.parametrize("content", [b"", b"<html>", b"\0" * 100])
def test_what_is_no_workbook_is_no_answer(content: bytes) -> None:
    assert refusal(answered({})[0], content)


def test_any_other_workbook_is_no_answer() -> None:
    assert "不是省综治系统的导入结果" in refusal(answered({})[0], workbook.xls([["工资表"], ["a"]], sheet="a"))


def test_other_headings_are_for_the_administrator() -> None:
    sheet, answer = answered({4: DIGIT})
    answer.headings[5] = "来源"

    assert "换版" in refusal(sheet, answer.content())


def test_a_document_number_that_has_become_a_number_is_refused_and_never_matched() -> None:

    sheet, answer = answered({4: DIGIT})
    book = xlwt.Workbook()
    page = book.add_sheet("a")
    rows: list[list[Any]] = [list(row) for row in workbook.read(answer.content())]
    rows[2][4] = 990101199202290030.0
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            page.write(number, column, cell)
    written = io.BytesIO()
    book.save(written)

    said = refusal(sheet, written.getvalue())

    assert "“身份证号码*”是数值" in said
    assert "9901011992" not in said


def test_something_else_than_our_sheet_is_not_taken_for_what_was_sent() -> None:
    _, answer = answered({})

    assert "不是本系统导出的" in refusal(workbook.xls([["x"]], sheet="a"), answer.content())
