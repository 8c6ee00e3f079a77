"""What is said of an account in a form or in a row of a table, and what is wrong with it, field by field."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp.dictionary import documents

from . import duties, scope
from .models import Area, Role, User

_USERNAME = re.compile(r"[0-9A-Za-z_.\-]{2,32}")
_STAFF_NO = re.compile(r"[0-9A-Za-z\-]{0,20}")
_SPLIT = re.compile(r"[\s,，、;；]+")
LONGEST_NAME = 50
FIELDS = ("username", "name", "role", "areas", "staff_no", "id_number")
Complaints = dict[str, str]
"""Field -> what is wrong with it."""


@dataclass(frozen=True)
class Wanted:
    """An account as it shall be. `areas`: codes."""

    username: str
    name: str
    role: str
    areas: tuple[str, ...]
    staff_no: str = ""
    id_number: str = field(default="", repr=False)


@dataclass
class Read:
    """What was said, with what is wrong with it; `wanted` counts only where nothing is."""

    wanted: Wanted
    complaints: Complaints = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What forms are judged against, read once for many: open areas by code, and the user names that are taken."""

    areas: Collection[str]
    taken: Collection[str]

    @classmethod
    def of(cls, codes: Iterable[str], usernames: Iterable[str]) -> Known:
        """Two statements."""
        open_areas = Area.objects.filter(pk__in=set(codes), closed_at=None)
        taken = User.objects.annotate(lowered=Lower("username")).filter(
            lowered__in={name.lower() for name in usernames}
        )
        return cls(
            frozenset(open_areas.values_list("code", flat=True)), frozenset(taken.values_list("lowered", flat=True))
        )


def read(said: Mapping[str, str], roles: Collection[str]) -> Wanted:
    """A form's fields; the role by its code or its word in either language."""
    texts = {name: str(said.get(name, "")).replace("\0", "").strip() for name in FIELDS}
    codes = tuple(dict.fromkeys(code for code in _SPLIT.split(texts["areas"]) if code))
    return Wanted(
        texts["username"], texts["name"], _role(texts["role"], roles), codes, texts["staff_no"],
        texts["id_number"].upper(),
    )  # fmt: skip


def judge(wanted: Wanted, by: User, known: Known, roles: Collection[str], *, is_new: bool = True) -> Complaints:
    """What is wrong with it; nothing: it can be made, or the account changed."""
    found: Complaints = {}
    if is_new and not is_username(wanted.username):
        found["username"] = _("用户名为 2 到 32 位字母、数字、点、横线或下划线")
    elif is_new and wanted.username.lower() in known.taken:
        found["username"] = _("这个用户名已经有人用了")
    if not wanted.name or len(wanted.name) > LONGEST_NAME or not wanted.name.isprintable():
        found["name"] = _("请填写姓名，不超过 50 字")
    if wanted.role not in roles:
        found["role"] = _("请选择角色；不能高于您自己的角色")
    if complaint := _areas(wanted, by, known):
        found["areas"] = complaint
    if not _STAFF_NO.fullmatch(wanted.staff_no):
        found["staff_no"] = _("工号为 20 位以内的字母和数字")
    if wanted.id_number and not is_document(wanted.id_number):
        found["id_number"] = _("身份证号码不对，请核对")
    elif is_new and not wanted.id_number and wanted.role in roles and duties.needs_person(wanted.role):
        found["id_number"] = _("系统管理员、安全管理员和审计员要填本人身份证号")
    return found


def _role(said: str, roles: Collection[str]) -> str:
    words = {str(Role(role).label): str(role) for role in roles}
    return words.get(said, said)


def _areas(wanted: Wanted, by: User, known: Known) -> str:
    if not wanted.areas:
        return _("请选择至少一个区域")
    if unknown := [code for code in wanted.areas if code not in known.areas or not scope.allows(by, code)]:
        return _("没有这个区域，或者不在您的范围内：%(codes)s") % {"codes": " ".join(unknown)[:200]}
    return ""


def is_username(text: str) -> bool:
    return _USERNAME.fullmatch(text) is not None


def is_document(number: str) -> bool:
    return documents.is_eighteen(number) and documents.birth_of(number) is not None and _is_past(number)


def _is_past(number: str) -> bool:
    born = documents.birth_of(number)
    return born is not None and born < timezone.localdate()
