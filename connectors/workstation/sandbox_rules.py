"""What the work station's page asks for and what it refuses: labels, lists and sentences as its vendor wrote them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PEOPLES = (
    "汉族 蒙古族 回族 藏族 维吾尔族 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 哈尼族 哈萨克族 傣族 "
    "黎族 傈僳族 佤族 畲族 高山族 拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜族 土族 达斡尔族 仫佬族 羌族 布朗族 "
    "撒拉族 毛南族 仡佬族 锡伯族 阿昌族 普米族 塔吉克族 怒族 乌孜别克族 俄罗斯族 鄂温克族 德昂族 保安族 裕固族 "
    "京族 塔塔尔族 独龙族 鄂伦春族 赫哲族 门巴族 珞巴族 基诺族 其他"
)
# GB/T 4761-2008 in its long form, without what the station never met.
_RELATIONS = (
    "本人 户主 配偶 夫 妻 子 独生子 长子 次子 三子 四子 五子 养子或继子 女婿 其他儿子 女 独生女 长女 次女 三女 四女 "
    "五女 养女或继女 儿媳 其他女儿 孙子、孙女或外孙子、外孙女 孙子 孙女 外孙子 外孙女 父母 父亲 母亲 公公 婆婆 岳父 "
    "岳母 继父或养父 继母或养母 其他父母关系 祖父母或外祖父母 祖父 祖母 外祖父 外祖母 兄弟姐妹 兄 嫂 弟 弟媳 姐姐 "
    "姐夫 妹妹 妹夫 其他兄弟姐妹 其他 侄子 侄女 外甥 外甥女 其他亲属 保姆 非亲属"
)
PEOPLES, RELATIONS = tuple(_PEOPLES.split()), tuple(_RELATIONS.split())
YES_NO = ("是", "否")


@dataclass(frozen=True)
class Field:
    """One line of a form. `choices`: a list to choose from; `form`: what a text must look like."""

    label: str
    name: str
    required: bool = True
    choices: tuple[str, ...] = ()
    form: str = ".+"
    longest: int = 50


@dataclass(frozen=True)
class Book:
    """One of the two kinds of files that the station keeps. `key`: the label no two files have the same of."""

    code: str
    title: str
    person: str
    key: str
    prefix: str
    fields: tuple[Field, ...]

    @property
    def key_name(self) -> str:
        return next(field.name for field in self.fields if field.label == self.key)


RESIDENTS = Book(
    "jm",
    "居民档案",
    "姓名",
    "身份证号",
    "JM",
    (
        Field("姓名", "xm"),
        Field("性别", "xb", choices=("男", "女")),
        Field("身份证号", "sfzh", form=r"[0-9A-Z()]{6,18}", longest=18),
        Field("出生年月", "csny", form=r"(18|19|20)\d\d年([1-9]|1[0-2])月", longest=10),
        Field("民族", "mz", choices=PEOPLES),
        Field("政治面貌", "zzmm", choices=("群众", "党员", "团员", "其他")),
        Field(
            "文化程度", "whcd", choices=("博士", "硕士", "本科", "大专", "高中(中专)", "初中", "小学", "文盲", "学龄前")
        ),
        Field("婚姻状况", "hyzk", choices=("未婚", "已婚", "离异", "丧偶")),
        Field("联系电话", "lxdh", form=r"[\d+ -]{3,20}", longest=20),
        Field("户籍地址", "hjdz", longest=100),
        Field("现居住地址", "xjzdz", longest=100),
        Field("户号", "hh", required=False, form=r"\w*", longest=20),
        Field("与户主关系", "yhzgx", choices=RELATIONS),
        Field("工作单位", "gzdw", required=False, form=".*"),
        Field("是否独居老人", "dljr", required=False, choices=YES_NO),
    ),
)
RENTALS = Book(
    "czw",
    "出租屋台账",
    "房主",
    "房屋编号",
    "CZ",
    (
        Field("房屋编号", "fwbh", form=r"\d{25}", longest=25),
        Field("房屋地址", "fwdz", longest=100),
        Field("房主", "fz"),
        Field("房主电话", "fzdh", form=r"[\d+ -]{3,20}", longest=20),
        Field("出租用途", "czyt", longest=20),
        Field("居住人数", "jzrs", form=r"\d{1,4}", longest=4),
        Field("二手房东", "efd", required=False, form=".*"),
        Field("二手房东电话", "efddh", required=False, form=r"[\d+ -]{0,20}", longest=20),
        Field("是否签责任书", "zrs", choices=YES_NO),
    ),
)
BOOKS: Mapping[str, Book] = {book.code: book for book in (RESIDENTS, RENTALS)}


def refusal(book: Book, record: Mapping[str, str]) -> str | None:
    """The sentence that the station's program says to the first thing it does not like; None when it likes all."""
    for field in book.fields:
        value = record[field.label]
        if not value and field.required:
            return f"请{'选择' if field.choices else '填写'}{field.label}"
        if value and field.choices and value not in field.choices:
            return f"{field.label}不在可选范围内"
        if value and not field.choices and (len(value) > field.longest or not re.fullmatch(field.form, value)):
            return f"{field.label}格式不正确"
    return None


def in_order(record: Mapping[str, str], labels: Sequence[str]) -> list[str]:
    return [record.get(label, "") for label in labels]
