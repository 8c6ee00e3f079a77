"""Made-up people of division 990101, which does not exist: nobody who lives can be meant.

Whatever is drawn comes from the `random.Random` that is handed in, so the people are the same every time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from stdnum.cn import ric, uscc

DIVISION = "990101"
MAN, WOMAN = "1", "2"

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
_RARE_SURNAMES = ("欧阳", "单", "仇", "上官", "覃", "令狐")
_MEN = "伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆旭宁龙林海峰志远文博子轩一鸣国庆建设"
_WOMEN = "芳娜敏静丽艳娟霞燕玲婷雪琳倩颖洁梅莉兰凤慧萍红玉秀英丹晶欣怡思雨佳琪春花桂香美玲淑珍"

# What a real register has and old systems stumble over: characters beyond GBK and the first plane, long names
_REMARKABLE = (
    ("龚䶮", MAN, "01"),
    ("吴𠮷", MAN, "01"),
    ("买买提·吐尔逊", MAN, "05"),
    ("阿依古丽·买买提", WOMAN, "05"),
    ("王㛃", WOMAN, "01"),
    ("单于丹", WOMAN, "02"),
)

# Real counties elsewhere, where somebody who came to work may be registered
_HOME_COUNTIES = (
    ("430181", "淮川街道北正路"),
    ("450881", "西山镇城中街"),
    ("511321", "南隆街道蜀北大道"),
    ("360121", "莲塘镇澄湖东路"),
    ("421181", "鼓楼街道融辉路"),
    ("522301", "桔山街道瑞金大道"),
)
_TRADES = (("60000", "装配工"), ("40000", "外卖员"), ("40000", "收银员"), ("20000", "软件工程师"), ("30000", "文员"))
_EMPLOYERS = ("测试区晨光电子厂", "测试区便民超市", "测试区云帆科技有限公司", "测试区同城配送站", "测试区向阳服装厂")


@dataclass(frozen=True)
class Resident:
    """Somebody: `fields` of the resident, `residency` and `household` fields of how they live at their flat.

    All by canonical name, as a worker would type them.
    """

    fields: dict[str, Any]
    residency: dict[str, Any]
    household: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.fields["name"])


def employer(number: int) -> dict[str, str]:
    """The name and the credit code (GB 32100, division 990101) of a made-up employer."""
    number %= len(_EMPLOYERS)
    body = f"91{DIVISION}{number + 10:08d}A"
    return {"employer_name": _EMPLOYERS[number], "employer_uscc": body + uscc.calc_check_digit(body)}


class People:
    """Makes residents; no two have the same document or phone. `on`: the day that ages and stays are counted from."""

    def __init__(self, random: Random, *, on: date) -> None:
        self._random, self._on = random, on
        self._documents: Counter[tuple[date, str]] = Counter()
        self._phones = 0
        self._households = 0
        self._remarkable = list(_REMARKABLE)

    def household(self, address: str, *, renting: bool) -> list[Resident]:
        """The people of one flat, the head first: owners registered at its address, or tenants from elsewhere."""
        self._households += 1
        return self._tenants() if renting else [_registered_at(address, one) for one in self._owners()]

    def owner(self) -> dict[str, Any]:
        """An owner who lives elsewhere, as housing.owner_* fields."""
        sex = self._random.choice((MAN, WOMAN))
        return owned_by(self._person(self._random.randint(35, 70), sex, surname=""))

    def id_number(self, birth: date, sex: str) -> str:
        """18 characters of division 990101 with the right check digit, never given before."""
        self._documents[birth, sex] += 1
        serial = 9 + 2 * self._documents[birth, sex] + (0 if sex == MAN else 1)  # odd: a man
        body = f"{DIVISION}{birth:%Y%m%d}{serial:03d}"
        return body + str(ric.calc_check_digit(f"{body}0"))

    def phone(self) -> str:
        """A mobile number that carries the division, so that everybody sees it is made up."""
        self._phones += 1
        return f"1{3 + self._phones // 900}{DIVISION}{100 + self._phones % 900}"

    def _owners(self) -> list[Resident]:
        draw = self._random.random()
        if draw < 0.25:
            alone = self._person(self._random.randint(66, 88), self._random.choice((MAN, WOMAN)), surname="")
            called = {"guardian_name": self._name(MAN, str(alone["name"])[0], grown=False)[0]}
            cared_for = {"care_living_mode": "1", **called, "guardian_phone": self.phone()}
            return [self._here(alone | cared_for, "1", "02", years=20)]
        age = self._random.randint(30, 52)
        husband = self._person(age, MAN, surname="")
        surname = str(husband["name"])[0]
        wife = self._person(age - 2, WOMAN, surname="")
        family = [self._here(husband, "1", "02", years=6), self._here(wife, "1", "12", years=6)]
        if draw < 0.8:
            sex = self._random.choice((MAN, WOMAN))
            child = self._person(self._random.randint(1, age - 26), sex, surname=surname, mother=wife)
            family.append(self._here(child, "1", "20" if sex == MAN else "30", years=6))
        return family

    def _tenants(self) -> list[Resident]:
        county, street = self._random.choice(_HOME_COUNTIES)
        came = self._on - timedelta(days=self._random.randint(20, 1500))
        from_elsewhere = {
            "hukou_division": county,
            "hukou_address": f"{street}{self._random.randint(1, 200)}号",
            "native_place": county,
            "inflow_reason": "01",
            "inflow_date": came.isoformat(),
            "permit_type": "01",
        }
        sex = self._random.choice((MAN, WOMAN))
        first = self._person(self._random.randint(20, 45), sex, surname="") | from_elsewhere
        together = [self._here(first, "2", "02", since=came)]
        if self._random.random() < 0.5:
            other = WOMAN if sex == MAN else MAN
            second = self._person(self._random.randint(22, 44), other, surname="") | from_elsewhere
            together.append(self._here(second, "2", "12" if other == WOMAN else "11", since=came))
        return together

    def _here(
        self, fields: dict[str, Any], kind: str, relation: str, *, years: int = 0, since: date | None = None
    ) -> Resident:
        """How somebody lives at the flat. `kind`: 1 own, 2 rented. Nobody moves in before they are born."""
        start = since or self._on - timedelta(days=365 * years + self._random.randint(0, 300))
        residency = {
            "residency.residency_kind": kind,
            "residency.start_date": max(start, _birth(fields)).isoformat(),
            "residency.relation_to_head": relation,
            "residency.relation_to_owner": "5" if kind == "2" else {"02": "1", "12": "2"}.get(relation, "3"),
        }
        household = {"household.household_no": f"99{self._households:07d}", "household.household_type": "1"}
        return Resident(fields, residency, household)

    def _person(self, age: int, sex: str, *, surname: str, mother: dict[str, Any] | None = None) -> dict[str, Any]:
        birth = self._on.replace(day=1) - timedelta(days=365 * age + self._random.randint(30, 300))
        name, ethnicity = self._name(sex, surname, grown=mother is None)
        grown = {"marital_status": "20" if age > 26 else "10", "political_status": "01" if age % 9 == 0 else "13"}
        number = self.id_number(birth, sex)
        fields = {
            "id_type": "111",
            "id_number": number,
            "name": name,
            "ethnicity": ethnicity,
            "phone": str(mother["phone"]) if mother else self.phone(),
            "hukou_division": DIVISION,
            "hukou_address": f"望月街道望月路{self._random.randint(1, 99)}号",
            "hukou_type": "1",
            "native_place": DIVISION,
            "education": self._random.choice(("20", "30", "40", "60", "70")),
            **grown,
            **self._work(age),
        }
        return fields | self._childhood(age, mother) if mother else fields

    def _work(self, age: int) -> dict[str, str]:
        if age >= 60:
            return {"occupation_category": "90200", "occupation": "退休"}
        category, occupation = self._random.choice(_TRADES)
        at = employer(self._random.randrange(len(_EMPLOYERS)))
        return {"occupation_category": category, "occupation": occupation, **at}

    def _childhood(self, age: int, mother: dict[str, Any]) -> dict[str, str]:
        """What differs for somebody who lives with their parents; an empty text takes a field away."""
        category, occupation = ("90400", "学龄前儿童") if age < 6 else ("90100", "学生")
        return {
            "occupation_category": category,
            "occupation": occupation,
            "employer_name": "",
            "employer_uscc": "",
            "marital_status": "10",
            "political_status": "13",
            "education": "90" if age < 7 else "80" if age < 13 else "70",
            "guardian_name": str(mother["name"]),
            "guardian_id_number": str(mother["id_number"]),
            "guardian_relation": "52",
            "guardian_phone": str(mother["phone"]),
        }

    def _name(self, sex: str, surname: str, *, grown: bool) -> tuple[str, str]:
        """A name and the ethnicity that goes with it."""
        if grown and self._remarkable and self._remarkable[0][1] == sex and self._random.random() < 0.2:
            name, _, ethnicity = self._remarkable.pop(0)
            return name, ethnicity
        rare = self._random.random() < 0.05
        family = surname or self._random.choice(_RARE_SURNAMES if rare else _SURNAMES)
        letters = _MEN if sex == MAN else _WOMEN
        return family + "".join(self._random.sample(letters, self._random.choice((1, 2, 2)))), "01"


def leased_to(tenant: Resident, rent: int) -> dict[str, Any]:
    """The lease of a let flat as tenancy.* and housing.lessee_* fields. `rent`: yuan a month."""
    start = date.fromisoformat(tenant.residency["residency.start_date"])
    return {
        "housing.lessee_name": tenant.name,
        "tenancy.lessee_id_type": tenant.fields["id_type"],
        "housing.lessee_id_number": tenant.fields["id_number"],
        "housing.lessee_phone": tenant.fields["phone"],
        "tenancy.lease_start": start.isoformat(),
        "tenancy.lease_end": (start + timedelta(days=3 * 365)).isoformat(),
        "tenancy.monthly_rent": str(rent),
    }


def owned_by(fields: dict[str, Any]) -> dict[str, Any]:
    """Somebody's fields as those of the owner of a flat."""
    return {
        "housing.owner_type": "1",
        "housing.owner_id_type": fields["id_type"],
        "housing.owner_id_number": fields["id_number"],
        "housing.owner_name": fields["name"],
        "housing.owner_phone": fields["phone"],
        "housing.owner_address": fields["hukou_address"],
    }


def _registered_at(address: str, one: Resident) -> Resident:
    return Resident(one.fields | {"hukou_address": address}, one.residency, one.household)


def _birth(fields: dict[str, Any]) -> date:
    digits = str(fields["id_number"])[6:14]
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
