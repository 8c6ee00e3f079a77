"""What the community work station's web form asks of residents and flats, in the order of its page."""

from __future__ import annotations

from datetime import time

from gridapp.contract import (
    ALWAYS,
    Kind,
    Layout,
    Profile,
    Row,
    Window,
    all_of,
    any_of,
    at_least,
    is_in,
)
from gridapp.contract.formats import (
    YEAR_AND_MONTH,
    division_and,
    in_ranges,
    label,
    schooling,
    translate,
    translate_or,
    yes_no,
)

SEX = {"1": "男", "2": "女"}
POLITICAL = {"01": "党员", "02": "党员", "03": "团员", "13": "群众"}
# Our 10 does not say whether 博士 or 硕士; it is the button 研究生, most of whom are 硕士.
EDUCATION = in_ranges(
    (10, 10, "硕士"), (11, 13, "博士"), (14, 19, "硕士"), (20, 28, "本科"), (30, 33, "大专"), (40, 63, "高中(中专)"),
    (70, 73, "初中"), (80, 83, "小学"),
)  # fmt: skip
# They have no word for 90 未说明, and the field is compulsory: refused here rather than guessed.
MARITAL = {"10": "未婚", "20": "已婚", "21": "已婚", "22": "已婚", "23": "已婚", "40": "离异", "30": "丧偶"}

said = yes_no("是", "否")


def lives_alone(mode: str) -> str:
    return "是" if mode == "1" else "否"


RESIDENT = Layout(
    rows=(
        Row("name", "姓名", required=ALWAYS),
        Row("sex", "性别", translate(SEX), ALWAYS),
        Row("id_number", "身份证号", required=ALWAYS),
        Row("birth_date", "出生年月", YEAR_AND_MONTH, ALWAYS),
        Row("ethnicity", "民族", label("ethnicity"), ALWAYS),
        Row("political_status", "政治面貌", translate_or(POLITICAL, "其他"), ALWAYS),
        Row("education", "文化程度", required=ALWAYS, whole=schooling(EDUCATION), reads=("education", "age")),
        Row("marital_status", "婚姻状况", translate(MARITAL), ALWAYS),
        Row("phone", "联系电话", required=ALWAYS),
        Row(
            "hukou_address",
            "户籍地址",
            required=ALWAYS,
            whole=division_and("hukou_division", "hukou_address"),
            reads=("hukou_division", "hukou_address"),
        ),
        Row("housing.address", "现居住地址", required=ALWAYS),
        Row("household.household_no", "户号"),
        Row("residency.relation_to_head", "与户主关系", label("family_relation"), ALWAYS),
        Row("employer_name", "工作单位"),
        Row("care_living_mode", "是否独居老人", lives_alone, offered=at_least("age", 60)),
    ),
    applies=any_of(
        is_in("resident_category", "HJ"),
        all_of(is_in("resident_category", "LD"), at_least("residency.months", 6)),
    ),
)

HOUSING = Layout(
    rows=(
        Row("housing.housing_code", "房屋编号", required=ALWAYS),
        Row("housing.address", "房屋地址", required=ALWAYS),
        Row("housing.owner_name", "房主", required=ALWAYS),
        Row("housing.owner_phone", "房主电话", required=ALWAYS),
        Row("housing.rental_use", "出租用途", label("rental_use"), ALWAYS),
        Row("housing.occupant_count", "居住人数", required=ALWAYS),
        Row("housing.manager_name", "二手房东", offered=is_in("housing.rental_mode", "3")),
        Row("housing.manager_phone", "二手房东电话", offered=is_in("housing.rental_mode", "3")),
        Row("housing.security_letter_signed", "是否签责任书", said, ALWAYS),
    ),
    applies=is_in("housing.is_rental", True),
)

PROFILE = Profile(
    key="GZZ",
    slug="workstation",
    zh="社区工作站系统",
    en="Community work station system",
    owner="街道办/社区工作站(民政、党群口径)",
    owner_en="Sub-district office / community work station",
    basis="城市居民委员会组织法；街道办事处职责",
    basis_en="Organic Law of Urban Residents' Committees; duties of the sub-district office",
    purpose="社区居民档案和出租屋台账",
    purpose_en="The community's file of residents and rented housing",
    layouts={Kind.RESIDENT: RESIDENT, Kind.HOUSING: HOUSING},
    needs=("FWBM",),
    window=Window(opens=time(8, 30), closes=time(18), breaks=((time(12), time(14)),), working_days=True),
    channel="网页填报(代填单或浏览器代填)",
    channel_en="Web form, filled from a copy-card or by a browser",
    position=5,
)
