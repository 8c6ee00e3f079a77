"""What the population system of the health commission is told: women of child-bearing age and small children."""

from __future__ import annotations

from datetime import time

from gridapp.contract import (
    ALWAYS,
    NEVER,
    Action,
    Condition,
    Kind,
    Layout,
    Profile,
    Row,
    View,
    Window,
    all_of,
    any_of,
    at_least,
    is_in,
    known,
    not_,
)
from gridapp.contract.formats import COMPACT_DATE, exactly, one_of, padded, translate, translate_or

# No 90 未说明: they refuse it (R02), so do we.
MARITAL = {"10": "1", "20": "2", "21": "2", "22": "3", "23": "3", "40": "4", "30": "5"}

FLOATING = is_in("resident_category", "LD")
SMALL = 7
"""Years: below it they ask for the mother."""
CHILD = all_of(known("age"), not_(at_least("age", SMALL)))
NEW_BORN = all_of(known("age"), not_(at_least("age", 1)))
WOMAN = all_of(is_in("sex", "2"), at_least("age", 15), not_(at_least("age", 50)))
GONE = is_in("residency.end_reason", "2", "3", "7")
LEFT, DEATH = "1", "2"

MOTHER = "52"
UNNUMBERED = is_in("id_type", "117")
# Our guardian block holds one guardian; the row's relation says whether it is the mother.
GUARDIAN_NUMBER = ("guardian_id_number", "guardian_relation", "age")
GUARDIAN_NAME = ("guardian_name", "guardian_relation", "age")


def _mothers(view: View, field: str) -> str | None:
    """A guardian's field when that is the mother: they ask for her alone.

    Another guardian of a small child is refused (R05 there); of anybody older nobody asks.
    """
    text: str | None = view.get(field)
    if not text or view.get("guardian_relation", MOTHER) == MOTHER:
        return text
    if view.get("age", 0) >= SMALL:
        return None
    raise ValueError("对方系统只收母亲的信息，所填监护人不是母亲")


def mothers_number(view: View) -> str | None:
    return _mothers(view, "guardian_id_number")


def mothers_name(view: View) -> str | None:
    return _mothers(view, "guardian_name")


def mothers(field: str) -> Condition:
    """When `_mothers` has something; what it refuses is there, too."""
    mother = any_of(not_(known("guardian_relation")), is_in("guardian_relation", MOTHER))
    return all_of(known(field), any_of(mother, not_(at_least("age", SMALL))))


def number(view: View) -> str | None:
    """A child without a number goes under the mother's, with a hyphen and a sequence.

    Which child of hers it is nobody says at the door: always the first. Twins without numbers collide there and come
    back as a conflict, which a person settles.
    """
    if view.get("id_type") != "117":
        return view.get("id_number")
    mother = mothers_number(view)
    return f"{mother}-1" if mother else None


RESIDENT = Layout(
    rows=(
        Row("@id", "LSH", required=ALWAYS),
        Row("name", "XM", required=ALWAYS),
        Row(
            "id_number",
            "SFZH",
            required=ALWAYS,
            whole=number,
            reads=("id_type", "id_number", *GUARDIAN_NUMBER),
            asks=("id_type", "id_number"),
            stands=any_of(
                all_of(not_(UNNUMBERED), known("id_number")), all_of(UNNUMBERED, mothers("guardian_id_number"))
            ),
        ),
        Row("sex", "XB", one_of("1", "2"), ALWAYS),
        Row("birth_date", "CSRQ", COMPACT_DATE, ALWAYS),
        Row("ethnicity", "MZ", exactly(2), ALWAYS),
        Row("marital_status", "HYZK", translate(MARITAL), ALWAYS),
        Row("hukou_division", "HJDXZQH", padded(12), ALWAYS),
        Row("hukou_address", "HJDXXDZ", required=ALWAYS),
        Row("housing.division_code", "XJDXZQH", exactly(12), ALWAYS),
        Row("housing.address", "XJDXXDZ", required=ALWAYS),
        Row("inflow_date", "LRRQ", COMPACT_DATE, FLOATING),
        Row("inflow_reason", "LRYY", required=FLOATING),
        Row("phone", "LXDH", required=ALWAYS),
        Row(
            "guardian_id_number",
            "MQSFZH",
            required=CHILD,
            whole=mothers_number,
            reads=GUARDIAN_NUMBER,
            asks=GUARDIAN_NUMBER[:2],
            stands=mothers("guardian_id_number"),
        ),
        Row(
            "guardian_name",
            "MQXM",
            required=CHILD,
            whole=mothers_name,
            reads=GUARDIAN_NAME,
            asks=GUARDIAN_NAME[:2],
            stands=mothers("guardian_name"),
        ),
        # Since 2021 the purpose is service, not approval: fertility is not asked without a notice to the person.
        Row("children_count", "ZNS", offered=NEVER),
        Row("JZDJ.DJBH", "JZDJBH", note="居住登记编号"),
        # Not in their table of fields, but their actions part 迁出 from 死亡. It goes out when somebody is gone.
        Row("residency.end_reason", "ZXYY", translate_or({"3": DEATH}, LEFT), offered=NEVER, note="1迁出 2死亡"),
    ),
    applies=all_of(any_of(CHILD, WOMAN), any_of(NEW_BORN, at_least("residency.days", 30))),
    closes=GONE,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
)

PROFILE = Profile(
    key="JS",
    slug="family_planning",
    zh="计生系统(全员人口信息系统)",
    en="Family planning system",
    owner="市卫生健康委",
    owner_en="City health commission",
    basis="人口与计划生育法(2021年修正)",
    basis_en="Population and Family Planning Law (2021 text)",
    purpose="育龄妇女和儿童健康服务",
    purpose_en="Health services for women of child-bearing age and small children",
    layouts={Kind.RESIDENT: RESIDENT},
    needs=("JZDJ",),
    gives={"QYRKBM": "JS.QYRKBM"},
    # The 1st of a month is frozen for their statistics. After 20:00 a file counts for the next day: see connector.py.
    window=Window(opens=time(7), closes=time(21), freeze_days=frozenset({1})),
    channel="SFTP 文件(XML)",
    channel_en="XML files over SFTP",
    position=6,
)
