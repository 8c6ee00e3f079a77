"""The order in which the desk asks: short groups, the document number first, rare optional fields folded away.

Which of these a person is asked is decided by the catalogue; this only says where a field stands on the page.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.contract import Kind


@dataclass(frozen=True)
class Group:
    """`fields` stand in the flow; `folded` are optional and rare."""

    key: str
    title: str | Promise
    fields: tuple[str, ...]
    folded: tuple[str, ...] = ()


RESIDENT = (
    Group(
        "person",
        _("证件与姓名"),
        ("id_number", "id_type", "id_reason", "name", "foreign_surname", "foreign_given_name", "nationality", "sex",
         "birth_date", "id_doc_expiry_date", "ethnicity"),
        ("former_name",),
    ),
    Group(
        "living",
        _("居住"),
        ("residency.residency_kind", "residency.start_date", "residency.relation_to_owner",
         "residency.relation_to_head", "household.household_no", "visit_purpose", "arrival_date",
         "planned_departure_date"),
        ("residency.planned_end_date",),
    ),
    Group(
        "contact",
        _("联系与户籍"),
        ("phone", "hukou_division", "hukou_address", "inflow_reason", "inflow_date", "native_place", "permit_type",
         "permit_no"),
        ("permit_register_date", "permit_expiry_date"),
    ),
    Group(
        "work",
        _("学历、工作与家庭"),
        ("education", "political_status", "marital_status", "occupation_category", "occupation", "employer_uscc",
         "employer_name", "hukou_type", "care_living_mode", "guardian_name", "guardian_relation", "guardian_phone",
         "guardian_id_number", "children_count"),
    ),
)  # fmt: skip

HOUSING = (
    Group(
        "housing",
        _("房屋"),
        ("housing.room_no", "housing.floor_no", "housing.house_form", "housing.housing_status",
         "housing.building_use", "housing.house_structure",
         "housing.floor_area", "housing.ownership_kind"),
        ("housing.ownership_cert_no",),
    ),
    Group(
        "rental",
        _("出租与隐患"),
        ("housing.is_rental", "housing.rental_use", "housing.rental_mode", "housing.rental_rooms",
         "housing.hidden_danger_types", "housing.hidden_danger_note", "housing.security_letter_signed"),
    ),
    Group(
        "owner",
        _("房主"),
        ("housing.owner_type", "housing.owner_name", "housing.owner_phone", "housing.owner_id_type",
         "housing.owner_id_number", "housing.owner_address"),
        ("housing.manager_name", "housing.manager_phone"),
    ),
    Group(
        "tenancy",
        _("租赁合同"),
        ("tenancy.lease_start", "tenancy.lease_end", "tenancy.monthly_rent", "housing.lessee_name",
         "tenancy.lessee_id_type", "housing.lessee_id_number", "housing.lessee_phone"),
    ),
    Group(
        "premises",
        _("单位与场所"),
        ("premises.place_type", "premises.uscc", "premises.name", "premises.safety_hazard_type"),
    ),
)  # fmt: skip

MOVE = (
    Group(
        "living",
        _("新住处"),
        (
            "residency.start_date",
            "residency.residency_kind",
            "residency.relation_to_owner",
            "residency.relation_to_head",
        ),
    ),
)
CLOSE = (Group("leaving", _("搬离"), ("residency.end_date", "residency.end_reason")),)

GROUPS: dict[str, tuple[Group, ...]] = {
    Kind.RESIDENT: RESIDENT,
    Kind.HOUSING: HOUSING,
    "move": MOVE,
    "close": CLOSE,
}

ALWAYS: dict[str, tuple[str, ...]] = {
    Kind.RESIDENT: (
        "id_type",
        "id_number",
        "name",
        "ethnicity",
        "phone",
        "residency.residency_kind",
        "residency.start_date",
    ),
    Kind.HOUSING: ("housing.house_form", "housing.housing_status", "housing.owner_type", "housing.is_rental"),
    "move": ("residency.start_date", "residency.residency_kind"),
    "close": CLOSE[0].fields,
}
"""Asked of everybody: the dictionary requires them whatever the targets."""

OF_HOUSEMATES = ("household.household_no", "residency.relation_to_head")
"""Asked of whoever is entered right after somebody of the same household."""

PLACED = frozenset({"housing.room_no", "housing.floor_no"})
"""Chosen before the form of a new flat opens; asked on the form only to put them right."""

HINTS: dict[str, str | Promise] = {
    "id_number": _("18 位号码先输，出生日期、性别和年龄自动得出；空格、小写 x 都可以，输满自动到下一项"),
    "id_type": _("有居民身份证就不用改；婴儿还没有号码的选出生医学证明"),
    "id_reason": _("至少 5 个字，督导会核对"),
    "name": _("与证件一致；少数民族姓名中的点用“·”"),
    "former_name": _("户口簿上有才填"),
    "foreign_surname": _("照护照下方两行字母抄，大写"),
    "foreign_given_name": _("照护照下方两行字母抄，大写"),
    "id_doc_expiry_date": _("证件上写的到期日；8 位数字，例如 20300131"),
    "ethnicity": _("照证件，不要猜"),
    "residency.residency_kind": _("现在怎么住在这里的"),
    "residency.start_date": _("住进这里的那一天；8 位数字，例如 20240131；一年以内只输月日，例如 0131"),
    "residency.relation_to_head": _("看户口簿；不是一本户口簿的，看谁当家"),
    "residency.planned_end_date": _("合同到期日或本人说的日期；8 位数字"),
    "household.household_no": _("户口簿首页的户号，最多 9 位"),
    "inflow_reason": _("来本市主要为什么"),
    "inflow_date": _("来本市的那一天，不晚于入住日期；8 位数字，一年以内只输月日 4 位"),
    "arrival_date": _("入住后 24 小时内要登记；月日 4 位数字，例如 0131"),
    "phone": _("11 位手机号，或带区号的座机；儿童填监护人的"),
    "hukou_division": _("输入地名、拼音首字母或 6 位代码，再点选"),
    "hukou_address": _("不用再写省、市、县，例如 测试路 1 号"),
    "hukou_type": _("看户口簿首页；单位或学校的集体户选集体户"),
    "native_place": _("祖父长期居住地；输入地名、拼音首字母或 6 位代码，再点选"),
    "permit_no": _("居住证上的号码；没有办就不填"),
    "education": _("已经毕业的最高学历；没上过学的选其他"),
    "political_status": _("本人怎么说就怎么填；14 岁以下是群众"),
    "marital_status": _("本人怎么说就怎么填，不用看证"),
    "occupation_category": _("上学、退休、没有工作也在这里选"),
    "occupation": _("做什么活；没有的自己写"),
    "employer_uscc": _("输入单位名称、拼音首字母或信用代码，再点选；没有的照营业执照输 18 位代码；没有单位不填"),
    "employer_name": _("写全称，与营业执照一致；学生写学校"),
    "guardian_name": _("14 岁以下才问；家人已录入的，直接点"),
    "guardian_id_number": _("监护人的证件号码"),
    "children_count": _("本人生育、收养的子女数；不愿说可以不填"),
    "housing.floor_no": _("地下一层写 -1，没有 0 层"),
    "housing.floor_area": _("平方米，最多两位小数；看合同或产权证"),
    "housing.ownership_cert_no": _("不动产权证上的号码；没看到证就不填"),
    "housing.rental_mode": _("一家租整套是整租，分给几家住是分租"),
    "housing.rental_rooms": _("租出去几间"),
    "housing.hidden_danger_types": _("可多选；没有隐患选“无”"),
    "housing.hidden_danger_note": _("有隐患时至少 5 个字"),
    "housing.security_letter_signed": _("房主签过治安、消防责任书没有"),
    "housing.owner_id_number": _("个人填证件号码，单位填统一社会信用代码"),
    "housing.owner_phone": _("11 位手机号，或带区号的座机"),
    "housing.owner_address": _("房主现在住的地方，写全"),
    "housing.manager_name": _("二手房东或代管的人；没有不填"),
    "tenancy.monthly_rent": _("元，最多两位小数"),
    "tenancy.lease_start": _("看到合同才填，例如 20240131"),
    "tenancy.lease_end": _("看到合同才填，最长 20 年；8 位数字"),
    "premises.uscc": _("18 位，见营业执照"),
    "premises.name": _("与营业执照一致，写全称"),
    "residency.end_date": _("搬走的那一天；不知道就填今天，月日 4 位数字"),
}

CAN_FOLLOW = ("residency.relation_to_owner", "marital_status", "political_status", "education")
"""Questions that may be answered by what else is known (D12, D15): the answer stands beside them, with a choice."""

OFTEN_TODAY = frozenset({"residency.start_date", "residency.end_date", "arrival_date"})
"""Dates that are often the day of the visit: one tap fills them in."""

LATELY = OFTEN_TODAY | {"inflow_date"}
"""Days that are never to come and mostly of this year: month and day are enough."""

OFTEN_LIKE = {"inflow_date": "residency.start_date"}
"""Fields that often have the value of another one: one tap takes it over."""

DATE_HINT = _("8 位数字，例如 20240131")

MOST_USED: dict[str, tuple[str, ...]] = {
    "ethnicity": ("01", "08", "05", "03", "06", "11", "07"),
    "id_type": ("111", "155", "156", "516", "414", "117"),
    "political_status": ("13", "03", "01", "02"),
    "nationality": ("KOR", "JPN", "USA", "VNM", "PHL", "GBR"),
    "family_relation": ("02", "10", "20", "30", "51", "52", "99"),
}
"""The first chips of a long table, by how many people they fit."""


def names(kind: str) -> tuple[str, ...]:
    """Every field the desk can ask for this kind, in page order."""
    return tuple(name for group in GROUPS[kind] for name in (*group.fields, *group.folded))
