"""What the police residence register is told of a resident: one row of its exchange table T_JH_JZDJ_UP."""

from __future__ import annotations

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row, View, all_of, any_of, is_in, known, not_
from gridapp.contract.formats import (
    COMPACT_DATE,
    chain,
    digits,
    encodable,
    escaped,
    exactly,
    one_of,
    translate,
    translate_or_keep,
)

# Police-local codes for the two residence permits that are younger than GA/T 517.
DOCUMENT = {"155": "G01", "156": "G02"}
# Lossy on purpose: they tell 投靠亲友 from 借读培训, not 婚嫁 from 随迁; our own code is kept here.
REASON = {
    "01": "01", "02": "02", "03": "03", "04": "06", "05": "09", "06": "09", "07": "07", "08": "09", "09": "05",
    "99": "99",
}  # fmt: skip
DWELLING = {"01": "05", "02": "04", "03": "01", "04": "01", "05": "02", "06": "03", "07": "02", "99": "06"}

RESIDENT_CARD = is_in("id_type", "111")
CATEGORY = "resident_category"

# Their database is GBK: a rare character goes as &#xXXXX; in every text.
text = escaped("gbk")


def tens(education: str) -> str:
    """They keep the broad levels of GB/T 4658 only."""
    return education[0] + "0"


def card_number(view: View) -> str | None:
    return view.get("id_number") if view.get("id_type") == "111" else None


def other_number(view: View) -> str | None:
    return None if view.get("id_type") == "111" else view.get("id_number")


RESIDENT = Layout(
    rows=(
        Row("@id", "DSBM", required=ALWAYS),
        Row("@op", "CZLX", required=ALWAYS, note="A/U/D"),
        Row("id_type", "CYZJDM", translate_or_keep(DOCUMENT), ALWAYS),
        # One number, two columns: GMSFHM is for resident identity cards alone.
        Row(
            "id_number",
            "GMSFHM",
            required=RESIDENT_CARD,
            whole=card_number,
            reads=("id_type", "id_number"),
            stands=all_of(RESIDENT_CARD, known("id_number")),
        ),
        Row(
            "id_number",
            "ZJHM",
            required=not_(RESIDENT_CARD),
            whole=other_number,
            reads=("id_type", "id_number"),
            stands=all_of(not_(RESIDENT_CARD), known("id_number")),
        ),
        Row("name", "XM", chain(text, encodable("gbk", 40)), ALWAYS),
        Row("former_name", "CYM", text),
        Row("foreign_surname", "WWX", required=is_in(CATEGORY, "JW")),
        Row("foreign_given_name", "WWM", required=is_in(CATEGORY, "JW")),
        Row("sex", "XBDM", one_of("1", "2"), ALWAYS),
        Row("ethnicity", "MZDM", required=ALWAYS),
        Row("birth_date", "CSRQ", COMPACT_DATE, ALWAYS),
        Row("native_place", "JGSSXQDM"),
        Row("education", "XLDM", tens),
        Row("marital_status", "HYZKDM"),
        Row("political_status", "ZZMMDM"),
        Row("occupation", "CYZK_ZY", text),
        Row("employer_name", "CYZK_DWMC", text),
        Row("phone", "LXDH", digits, ALWAYS),
        Row("hukou_division", "HJDZ_SSXQDM", required=ALWAYS),
        Row("hukou_address", "HJDZ_QHNXXDZ", text, ALWAYS),
        Row("housing.housing_code", "JZDZ_DZBM", required=ALWAYS, note="FWBM"),
        Row("housing.address", "JZDZ_QHNXXDZ", text, ALWAYS),
        Row("inflow_reason", "ZZSYDM", translate(REASON), ALWAYS),
        Row("residency.dwelling_type", "ZZCSDM", translate(DWELLING), ALWAYS),
        Row("residency.start_date", "LBSRQ", COMPACT_DATE, ALWAYS),
        Row("residency.planned_end_date", "NLKRQ", COMPACT_DATE),
        Row("residency.relation_to_head", "YHZGXDM"),
        Row("residency.relation_to_owner", "YFZGX", required=ALWAYS),
        Row("mapped.police_grid", "SSJWQDM", exactly(12), ALWAYS, note="警务区，由网格对应"),
        Row("@worker", "CJR", required=ALWAYS, note="采集人证件号码"),
        Row("@time", "CJSJ", required=ALWAYS, note="YYYYMMDDHH24MISS"),
    ),
    # Visits of less than three days are not for them; that it is one is not known at the door, so nobody is left out.
    applies=any_of(
        is_in(CATEGORY, "LD"),
        all_of(is_in(CATEGORY, "JW"), is_in("id_type", "155", "156")),
        all_of(is_in(CATEGORY, "HJ"), is_in("hukou_consistency", "02")),
    ),
    closes=ALWAYS,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
)

PROFILE = Profile(
    key="JZDJ",
    slug="residence_registration",
    zh="居住登记系统",
    en="Residence registration system",
    owner="市公安局(人口管理支队)",
    owner_en="City public security bureau, population management",
    basis="户口登记条例；居住证暂行条例；出境入境管理法",
    basis_en="Household Registration Regulations; Residence Permit Regulations; Exit and Entry Administration Law",
    purpose="非本市户籍和人户分离居民的居住登记，办理居住证的前提",
    purpose_en="Registration of residents from elsewhere and away from their hukou, the ground for a residence permit",
    layouts={Kind.RESIDENT: RESIDENT},
    needs=("FWBM",),
    gives={"RKBM": "JZDJ.RKBM", "DJBH": "JZDJ.DJBH"},
    # No window: the exchange table takes rows at any hour, their ferry comes for them from 06:00 to 23:00.
    channel="前置机交换表",
    channel_en="Exchange tables of a front-end database",
    position=2,
)
