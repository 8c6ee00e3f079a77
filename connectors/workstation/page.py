"""The page as its manual documents it: titles, frames, labels, names and lists. Whatever is not so stops the lane.

The labels are those of mapping.py, in its order; behind each stands the name of its field in the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.transport.visit import bare
from gridapp.contract import Kind, Misconfigured

SYSTEM = "社区工作站综合管理系统"
LOGIN, WELCOME, MENU, SAVED = f"{SYSTEM} - 登录", "首页", "菜单", "保存成功"
MENU_FRAME, MAIN_FRAME, FILE_FRAME = "menu", "main", "edit"
SIGN_IN, SEARCH, SUBMIT, NEW, SHOW, CHANGE = "登 录", "查 询", "提 交", "新增", "查看", "修改"
WORDS = (SIGN_IN, SEARCH, SUBMIT, NEW, SHOW, CHANGE, "导出")
"""What stands on buttons and links."""
SURE = "确定要提交吗？"
NUMBER, STATE, REASON, WRITTEN = "档案号", "状态", "退回原因", "登记时间"
FILED, SENT_BACK = "已登记", "退回"
NOTHING_FOUND = "没有查询到符合条件的记录"
NO_CHOICE = "请选择"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `choices`: None for a text, else its list; () where the manual does not print the list."""

    label: str
    name: str
    choices: tuple[str, ...] | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """Where files of one kind are. `person` and `key`: the labels by which a line of the search is known."""

    title: str
    person: str
    key: str
    fields: tuple[Field, ...]

    @property
    def search(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.label == self.key)

    @property
    def columns(self) -> list[str]:
        return [NUMBER, self.person, self.key, STATE, "操作"]

    @property
    def lines(self) -> list[str]:
        """The labels of a file that is looked at."""
        return [NUMBER, *(field.label for field in self.fields), STATE, REASON, WRITTEN]


CREDENTIALS = (Field("用户名", "username"), Field("密码", "password", secret=True))
BOOKS: Mapping[Kind, Book] = {
    Kind.RESIDENT: Book(
        "居民档案",
        "姓名",
        "身份证号",
        (
            Field("姓名", "xm"),
            Field("性别", "xb", ("男", "女")),
            Field("身份证号", "sfzh"),
            Field("出生年月", "csny"),
            Field("民族", "mz", ()),
            Field("政治面貌", "zzmm", ("群众", "党员", "团员", "其他")),
            Field(
                "文化程度",
                "whcd",
                ("博士", "硕士", "本科", "大专", "高中(中专)", "初中", "小学", "文盲", "学龄前"),
            ),
            Field("婚姻状况", "hyzk", ("未婚", "已婚", "离异", "丧偶")),
            Field("联系电话", "lxdh"),
            Field("户籍地址", "hjdz"),
            Field("现居住地址", "xjzdz"),
            Field("户号", "hh"),
            Field("与户主关系", "yhzgx", ()),
            Field("工作单位", "gzdw"),
            Field("是否独居老人", "dljr", ("是", "否")),
        ),
    ),
    Kind.HOUSING: Book(
        "出租屋台账",
        "房主",
        "房屋编号",
        (
            Field("房屋编号", "fwbh"),
            Field("房屋地址", "fwdz"),
            Field("房主", "fz"),
            Field("房主电话", "fzdh"),
            Field("出租用途", "czyt"),
            Field("居住人数", "jzrs"),
            Field("二手房东", "efd"),
            Field("二手房东电话", "efddh"),
            Field("是否签责任书", "zrs", ("是", "否")),
        ),
    ),
}

READ_FORM = """name => {
  const form = document.forms[name];
  if (!form) return null;
  return [...form.elements].filter(one => !['hidden', 'submit', 'button', 'reset', 'fieldset'].includes(one.type))
    .map(one => ({
      label: one.closest('tr') ? one.closest('tr').cells[0].innerText : '', name: one.name, type: one.type,
      choices: one.options ? [...one.options].map(option => option.text) : null,
      value: one.options ? (one.selectedIndex < 0 ? '' : one.options[one.selectedIndex].text) : one.value,
      longest: one.maxLength > 0 ? one.maxLength : 0, fixed: one.disabled || one.readOnly || false,
      seen: one.getClientRects().length > 0}));
}"""
READ_LIST = (
    """() => [...document.querySelectorAll('#list tr')].map(row => [...row.cells].map(cell => cell.innerText))"""
)
READ_LINES = (
    """() => [...document.querySelectorAll('table tr')].map(row => [...row.cells].map(cell => cell.innerText))"""
)
GLANCE = """() => ({
  title: document.title, text: document.body ? document.body.innerText.slice(0, 2000) : '',
  password: document.querySelector('input[type=password]') !== null})"""


@dataclass(frozen=True, slots=True)
class Control:
    """One field as the page has it now."""

    label: str
    name: str
    type: str
    choices: tuple[str, ...] | None
    value: str
    longest: int
    fixed: bool


def controls(read: Any) -> list[Control]:
    """What READ_FORM found; fields that nobody sees are left out. Raises Misconfigured where there is no form."""
    if read is None:
        raise Misconfigured("page", "对方页面上没有说明中的表单")
    return [
        Control(
            label=bare(one["label"]),
            name=one["name"],
            type=one["type"],
            choices=None if one["choices"] is None else _offered(one["choices"]),
            value="" if one["choices"] is not None and one["value"].strip() == NO_CHOICE else one["value"].strip(),
            longest=one["longest"],
            fixed=one["fixed"],
        )
        for one in read
        if one["seen"]
    ]


def _offered(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts if text.strip() not in ("", NO_CHOICE))


def differences(found: Sequence[Control], documented: Sequence[Field]) -> list[str]:
    """In Chinese: in what a form is not the documented one. [] where it is, to the last field and its place."""
    labels, wanted = [one.label for one in found], [field.label for field in documented]
    said = [f"缺少“{label}”" for label in wanted if label not in labels]
    said += [f"多出“{label}”" for label in labels if label not in wanted]
    if said:
        return said
    if labels != wanted:
        return ["各栏的次序不同"]
    return [change for one, field in zip(found, documented, strict=True) if (change := _difference(one, field))]


def _difference(found: Control, field: Field) -> str:
    if found.name != field.name:
        return f"“{field.label}”栏换了字段"
    if field.choices is None:
        return "" if found.type == ("password" if field.secret else "text") else f"“{field.label}”不再是文本"
    if found.choices is None:
        return f"“{field.label}”不再是选项"
    return "" if field.choices in ((), found.choices) else f"“{field.label}”的选项不同"
