"""Why an act on a record is not taken: in Chinese and English, with the field and what to do about it.

What a value may be is the dictionary's to say; here is what the records already known have to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from gridapp.dictionary import ATTACHMENTS, FIELDS, Refusal

from .models import Entry


class Refused(Exception):
    """The entry is not taken and nothing of it is stored. `refusals` name each field, reason and remedy."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(", ".join(f"{one.field or 'entry'}: {one.code}" for one in self.refusals))


class SameIdOtherContent(Exception):
    """The id of the entry is taken by an entry with other content or of another account. `entry` is that one."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(f"entry {entry.id} exists with other content")
        self.entry = entry


class OutOfScope(Exception):
    """The record does not exist or is in nobody's grid that the account may act on: the two look the same."""


_WORDING: dict[str, tuple[str, str, str, str]] = {
    # The shape of an entry
    "wrong_shape": (
        "“{label}”的格式不正确",
        "“{label}” has the wrong shape",
        "请按接口说明填写：{expected}",
        "Send {expected}",
    ),
    "missing": ("“{label}”未填写", "“{label}” is missing", "请填写{label}", "Fill in {label}"),
    "unknown_field": ("没有“{label}”这一项", "There is no field “{label}”", "请删除此项", "Leave it out"),
    "too_many": ("填写的项目过多", "There are too many fields", "一次最多{most}项", "At most {most} at a time"),
    "too_long": (
        "“{label}”的内容过长",
        "“{label}” is too long",
        "请缩短到{most}个字符以内",
        "At most {most} characters",
    ),
    "twice": (
        "“{label}”填写了两次",
        "“{label}” is given twice",
        "请只保留一处",
        "Keep one of the two",
    ),
    "other_record": (
        "“{label}”不属于这类档案",
        "“{label}” belongs to the other kind of record",
        "居民信息填在居民录入中，房屋信息填在房屋录入中",
        "Enter people as residents, and flats as housing",
    ),
    "kept_by_system": (
        "“{label}”由系统填写",
        "“{label}” is filled in by the system",
        "请删除此项",
        "Leave it out",
    ),
    "nothing_to_change": (
        "核实不修改任何内容",
        "Verifying changes nothing",
        "要修改内容，请用“变更”",
        "Use “change” to change something",
    ),
    # Who may do what where
    "role": (
        "当前账号的角色不能录入",
        "The role of this account does not enter records",
        "请使用网格员账号",
        "Sign in as a grid worker",
    ),
    "other_grid": (
        "所填网格不在本账号的范围内",
        "The grid is not one of yours",
        "请选择自己负责的网格",
        "Choose one of your own grids",
    ),
    "no_such_housing": (
        "在本人负责的网格内找不到这套房屋",
        "There is no such flat in your grids",
        "请先查找或录入房屋；若属于其他网格，请转该网格的网格员",
        "Find or enter the flat first; if it is in another grid, tell that grid's worker",
    ),
    "housing_elsewhere": (
        "这套房屋不在所填的网格内",
        "The flat is not in the grid that was given",
        "请核对网格，或另选房屋",
        "Check the grid, or choose another flat",
    ),
    "housing_closed": (
        "这套房屋已注销",
        "The flat has been closed",
        "请选择在用的房屋；若注销有误，请先更正房屋状态",
        "Choose another one; if it was closed by mistake, correct its status first",
    ),
    # One person per document, one main home per person
    "lives_here": (
        "此人已登记在这套房屋",
        "This person is registered at this flat already",
        "信息有变请用“变更”，仍在居住请用“核实”",
        "Use “change” for news, “verify” if they still live here",
    ),
    "lives_elsewhere": (
        "此人已登记在本辖区的另一套房屋",
        "This person is registered at another flat of your area",
        "请打开其档案，用“迁移”办理搬家",
        "Open the record and use “move”",
    ),
    "same_home": (
        "迁入的房屋就是现住房屋",
        "The person lives at this flat already",
        "请选择新的住处",
        "Choose the new home",
    ),
    "document_taken": (
        "这个证件已登记为另一人",
        "The document is registered to another person",
        "请核对号码；若确为同一人，请报督导合并",
        "Check the number; if it is the same person, ask a supervisor to merge them",
    ),
    "other_document": (
        "证件不能这样变更",
        "The document cannot be changed to this one",
        "若原来填错，请用“更正”；若是另一人，请新增",
        "If it was mistyped use “correct”; if it is another person, enter them",
    ),
    "died": (
        "此人已登记死亡",
        "This person is registered as having died",
        "若登记有误，请先用“更正”清除死亡日期",
        "If that is a mistake, use “correct” to empty the date of death first",
    ),
    "being_deleted": (
        "此人原来的档案正在删除",
        "This person's former record is being deleted",
        "请等删除完成后再录入，一般要几分钟，最多几天",
        "Enter them when that is done: minutes as a rule, some days at most",
    ),
    "not_living": (
        "此人当前没有在住登记",
        "This person is not registered as living anywhere now",
        "请用“新增”重新登记住处",
        "Use “create” to register the new home",
    ),
    "not_contested": (
        "这处住址没有争议，或已经定了",
        "Nobody claims this home, or it has been decided",
        "请刷新后再看",
        "Load the page again",
    ),
    "says_so": (
        "档案里的“{label}”已经是这个值",
        "The record says so already: “{label}”",
        "请填写您认为正确的值",
        "Give the value that you hold to be right",
    ),
    "before_the_old": (
        "入住日期早于原住处的入住日期",
        "The person moved into the old home after this day",
        "请核对迁入日期",
        "Check the day of the move",
    ),
    "death_without_reason": (
        "填写了死亡日期，注销原因却不是死亡",
        "There is a date of death, but the reason is another one",
        "请选择“死亡”，或删除死亡日期",
        "Choose death as the reason, or leave the date out",
    ),
    "use_close": (
        "“{label}”由“注销”填写",
        "“{label}” is given by “close”",
        "请用“注销”办理搬离",
        "Use “close” when somebody leaves",
    ),
    # Housing
    "no_such_building": (
        "网格内没有这栋楼",
        "There is no such building in the grid",
        "请从本网格的楼栋中选择；新楼请填写路名、门牌号、建筑用途和经纬度",
        "Choose a building of the grid; for a new one give road, door number, use, longitude and latitude",
    ),
    "not_now": (
        "“{label}”不能在这里修改",
        "“{label}” cannot be changed here",
        "请用“变更”修改",
        "Use “change” for it",
    ),
    "which_building": (
        "网格内有多栋楼符合所填地址",
        "Several buildings of the grid match the address",
        "请补充楼栋号和单元，或直接选择楼栋",
        "Add building and unit number, or choose the building",
    ),
    "building_says": (
        "“{label}”与楼栋资料不一致",
        "“{label}” differs from what is known of the building",
        "请核对所选楼栋，或删除此项",
        "Check the building, or leave it out",
    ),
    "use_correct": (
        "房屋不能迁到另一栋楼",
        "A flat cannot move to another building",
        "若楼栋填错，请用“更正”",
        "If the building was wrong, use “correct”",
    ),
    "room_taken": (
        "这栋楼的这个房号已登记：{existing}",
        "This room of the building is registered already: {existing}",
        "请打开已有的房屋档案进行变更",
        "Open the existing record and change it",
    ),
    "code_taken": (
        "这个房屋编码已用于另一套房屋",
        "The housing code belongs to another flat",
        "请核对编码，或留空等待系统赋码",
        "Check the code, or leave it empty until one is issued",
    ),
    "code_elsewhere": (
        "房屋编码与所在楼栋不符",
        "The housing code is not one of this building",
        "请核对编码，或留空等待系统赋码",
        "Check the code, or leave it empty until one is issued",
    ),
    "closed_at_once": (
        "新增的房屋不能是已拆除状态",
        "A new flat cannot be demolished already",
        "请核对房屋状态",
        "Check the status",
    ),
    # Two people at one record
    "changed_meanwhile": (
        "“{label}”在您填写期间已被他人修改",
        "“{label}” was changed by somebody else in the meantime",
        "请查看最新内容，再决定是否修改",
        "Look at the newest content and decide again",
    ),
    "newer_than_ours": (
        "所填版本号比档案的版本还新",
        "The version that was given is newer than the record's",
        "请刷新后重试",
        "Load the record again",
    ),
    "closed": (
        "档案已注销",
        "The record has been closed",
        "居民重新入住请用“新增”；注销有误请用“更正”",
        "Use “create” if they are back, “correct” if it was closed by mistake",
    ),
}

_LABELS = {
    "id": ("录入编号", "entry id"),
    "kind": ("档案类别", "kind of record"),
    "action": ("操作", "action"),
    "grid_code": ("网格", "grid"),
    "fields": ("填写内容", "fields"),
    "housing": ("房屋", "housing"),
    "residency": ("居住信息", "residency"),
    "household": ("户信息", "household"),
    "tenancy": ("租赁信息", "tenancy"),
    "premises": ("单位信息", "premises"),
    "record": ("档案", "record"),
    "base_version": ("版本号", "version"),
    "made_at": ("填写时间", "time of entry"),
    "confirmed": ("已确认的提醒", "confirmed warnings"),
    "": ("录入", "entry"),
}


def refusal(field: str, code: str, **words: object) -> Refusal:
    """One refusal by its code, worded for `field`: a canonical name, a key of the entry, or "" for the whole of it."""
    known = FIELDS.get(field) or ATTACHMENTS.get(field)
    zh, en = (known.label("zh"), known.label("en")) if known else _LABELS.get(field, (field, field))
    texts = _WORDING[code]
    worded = [text.format(label=(zh, en)[place % 2], **words) for place, text in enumerate(texts)]
    return Refusal(field, code, *worded)


def refuse(field: str, code: str, **words: object) -> NoReturn:
    """Raises Refused with this one refusal."""
    raise Refused([refusal(field, code, **words)])
