"""The province by itself: its page, its templates, its reasons."""

from __future__ import annotations

import io
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest
import python_calamine
import xlwt  # type: ignore[import-untyped]

from connectors.provincial_governance.sandbox import ProvincialPlatform

NUMBER = "990101199202290010"
PERSON = {
    "姓名*": "张伟", "所属网格*": "测试省/测试市/测试区/测试街道/测试社区/003网格", "性别*": "男",
    "出生日期": "1992-02-29",
    "身份证号码*": NUMBER, "流入原因*": "务工经商", "流入时间": "2022-09-01", "户籍地址*": "湖南省-长沙市-芙蓉区",
    "户籍地详址": "测试大道128号", "房屋编号": "9901010010010000012000301", "常住地址*": "测试路8号301", "曾用名": "",
    "工作单位或就读学校": "", "联系手机*": "13912340001", "民族*": "汉族", "政治面貌": "群众", "文化程度*": "大专",
    "职业": "", "婚姻状况": "已婚", "登记证情况": "居住证", "登记证编号": "", "登记日期": "", "预计到期日期": "",
    "暂住处所": "租赁房屋",
}  # fmt: skip


def workbook(*rows: Mapping[str, Any], title: str = "流动人口导入模板", version: str = "2024.1") -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("a")
    first = [title, "模板版本", version, "导入方式", "新增", "文件编号", "F1"]
    for number, cells in enumerate([first, list(PERSON), *(list(row.values()) for row in rows)]):
        for column, cell in enumerate(cells):
            page.write(number, column, cell)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def came_back(province: ProvincialPlatform, content: bytes) -> list[list[Any]]:
    answer = python_calamine.load_workbook(io.BytesIO(province.upload(content)))
    return answer.get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_the_page_offers_a_file_to_be_chosen(province: ProvincialPlatform) -> None:
    with urllib.request.urlopen(province.settings()["portal"]) as answer:  # noqa: S310 - their own page
        page = answer.read().decode()

    assert 'enctype="multipart/form-data"' in page
    assert 'type="file" name="file"' in page


def test_the_answer_names_the_file_and_counts_what_it_did(province: ProvincialPlatform) -> None:
    first, headings, *failed = came_back(province, workbook(PERSON, {**PERSON, "性别*": "未知"}))

    assert first[:13] == [
        "流动人口导入结果", "模板版本", "2024.1", "导入方式", "新增", "文件编号", "F1", "总行数", 2.0, "成功", 1.0,
        "失败", 1.0,
    ]  # fmt: skip
    assert headings == [*PERSON, "错误原因"]
    assert [row[-1] for row in failed] == ["第4行:性别填写不规范"]
    assert [line["key"] for line in province.ledger.lines()] == [NUMBER, NUMBER]


@pytest.mark.parametrize(
    ("heading", "cell", "reason"),
    [
        ("姓名*", "一", "姓名只能输入2-20个字符"),
        ("姓名*", "名" * 21, "姓名只能输入2-20个字符"),
        ("身份证号码*", "990101199202290011", "身份证号码输入不正确"),
        ("身份证号码*", 990101199202290010, "身份证号码输入不正确"),
        ("身份证号码*", "", "身份证号码不能为空"),
        ("所属网格*", "测试省/测试市/测试区/测试街道/测试社区", "所属网格必须为片组片格"),
        ("所属网格*", "990101001001003", "找不到指定网格"),
        ("流入原因*", "", "流入原因不能为空"),
        ("流入原因*", "出差", "流入原因填写不规范"),
        ("联系手机*", "0731-88881234", "联系手机填写不规范"),
        ("常住地址*", "址" * 51, "常住地址只能输入2-50个字符"),
        ("文化程度*", "本科", "文化程度填写不规范"),
        ("出生日期", "19920229", "出生日期填写不规范"),
    ],
)
def test_a_row_is_refused_for_its_reason(province: ProvincialPlatform, heading: str, cell: object, reason: str) -> None:
    _, _, refused = came_back(province, workbook({**PERSON, heading: cell}))

    assert refused[-1] == f"第3行:{reason}"
    assert province.store.table("residents") == {}


@pytest.mark.parametrize("number", ["81000019900307151X", "H60123456", "E12345678"])
def test_papers_from_abroad_need_no_reason_of_coming(province: ProvincialPlatform, number: str) -> None:
    came_back(province, workbook({**PERSON, "身份证号码*": number, "流入原因*": ""}))

    assert list(province.store.table("residents")) == [number]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (workbook(PERSON, version="2023.1"), "模板版本不正确"),
        (workbook(PERSON, title="工资表"), "模板版本不正确"),
        (workbook(PERSON, title="户籍人口导入模板"), "模板版本不正确"),
        (workbook(*[PERSON] * 501), "超过500行"),
    ],
)
def test_a_file_is_refused_as_a_whole(province: ProvincialPlatform, content: bytes, why: str) -> None:
    ((first, *_),) = [came_back(province, content)]

    assert [cell for cell in first if cell][-2:] == ["导入失败", why]
    assert province.store.table("residents") == {}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 600, workbook()])
def test_what_is_no_workbook_of_97_is_not_taken(province: ProvincialPlatform, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"文件"):
        province.upload(content)


def test_nobody_gets_in_without_the_key(province: ProvincialPlatform) -> None:
    province.faults.set("wrong_credentials")

    with pytest.raises(ValueError, match="USB-Key"):
        province.upload(workbook(PERSON))


def test_a_page_that_is_down_does_not_open(province: ProvincialPlatform) -> None:
    province.faults.set("down")

    with pytest.raises(ValueError, match="打不开"):
        province.upload(workbook(PERSON))


@pytest.mark.parametrize(("fault", "kept"), [("lose", 0), ("twice", 2), ("duplicate", 0)])
def test_what_is_kept_under_a_fault(province: ProvincialPlatform, fault: str, kept: int) -> None:
    province.faults.set(fault)

    came_back(province, workbook(PERSON))

    assert len(province.store.table("residents")) == kept
