"""What may be shared with whom: the catalogue page of a target, and fields that no law lets it have.

Three classes (国发〔2016〕51号): U for any department's duty, C for named departments and purposes, N not at all,
unless a law says so, which a profile states in `permits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from gridapp.contract import ALWAYS, NEVER, Kind, Layout, Profile, Row
from gridapp.dictionary import ATTACHMENTS, FIELDS

from .wording import name_of, words

CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "U": ("无条件共享", "Shared with any department"),
        "C": ("有条件共享", "Shared on conditions"),
        "N": ("不予共享", "Not shared"),
    }
)


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue: our field, the name it has there, when it is needed, for what, on what basis.

    `made_of`: what the value is worked out from, where that is not the field itself.
    """

    kind: Kind
    name: str
    label: str
    theirs: str
    needed: str
    purpose: str
    basis: str
    sharing: str
    sharing_label: str
    sensitivity: str
    note: str
    made_of: str = ""


def page(profile: Profile, lang: str = "zh") -> list[Entry]:
    """Every field a target receives, kind by kind in its own order. Values the connector makes itself are left out."""
    return [_entry(profile, kind, row, lang) for kind, layout in profile.layouts.items() for row in layout.content_rows]


def withheld(profile: Profile, kind: Kind | str) -> list[str]:
    """Canonical names that the table sends although they are not to be shared: its deliveries are withheld."""
    layout: Layout | None = profile.layouts.get(Kind(kind))
    return [] if layout is None else list(_withheld(layout.sources, profile.permits))


@lru_cache(maxsize=256)
def _withheld(sources: frozenset[str], permits: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in sources - permits if class_of(name) == "N"))


def class_of(name: str) -> str:
    """The dictionary's sharing class; numbers and grid codes of other departments are shared on conditions."""
    known = FIELDS.get(name) or ATTACHMENTS.get(name)
    return known.sharing if known else "C"


def sensitivity_of(name: str) -> str:
    """The dictionary's sensitivity, S0 to S3; a number or grid code of another department says little by itself."""
    known = FIELDS.get(name) or ATTACHMENTS.get(name)
    return known.sensitivity if known else "S1"


def _entry(profile: Profile, kind: Kind, row: Row, lang: str) -> Entry:
    english = lang.startswith("en")
    name = row.source
    sharing = class_of(name)
    return Entry(
        kind=kind,
        name=name,
        label=name_of(name, lang),
        theirs=row.name,
        needed=_needed(row, english),
        purpose=profile.purpose_en if english else profile.purpose,
        basis=profile.basis_en if english else profile.basis,
        sharing=sharing,
        sharing_label=CLASSES[sharing][english],
        sensitivity=sensitivity_of(name),
        note=row.note,
        made_of=_made_of(row, lang),
    )


def _made_of(row: Row, lang: str) -> str:
    if row.inputs == (row.source,):
        return ""
    english = lang.startswith("en")
    if not row.inputs:
        return "a constant, it says nothing of the record" if english else "固定值，不含档案内容"
    return (", " if english else "、").join(name_of(name, lang) for name in row.inputs)


def _needed(row: Row, english: bool) -> str:
    if row.source in ATTACHMENTS:
        return "when they ask for it" if english else "对方要求补正时"
    if row.required is ALWAYS:
        return "always" if english else "必填"
    if row.required is NEVER:
        return "if known" if english else "选填"
    return words(row.required, "en" if english else "zh")
