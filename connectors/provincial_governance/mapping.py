"""What the province's governance system is told: the columns of its import workbooks, * means compulsory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from gridapp.contract import (
    ALWAYS,
    NEVER,
    Condition,
    Kind,
    Layout,
    Profile,
    Row,
    View,
    Window,
    all_of,
    any_of,
    is_in,
    known,
    not_,
)
from gridapp.contract.conditions import is_known
from gridapp.contract.formats import (
    ISO_DATE,
    characters,
    decimals,
    division_text,
    in_ranges,
    label,
    mobile,
    schooling,
    translate,
    translate_or,
)
from gridapp.contract.layout import Format

SEX = {"1": "男", "2": "女"}
REASON = {
    "01": "务工经商",
    "03": "务工经商",
    "04": "求学入托",
    "06": "投亲靠友",
    "08": "投亲靠友",
    "09": "分配调动工作",
}
# The long names of GB/T 4762.
POLITICAL = {
    "01": "中国共产党党员", "02": "中国共产党预备党员", "03": "中国共产主义青年团团员",
    "04": "中国国民党革命委员会会员", "05": "中国民主同盟盟员", "06": "中国民主建国会会员",
    "07": "中国民主促进会会员", "08": "中国农工民主党党员", "09": "中国致公党党员",
    "10": "九三学社社员", "11": "台湾民主自治同盟盟员", "12": "无党派人士", "13": "群众",
}  # fmt: skip
EDUCATION = in_ranges(
    (10, 10, "研究生"), (11, 13, "博士"), (14, 19, "研究生"), (20, 28, "大学本科"), (30, 33, "大专"),
    (40, 63, "高中\\中专"), (70, 73, "初中"), (80, 83, "小学"),
)  # fmt: skip
MARITAL = {
    "10": "未婚", "20": "已婚", "21": "已婚", "22": "已婚", "23": "已婚", "40": "离婚", "30": "丧偶", "90": "其他",
}  # fmt: skip
PERMIT = {"01": "居住证", "02": "临时居住证", "99": "登记类"}
DWELLING = {
    "01": "购买房屋", "02": "租赁房屋", "03": "居民家中", "04": "居民家中", "05": "单位内部", "06": "工地场所",
    "07": "单位内部", "99": "其他",
}  # fmt: skip
USE = {"01": "宿舍", "02": "住房", "03": "店面", "04": "其他", "05": "仓库", "06": "工厂、工场", "99": "其他"}

FLOATING = is_in("resident_category", "LD")
IN_DANGER = is_in("housing.hidden_danger_types", "01", "02", "03", "04", "05", "99")


def danger_level(codes: Sequence[str]) -> str:
    """Fire and hazardous chemicals are grave, 00 无 is safe."""
    if "01" in codes or "04" in codes:
        return "严重"
    return "安全" if list(codes) == ["00"] else "一般"


def newcomer(
    source: str, name: str, form: Format = str, *, required: Condition = NEVER, offered: Condition = ALWAYS
) -> Row:
    """A column of the template for people from elsewhere alone: the one for locals (户籍人口) does not have it."""

    def value(view: View) -> str | None:
        stated = view.get(source)
        if view.get("resident_category") == "HJ" or not is_known(stated):
            return None
        return str(form(stated))

    return Row(
        source,
        name,
        required=required,
        offered=offered,
        whole=value,
        reads=(source, "resident_category"),
        asks=(source,),
        stands=all_of(known(source), not_(is_in("resident_category", "HJ"))),
    )


RESIDENT = Layout(
    rows=(
        Row("name", "姓名*", characters(20, 2), ALWAYS),
        Row("mapped.provincial_grid", "所属网格*", required=ALWAYS, note="全路径：S省/S市/某区/某街道/某社区/001网格"),
        Row("sex", "性别*", translate(SEX), ALWAYS),
        Row("birth_date", "出生日期", ISO_DATE),
        Row("id_number", "身份证号码*", required=ALWAYS, note="文本单元格"),
        newcomer("inflow_reason", "流入原因*", translate_or(REASON, "其他"), required=FLOATING),
        newcomer("inflow_date", "流入时间", ISO_DATE, required=FLOATING),
        Row("hukou_division", "户籍地址*", division_text("-", city=True), ALWAYS),
        Row("hukou_address", "户籍地详址", required=ALWAYS),
        Row("housing.housing_code", "房屋编号", required=ALWAYS),
        Row("housing.address", "常住地址*", characters(50, 2), ALWAYS),
        Row("former_name", "曾用名"),
        Row("employer_name", "工作单位或就读学校"),
        Row("phone", "联系手机*", mobile, ALWAYS),
        Row("ethnicity", "民族*", label("ethnicity"), ALWAYS),
        Row("political_status", "政治面貌", translate(POLITICAL)),
        Row("education", "文化程度*", required=ALWAYS, whole=schooling(EDUCATION), reads=("education", "age")),
        Row("occupation", "职业"),
        Row("marital_status", "婚姻状况", translate(MARITAL)),
        newcomer("permit_type", "登记证情况", translate(PERMIT), required=FLOATING),
        newcomer("permit_no", "登记证编号", offered=FLOATING),
        newcomer("permit_register_date", "登记日期", ISO_DATE, offered=FLOATING),
        newcomer("permit_expiry_date", "预计到期日期", ISO_DATE, offered=FLOATING),
        newcomer("residency.dwelling_type", "暂住处所", translate(DWELLING), required=FLOATING),
    ),
    applies=any_of(
        is_in("resident_category", "LD", "JW"),
        all_of(is_in("resident_category", "HJ"), is_in("hukou_consistency", "02")),
    ),
)

HOUSING = Layout(
    rows=(
        Row("housing.housing_code", "房屋编号*", required=ALWAYS),
        Row("mapped.provincial_grid", "所属网格*", required=ALWAYS, note="全路径"),
        Row("housing.address", "房屋地址*", characters(50, 2), ALWAYS),
        Row("housing.owner_name", "房主姓名*", required=ALWAYS),
        Row("housing.owner_id_number", "房主身份证号", note="文本单元格"),
        Row("housing.owner_phone", "房主联系电话*", required=ALWAYS),
        Row("housing.rental_use", "出租用途*", translate(USE), ALWAYS),
        Row("housing.house_structure", "房屋结构", label("house_structure")),
        Row("housing.floor_area", "建筑面积", decimals(2)),
        Row("housing.rental_rooms", "出租间数"),
        Row("housing.hidden_danger_types", "隐患等级*", danger_level, ALWAYS),
        Row("housing.hidden_danger_note", "隐患情况", characters(300), offered=IN_DANGER),
    ),
    applies=is_in("housing.is_rental", True),
)

PROFILE = Profile(
    key="SZZ",
    slug="provincial_governance",
    zh="省综治系统",
    en="Provincial governance system",
    owner="省委政法委(全省综治信息系统)",
    owner_en="Provincial political and legal committee",
    basis="本省平安建设条例；GB/T 31000-2015",
    basis_en="Provincial regulations on public safety; GB/T 31000-2015",
    purpose="全省流动人口、人户分离人口和出租房台账",
    purpose_en="The province's ledger of residents from elsewhere and of rented housing",
    layouts={Kind.RESIDENT: RESIDENT, Kind.HOUSING: HOUSING},
    needs=("WG",),
    window=Window(opens=time(9), closes=time(17, 30), working_days=True),
    channel="Excel 批量导入",
    channel_en="Excel import",
    position=10,
)
