"""The province's import templates with what may stand in their cells, and the reasons for what may not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

VERSION = "2024.1"
MOST = 500
WRONG_TEMPLATE = "模板版本不正确"
TOO_MANY = "超过500行"
OUT_OF_HOURS = "不在服务时间(工作日9:00-17:30)"

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
LEAF = re.compile(r"[^/]+省/[^/]+市/[^/]+/[^/]+/[^/]+/\d{3}网格")
BRANCH = re.compile(r"[^/]+省(/[^/]+){0,5}")

Row = Mapping[str, str]
"""Heading without star -> what stands below it."""
Check = Callable[[str], str]
"""A cell that is not empty -> the reason against it, "" for none."""


def one_of(*words: str) -> Check:
    return lambda text: "" if text in words else "填写不规范"


def shaped(pattern: str, reason: str = "填写不规范") -> Check:
    return lambda text: "" if re.fullmatch(pattern, text) else reason


DAY = shaped(r"\d{4}-\d{2}-\d{2}")
ADDRESS = shaped(r".{2,50}", "只能输入2-50个字符")


def name(text: str) -> str:
    return "" if 2 <= len(text) <= 20 else "只能输入2-20个字符"


def document(text: str) -> str:
    """Eighteen digits must check; papers of people from abroad are taken as they are."""
    if re.fullmatch(r"\d{17}[\dX]", text):
        remainder = sum(int(digit) * weight for digit, weight in zip(text, WEIGHTS, strict=False)) % 11
        return "" if text[17] == "10X98765432"[remainder] else "输入不正确"
    return "" if re.fullmatch(r"(?=.*[A-Z])[A-Z0-9]{5,17}|\d{8,10}", text) else "输入不正确"


def grid(text: str) -> str:
    """A whole reason: the province does not say 所属网格 in one of them."""
    if LEAF.fullmatch(text):
        return ""
    return "所属网格必须为片组片格" if BRANCH.fullmatch(text) else "找不到指定网格"


CELLS: Mapping[str, Check] = {
    "姓名": name,
    "性别": one_of("男", "女"),
    "出生日期": DAY,
    "身份证号码": document,
    "流入原因": one_of("务工经商", "投亲靠友", "求学入托", "分配调动工作", "其他"),
    "流入时间": DAY,
    "户籍地址": shaped(r"[^-]+(-[^-]+){0,2}"),
    "房屋编号": shaped(r"\d{25}"),
    "常住地址": ADDRESS,
    "联系手机": shaped(r"1\d{10}"),
    "民族": shaped(r".+族|其他|外国血统.*"),
    "政治面貌": shaped(r"中国.+|.+盟盟员|九三学社社员|无党派人士|群众"),
    "文化程度": one_of("博士", "研究生", "大学本科", "大专", "高中\\中专", "初中", "小学", "文盲", "学龄前"),
    "婚姻状况": one_of("未婚", "已婚", "离婚", "丧偶", "其他"),
    "登记证情况": one_of("登记类", "临时居住证", "居住证"),
    "登记日期": DAY,
    "预计到期日期": DAY,
    "暂住处所": one_of("租赁房屋", "自建房屋", "购买房屋", "单位内部", "工地场所", "居民家中", "其他"),
    "房屋地址": ADDRESS,
    "房主身份证号": document,
    "出租用途": one_of("宿舍", "住房", "店面", "仓库", "工厂、工场", "其他"),
    "建筑面积": shaped(r"\d{1,8}(\.\d{1,2})?"),
    "出租间数": shaped(r"\d{1,3}"),
    "隐患等级": one_of("严重", "一般", "安全"),
    "隐患情况": shaped(r"(?s).{1,300}", "只能输入300个字符以内"),
}

_PERSON = (
    "姓名*", "所属网格*", "性别*", "出生日期", "身份证号码*", "户籍地址*", "户籍地详址", "房屋编号", "常住地址*",
    "曾用名", "工作单位或就读学校", "联系手机*", "民族*", "政治面貌", "文化程度*", "职业", "婚姻状况",
)  # fmt: skip


@dataclass(frozen=True)
class Template:
    """`table`: where its rows are kept. `key`: the heading they are kept by. `known`: said of one that is there."""

    table: str
    headings: tuple[str, ...]
    key: str
    known: str


TEMPLATES: Mapping[str, Template] = {
    "流动人口": Template(
        "residents",
        (
            *_PERSON[:5], "流入原因*", "流入时间", *_PERSON[5:],
            "登记证情况", "登记证编号", "登记日期", "预计到期日期", "暂住处所",
        ),
        "身份证号码",
        "该人员信息已存在",
    ),
    "户籍人口": Template("residents", _PERSON, "身份证号码", "该人员信息已存在"),
    "出租房": Template(
        "rentals",
        (
            "房屋编号*", "所属网格*", "房屋地址*", "房主姓名*", "房主身份证号", "房主联系电话*", "出租用途*",
            "房屋结构", "建筑面积", "出租间数", "隐患等级*", "隐患情况",
        ),
        "房屋编号",
        "该房屋信息已存在",
    ),
}  # fmt: skip


def fault_of(row: Row, template: Template) -> str:
    """The first reason against a row, "" for none."""
    if reason := grid(row["所属网格"]):
        return reason
    from_abroad = not re.fullmatch(r"(?!8[123]|9[1-8])\d{17}[\dX]", row.get("身份证号码", ""))
    for heading in template.headings:
        bare = heading.rstrip("*")
        text = row[bare]
        if not text and heading.endswith("*") and not (bare == "流入原因" and from_abroad):
            return f"{bare}不能为空"
        reason = CELLS[bare](text) if text and bare in CELLS else ""
        if reason:
            return f"{bare}{reason}"
    return ""
