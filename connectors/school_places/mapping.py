"""What the school place census is told of children who enter primary or junior middle school this or next autumn."""

from __future__ import annotations

from gridapp.contract import (
    ALWAYS,
    Kind,
    Layout,
    Profile,
    Row,
    Season,
    View,
    Window,
    all_of,
    any_of,
    at_least,
    is_in,
    known,
    not_,
)
from gridapp.contract.formats import ISO_DATE, label, mobile, translate, translate_or

SEX = {"1": "男", "2": "女"}
HOME = {"1": "自有", "2": "租赁", "5": "租赁", "3": "单位宿舍", "4": "其他", "6": "其他", "9": "其他"}
RELATION = {"51": "父亲", "52": "母亲"}

AGE = "age_on_31_august"


def hukou_kind(view: View) -> str | None:
    """本区, 本市 or 外市: the hukou division against the division of the home (district 6 digits, city 4)."""
    hukou, home = view.get("hukou_division"), view.get("housing.division_code")
    if not hukou or not home:
        return None
    if hukou[:6] == home[:6]:
        return "本区"
    return "本市" if hukou[:4] == home[:4] else "外市"


RESIDENT = Layout(
    rows=(
        Row("name", "儿童姓名", required=ALWAYS),
        Row("id_number", "儿童身份证号", required=ALWAYS),
        Row("sex", "性别", translate(SEX), ALWAYS),
        Row("birth_date", "出生日期", ISO_DATE, ALWAYS),
        Row("ethnicity", "民族", label("ethnicity")),
        Row(
            "hukou_division",
            "户籍类型",
            required=ALWAYS,
            whole=hukou_kind,
            reads=("hukou_division", "housing.division_code"),
            stands=all_of(known("hukou_division"), known("housing.division_code")),
            note="本区/本市/外市",
        ),
        Row("housing.housing_code", "房屋编码", required=ALWAYS),
        Row("housing.address", "居住地址", required=ALWAYS),
        Row("residency.residency_kind", "住房性质", translate(HOME), ALWAYS),
        Row("ZLBA.filingNo", "租赁备案号", required=is_in("housing.is_rental", True)),
        Row("guardian_name", "监护人姓名", required=ALWAYS),
        Row("guardian_id_number", "监护人身份证号", required=ALWAYS),
        Row("guardian_relation", "关系", translate_or(RELATION, "其他"), ALWAYS),
        Row("guardian_phone", "监护人手机", mobile, ALWAYS),
        Row("JZDJ.DJBH", "居住登记号", required=is_in("resident_category", "LD")),
    ),
    applies=all_of(
        any_of(
            all_of(at_least(AGE, 5), not_(at_least(AGE, 7))),
            all_of(at_least(AGE, 11), not_(at_least(AGE, 13))),
        ),
        is_in("id_number_is_18", True),
    ),
)

PROFILE = Profile(
    key="XW",
    slug="school_places",
    zh="适龄儿童学位系统(摸底)",
    en="School place census",
    owner="市/区教育局",
    owner_en="City and district education bureau",
    basis="义务教育法",
    basis_en="Compulsory Education Law",
    purpose="适龄儿童入学学位摸底",
    purpose_en="How many school places the next two autumns need",
    layouts={Kind.RESIDENT: RESIDENT},
    needs=("FWBM", "ZLBA", "JZDJ"),
    # A season, not hours: one file a week and sub-district; they say 05 outside it.
    window=Window(season=Season((3, 1), (6, 15))),
    channel="SFTP 文件(CSV)",
    channel_en="CSV files over SFTP",
    position=13,
)
