"""What may be shared with whom: the catalogue page of a target, and fields that no law lets it have.

Three classes (国发〔2016〕51号): U for any department's duty, C for named departments and purposes, N not at all,
unless a law says so, which a profile states in `permits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gridapp.contract import ALWAYS, NEVER, Condition, Kind, Layout, Profile
from gridapp.dictionary import FIELDS

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
    """One line of the catalogue: our field, the name it has there, when it is needed, for what, on what basis."""

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


def page(profile: Profile, lang: str = "zh") -> list[Entry]:
    """Every field a target receives, kind by kind in its own order. Values the connector makes itself are left out."""
    return [
        _entry(profile, kind, row.source, row.name, row.required, row.note, lang)
        for kind, layout in profile.layouts.items()
        for row in layout.content_rows
    ]


def withheld(profile: Profile, kind: Kind | str) -> list[str]:
    """Canonical names that the table sends although they are not to be shared: its deliveries are withheld."""
    layout: Layout | None = profile.layouts.get(Kind(kind))
    if layout is None:
        return []
    return sorted(name for name in layout.sources - profile.permits if _class_of(name) == "N")


def _class_of(name: str) -> str:
    """The dictionary's sharing class; numbers and grid codes of other departments are shared on conditions."""
    return FIELDS[name].sharing if name in FIELDS else "C"


def _entry(profile: Profile, kind: Kind, name: str, theirs: str, required: Condition, note: str, lang: str) -> Entry:
    english = lang.startswith("en")
    sharing = _class_of(name)
    return Entry(
        kind=kind,
        name=name,
        label=name_of(name, lang),
        theirs=theirs,
        needed=_needed(required, english),
        purpose=profile.purpose_en if english else profile.purpose,
        basis=profile.basis_en if english else profile.basis,
        sharing=sharing,
        sharing_label=CLASSES[sharing][english],
        sensitivity=FIELDS[name].sensitivity if name in FIELDS else "S1",
        note=note,
    )


def _needed(required: Condition, english: bool) -> str:
    if required is ALWAYS:
        return "always" if english else "必填"
    if required is NEVER:
        return "if known" if english else "选填"
    return words(required, "en" if english else "zh")
