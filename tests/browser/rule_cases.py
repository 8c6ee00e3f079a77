"""What people might type, made by a seeded chance: for the check on the server and for its twin on the tablet.

Ages and stays come close to the boundaries that conditions ask about; every field gets right values, junk, nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from stdnum.cn import uscc

from gridapp.desk import groups
from gridapp.dictionary import FIELDS, TABLES, Field
from gridapp.dictionary.documents import check_digit

AGES = (0, 1, 5, 6, 7, 11, 13, 14, 15, 16, 18, 20, 22, 50, 60, 65, 100, 130, 131)
STAYS = (0, 1, 29, 30, 31, 179, 180, 184, 200, 400)
LEASES = (-1, 0, 30, 7300, 7400)
AREAS = ("990101", "440305", "440321", "810000", "830000", "000000")
JUNK = (
    "x",
    "？",
    "123",
    "无",
    "﻿测 试",
    "a" * 41,
    "𠮷" * 3,
    "0",
    "-1",
    "1.5",
    "\x07",
    "测·试",
    "＜＞",
    "张三1",
    "Ⅳ",
    "①",
)
NAMES = (
    "测试甲",
    "阿依·古丽",
    "阿依.古丽",
    " 测试 乙 ",
    "测",
    "ZHANG SAN",
    "张San",
    "测试·",
    "𬭚翀",
    "测试１",
    "O’Brien",
    "张 三",
)
ADDRESSES = (
    "测试路1号",
    "测试村3组5号",
    "测试省测试区测试路12号芳草园3栋2单元301室",
    "测试区大道9号",
    "芳草园3幢2单元301",
    "短",
    "测试路" * 30,
    "测试路１号㊣𠮷",
    "测试路1号|后院",
    "测试省测试区短",
)
TEXTS = (
    "测试电子厂",
    "装配工",
    "301",
    " 很 长 " * 12,
    "a\tb",
    "ABC12345",
    "楼道堆放电动车",
    "证件遗失了",
    "四个字的",
    "短",
    "12-3",
)
NO_DAYS = (
    "20230229",
    "20241131",
    "20240431",
    "18990101",
    "2024-13-01",
    "today",
    "２０２４０１３１",
    "00000101",
    "21010101",
)
PHONES = (
    "13912345678",
    "139 1234 5678",
    "+86 13912345678",
    "０７５５-12345678",
    "0755 87654321",
    "13800000000",
    "12345678901",
    "1391234567",
)
DIVISIONS = (
    "440305",
    "990101",
    "990101 测试省测试区",
    "440305 广东省深圳市南山区",
    "110000",
    "990102",
    "81000",
    "123456",
    "４４０３０５",
    "810000",
)


def years_before(on: date, years: int) -> date:
    """The birthday, 1 March where the year has no 29 February."""
    day = on.replace(month=3, day=1) if (on.month, on.day) == (2, 29) else on
    return day.replace(year=on.year - years)


def some_day(on: date, chance: Random) -> date:
    near = timedelta(days=chance.choice((-2, -1, 0, 0, 1, 40)))
    if chance.random() < 0.6:
        return years_before(on, chance.choice(AGES)) + near
    return on - timedelta(days=chance.choice(STAYS)) + near


def written(day: date, chance: Random) -> str:
    forms = (
        f"{day:%Y%m%d}",
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    )
    return chance.choice(forms)


def identity_number(on: date, chance: Random) -> str:
    """A number of an identity card, mostly a right one, sometimes with a slip."""
    head = f"{chance.choice(AREAS)}{some_day(on, chance):%Y%m%d}{chance.randrange(1000):03}"
    number = head + check_digit(head + "0")
    slips: tuple[Callable[[str], str], ...] = (
        lambda text: text.lower(),
        lambda text: f" {text[:6]} {text[6:14]} {text[14:]}",
        lambda text: f"{text[:6]}-{text[6:]}",
        lambda text: "".join(chr(ord(one) + 0xFEE0) for one in text),
        lambda text: text[:-1] + ("1" if text[-1] != "1" else "2"),
        lambda text: text[:6] + "19910229" + text[14:],
        lambda text: text[:17],
        lambda text: f"{text[:6]}{text[8:17]}",
        lambda text: text[:10] + "O" + text[11:],
    )
    return chance.choice(slips)(number) if chance.random() < 0.35 else number


def other_number(chance: Random) -> str:
    head = f"9{chance.choice('123')}{chance.choice(('990101', '440305'))}{chance.randrange(10**8):08}A"
    code = head + str(uscc.calc_check_digit(head))
    permanent = f"9110840{some_day(date(2020, 1, 1), chance):%Y%m%d}12"
    others = ("E12345678", "H12345678", "12345678", "A123456789", "G1234567", "临时证-001", "ABC123456789012")
    return chance.choice((code, code[:-1] + "0", code[:17], permanent + check_digit(permanent + "0"), *others))


def _numbers(field: Field, on: date, chance: Random) -> str:
    return identity_number(on, chance) if chance.random() < 0.75 else other_number(chance)


def _code(field: Field, on: date, chance: Random) -> str:
    table = TABLES[field.table or ""]
    code = chance.choice(table.offered if chance.random() < 0.8 else [one.code for one in table.items])
    return (
        code
        if chance.random() < 0.95
        else chance.choice(("ZZ", "".join(chr(ord(one) + 0xFEE0) for one in code), f" {code} "))
    )


def _codes(field: Field, on: date, chance: Random) -> list[str]:
    table = TABLES[field.table or ""]
    return chance.sample([one.code for one in table.items], chance.choice((0, 1, 1, 2, 3)))


def _choice(*values: str) -> Callable[[Field, date, Random], str]:
    return lambda field, on, chance: chance.choice(values)


_TYPED: dict[str, Callable[[Field, date, Random], str | list[str]]] = {
    "code": _code,
    "codes": _codes,
    "bool": _choice("true", "false", "是", "否", "有", "也许"),
    "date": lambda field, on, chance: written(some_day(on, chance), chance) if chance.random() < 0.9 else chance.choice(
        NO_DAYS
    ),
    "document": _numbers,
    "uscc": lambda field, on, chance: other_number(chance),
    "phone": _choice(*PHONES),
    "name": _choice(*NAMES),
    "division": _choice(*DIVISIONS),
    "integer": _choice("0", "1", "3", "12", "-1", "B1", "3层", "负2层", "1.0", "99999", "+5"),
    "decimal": _choice("18.5", "0", "0.01", "1000.125", "999999.99", "999999.991", "１２.5", "1e3", "3500", "18.500"),
    "text": _choice(*TEXTS),
}  # fmt: skip
_BY_NAME: dict[str, Callable[[Field, date, Random], str | list[str]]] = {
    "id_type": lambda field, on, chance: chance.choice(("111",) * 6 + ("990", _code(field, on, chance), "414", "117")),
    "hukou_address": _choice(*ADDRESSES),
    "foreign_surname": _choice("MÜLLER", "smith", "O'Neil", "史密斯"),
    "foreign_given_name": _choice("JOHN", "Ｊohn", "Anne-Marie"),
    "residency.start_date": lambda field, on, chance: written(on - timedelta(days=chance.choice(STAYS)), chance),
    "tenancy.lease_start": lambda field, on, chance: written(on - timedelta(days=chance.choice(STAYS)), chance),
    "tenancy.lease_end": lambda field, on, chance: written(on + timedelta(days=chance.choice(LEASES)), chance),
}  # fmt: skip


def typed(name: str, on: date, chance: Random) -> str | list[str]:
    """What might stand in one field."""
    field = FIELDS[name]
    if chance.random() < 0.04 and field.type != "codes":
        return chance.choice(JUNK)
    return (_BY_NAME.get(name) or _TYPED[field.type])(field, on, chance)


def form(kind: str, on: date, chance: Random) -> dict[str, Any]:
    """What might stand in a whole form; how much of it is filled in differs from form to form."""
    share = chance.choice((0.1, 0.4, 0.7, 0.95))
    always = groups.ALWAYS[kind]
    names = (name for name in groups.names(kind) if chance.random() < (share + 0.3 if name in always else share))
    values = {name: typed(name, on, chance) for name in names}
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


def plausible(kind: str, on: date, chance: Random) -> dict[str, Any]:
    """A form that was filled in rather well: a person or home of whom much is known."""
    values = form(kind, on, chance)
    if kind == "resident":
        area, born = chance.choice(("990101", "440305")), some_day(on, chance)
        head = f"{area}{min(born, on):%Y%m%d}{chance.randrange(1000):03}"
        values |= {
            "id_type": "111",
            "id_number": head + check_digit(head + "0"),
            "name": "测试甲",
            "phone": "13912345678",
        }
        values |= {"hukou_division": area, "hukou_address": chance.choice(ADDRESSES[:4])}
        values |= {
            "residency.residency_kind": chance.choice("1235"),
            "residency.start_date": f"{on - timedelta(days=90):%Y%m%d}",
        }
        return values
    values |= {"housing.house_form": chance.choice("1278"), "housing.is_rental": chance.choice(("true", "false"))}
    return values | {
        "housing.rental_mode": chance.choice("123456"),
        "housing.owner_name": "测试房东",
        "housing.owner_phone": "13912345679",
    }
