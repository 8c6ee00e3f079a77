"""Who may see which value how: one place decides, by role, area, sensitivity, age of the person and purpose.

Everybody who reads records sees masks. Workers and supervisors of the area see a value whole when they say what for;
of somebody under 14 supervisors alone do, of somebody whose processing is restricted nobody. What is most sensitive
(S3) is shown on no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import dictionary, sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.dictionary.fields import FIELDS
from gridapp.org import scope, throttle
from gridapp.org.models import Role, User

from . import rights, views
from .models import Record, Shown
from .sight_kept import Why

LONGEST = 100
"""Characters of a reason in words."""
_SHORTEST = 4
_ASKING = frozenset({Role.WORKER, Role.SUPERVISOR})
_PART_OF_CHILDREN = frozenset(
    {"name", "former_name", "birth_date", "hukou_address", "employer_name", "housing.address"}
)


class Sight(StrEnum):
    """How somebody sees a value. ON_REQUEST: masked until they say what for."""

    WHOLE = "whole"
    ON_REQUEST = "on_request"
    MASKED = "masked"
    NOT = "not"


class Group(StrEnum):
    """What is shown at a time: never all of a person at once."""

    NUMBERS = "numbers"
    PHONES = "phones"
    ADDRESSES = "addresses"
    NAMES = "names"

    @property
    def label(self) -> str | Promise:
        return _GROUPS[self]


_GROUPS: Mapping[Group, str | Promise] = {
    Group.NUMBERS: _("证件号码"),
    Group.PHONES: _("电话"),
    Group.ADDRESSES: _("地址"),
    Group.NAMES: _("姓名和出生日期"),
}
_OF_ADDRESSES = frozenset({"hukou_address", "housing.owner_address", "housing.address", "employer_name"})


class NotShown(Exception):
    """`wait`: seconds until it may be asked again; else `lacks` says what has to be said, or neither: never."""

    def __init__(self, *, lacks: str = "", wait: int = 0) -> None:
        super().__init__(lacks or wait)
        self.lacks, self.wait = lacks, wait


@dataclass(frozen=True, slots=True)
class Purpose:
    """What for: one of Why, and words."""

    why: str = ""
    words: str = ""

    def lacks(self, *, child: bool) -> str:
        """Nothing, or "why" or "words": another purpose, and whatever is of a child, is said in words."""
        if self.why not in Why.values:
            return "why"
        needs_words = child or self.why == Why.OTHER
        return "words" if len(self.words) > LONGEST or (needs_words and len(self.words) < _SHORTEST) else ""


def may_see(user: User, record: Record, field: str, *, child: bool, purpose: Purpose | None = None) -> Sight:
    """How `user` sees `field` of a record that `reach.find` gave them, or would see it for that purpose."""
    if not scope.may_read_records(user):
        return Sight.NOT
    known = FIELDS.get(field)
    if known is None or known.sensitivity == "S3":
        return Sight.MASKED
    if known.sensitivity != "S2" and not (child and field in _PART_OF_CHILDREN):
        return Sight.WHOLE
    asking = {Role.SUPERVISOR} if child else _ASKING
    if user.role not in asking or not scope.allows(user, record.grid_code):
        return Sight.MASKED
    return Sight.WHOLE if purpose is not None and not purpose.lacks(child=child) else Sight.ON_REQUEST


def offered(user: User, record: Record, view: Mapping[str, Any], *, on: date) -> list[Group]:
    """What may be asked for on the page of a record: only groups that hold something, none while it is restricted."""
    if rights.restricts(record.pk):
        return []
    return [group for group in Group if _fields(user, record, view, group, on)]


def show(record: Record, group: Group, *, by: User, purpose: Purpose, on: date) -> dict[str, Any]:
    """Canonical name -> whole value, noted with its fields and reason. Raises NotShown."""
    view = views.view(record, on=on)
    wanted = [] if rights.restricts(record.pk) else _fields(by, record, view, group, on)
    if not wanted:
        note(Act.VALUES_SHOWN, by=by.pk, about=record.bound_to, result="refused", group=str(group))
        raise NotShown
    if lacks := purpose.lacks(child=_is_child(view, on)):
        raise NotShown(lacks=lacks)
    _take(by, record)
    with transaction.atomic():
        shown = Shown(user=by, record_id=record.pk, fields=wanted, why=purpose.why)
        shown.sealed = sealing.seal(purpose.words.encode(), bound_to=shown.bound_to) if purpose.words else b""
        shown.save(force_insert=True)
        note(Act.VALUES_SHOWN, by=by.pk, about=record.bound_to, fields=wanted, why=purpose.why)
    return {name: view[name] for name in wanted}


def seconds() -> int:
    """How long a whole value stays on a page."""
    length: int = settings.SHOWN_SECONDS
    return length


def _take(by: User, record: Record) -> None:
    """Counts this time against the hour and the day of the account."""
    for kind in ("reveal", "reveal_day"):
        taken = throttle.take(kind, str(by.pk))
        if taken.wait:
            if taken.newly:
                note(Act.VALUES_SHOWN, by=by.pk, about=record.bound_to, result="refused", kind=kind)
            raise NotShown(wait=taken.wait)


def _is_child(view: Mapping[str, Any], on: date) -> bool:
    return dictionary.under_14(view, on)


def _fields(user: User, record: Record, view: Mapping[str, Any], group: Group, on: date) -> list[str]:
    """What of a group has a value that is masked for the user unless they ask."""
    child = record.kind == Record.Kind.RESIDENT and _is_child(view, on)
    return [
        name
        for name, value in view.items()
        if value not in (None, "", [])
        and _group_of(name) == group
        and may_see(user, record, name, child=child) == Sight.ON_REQUEST
    ]


def _group_of(name: str) -> Group | None:
    known = FIELDS.get(name)
    if known is None:
        return None
    if name in _OF_ADDRESSES:
        return Group.ADDRESSES
    if known.type == "phone":
        return Group.PHONES
    if known.type == "document" or name in {"permit_no", "household.household_no"}:
        return Group.NUMBERS
    return Group.NAMES if known.type == "name" or name == "birth_date" else None
