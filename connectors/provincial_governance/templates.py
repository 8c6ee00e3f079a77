"""The three import templates, and what a sheet made of one says about itself in its first row.

Row 1 is the title with version, mode and our number of the file, row 2 the headings, from row 3 one record each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from gridapp.contract import Action, Kind, Parcel, UnreadableError

from .mapping import HOUSING, RESIDENT

FIRST = 3
"""The row of the first record, as Excel counts."""
MOST = 500
"""Records in one file."""
MODES = {Action.CREATE: "新增", Action.CHANGE: "变更"}


@dataclass(frozen=True, slots=True)
class Template:
    """`about`: whom it lists. `columns`: its headings in order. `key`: the heading of what the province keys on."""

    about: str
    columns: tuple[str, ...]
    key: str

    @property
    def title(self) -> str:
        return f"{self.about}导入模板"

    @property
    def answer(self) -> str:
        """The title of what comes back."""
        return f"{self.about}导入结果"


@dataclass(frozen=True, slots=True)
class Sent:
    """A sheet as it went out. `keys`: what the province keys on, row by row."""

    template: Template
    mode: str
    number: str
    keys: tuple[str, ...]


_EVERYBODY = tuple(row.name for row in RESIDENT.content_rows)
_LOCALS = tuple(row.name for row in RESIDENT.content_rows if "resident_category" not in row.inputs)

FLOATING = Template("流动人口", _EVERYBODY, "身份证号码*")
REGISTERED = Template("户籍人口", _LOCALS, "身份证号码*")
RENTED = Template("出租房", tuple(row.name for row in HOUSING.content_rows), "房屋编号*")
TEMPLATES = {one.title: one for one in (FLOATING, REGISTERED, RENTED)}


def template_of(parcel: Parcel) -> Template:
    """People from elsewhere and from abroad stand on one list, locals away from their hukou on another."""
    if parcel.kind is Kind.HOUSING:
        return RENTED
    return REGISTERED if parcel.fields.get("resident_category") == "HJ" else FLOATING


def mode_of(parcel: Parcel) -> str:
    return MODES[parcel.action]


def number_of(parcels: Sequence[Parcel]) -> str:
    """Our number of a file: the same for the same records in the same order, 16 digits."""
    return hashlib.sha256("".join(parcel.key for parcel in parcels).encode()).hexdigest()[:16].upper()


def head(template: Template, *, version: str, mode: str, number: str) -> list[str]:
    """Row 1 of a sheet; the province's answer repeats all of it but the title."""
    return [template.title, "模板版本", version, "导入方式", mode, "文件编号", number]


def read_head(rows: Sequence[Sequence[str]]) -> Sent:
    """What a sheet of ours says of itself. Raises UnreadableError for what is none."""
    title = rows[0][0] if rows and rows[0] else ""
    if title not in TEMPLATES or len(rows) < FIRST or len(rows[0]) < 7:
        raise UnreadableError("不是本系统导出的导入模板")
    template = TEMPLATES[title]
    at = template.columns.index(template.key)
    return Sent(template, rows[0][4], rows[0][6], tuple(row[at] for row in rows[FIRST - 1 :]))
