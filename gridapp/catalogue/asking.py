"""What a form must ask for one record now, and which systems are ready: the union of what the targets concerned need.

Nothing is asked that no target needs, and nothing that follows from something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gridapp.contract import ALWAYS, Condition, Kind, Layout, Profile, View, all_of, any_of, is_in, known, not_
from gridapp.dictionary import COMPUTED, FIELDS

from . import targets

_ENTITIES = {
    Kind.RESIDENT: frozenset({"resident", "household", "residency"}),
    Kind.HOUSING: frozenset({"housing", "tenancy", "premises"}),
}
TYPED = frozenset(name for name, field in FIELDS.items() if field.required in set("YTO") and name not in COMPUTED)
"""Fields that are collected by asking: always, when a target needs it, optionally."""

FOLLOWS_FROM: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sex": ("id_number",),
        "birth_date": ("id_number",),
        "age": ("birth_date",),
        "age_on_31_august": ("birth_date",),
        "id_number_is_18": ("id_type", "id_number"),
        "resident_category": ("id_type", "nationality", "hukou_division"),
        "hukou_consistency": ("hukou_division", "hukou_address"),
        "residency.dwelling_type": ("residency.residency_kind",),
        "residency.days": ("residency.start_date",),
        "residency.months": ("residency.start_date",),
        "tenancy.known": ("tenancy.lease_start", "tenancy.lease_end"),
        "tenancy.lessor_name": ("housing.owner_name",),
        "tenancy.lessor_id_number": ("housing.owner_id_number",),
    }
)
"""What is asked instead of a field that follows from others (the dictionary's derivations)."""

_OWN_NUMBER = any_of(not_(known("id_type")), is_in("id_type", "111", "112", "113", "155", "156"))

STATED: Mapping[str, Condition] = MappingProxyType(
    {
        "sex": not_(_OWN_NUMBER),
        "birth_date": not_(_OWN_NUMBER),
        "nationality": is_in("id_type", "414", "553", "554", "990"),
        # A lease names its lessee; nothing else here does.
        "housing.lessee_name": ALWAYS,
        "housing.lessee_id_number": ALWAYS,
        "housing.lessee_phone": ALWAYS,
    }
)
"""Fields the dictionary derives, with when a person states them all the same: then nothing tells them."""

ALONGSIDE: Mapping[str, tuple[str, Condition]] = MappingProxyType(
    {
        "id_type": ("id_reason", is_in("id_type", "990")),
        "housing.owner_id_number": ("housing.owner_id_type", ALWAYS),
        "housing.lessee_id_number": ("tenancy.lessee_id_type", ALWAYS),
    }
)
"""What is asked together with a field, because it is judged by it."""

NARROWER: Mapping[str, Condition] = MappingProxyType(
    {
        # Whether it is one of the small places matters to every flat; only a shop or workshop is asked.
        "premises.place_type": is_in("housing.house_form", "7", "8"),
    }
)
"""Fields that eligibility reads, with whom it makes sense to ask."""


COMPULSORY: Mapping[str, Condition] = MappingProxyType(
    {
        "id_reason": is_in("id_type", "990"),
        "housing.hidden_danger_note": all_of(
            known("housing.hidden_danger_types"), not_(is_in("housing.hidden_danger_types", "00"))
        ),
        # Half a lease is no lease: nobody can file it, and no system would say so.
        "tenancy.lease_start": known("tenancy.lease_end"),
        "tenancy.lease_end": known("tenancy.lease_start"),
    }
)
"""Fields that what else is filled in makes compulsory, whatever the targets: the dictionary's own rules."""


@dataclass(frozen=True)
class Readiness:
    """How far one target concerned is served. `missing`: canonical names somebody must still fill in.

    `awaits`: keys of the targets whose number it waits for. `unmapped`: the grid has no code of theirs, an operator's
    matter. `refused`: (name, reason in Chinese) of values it cannot express.
    """

    profile: Profile
    connected: bool
    missing: list[str]
    awaits: tuple[str, ...] = ()
    unmapped: bool = False
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def ready(self) -> bool:
        """True when nothing is left for a person to do; it may still wait for another target."""
        return not self.missing and not self.unmapped and not self.refused


def readiness(view: View, kind: Kind | str) -> list[Readiness]:
    """The targets this record concerns, in the order of pages, connected or not. `view` is a derived one."""
    configured = targets.targets()
    given = {name: one.target.key for one in configured for name in one.profile.gives.values()}
    found = []
    for one in configured:
        layout = one.profile.layouts.get(Kind(kind))
        if layout is not None and layout.applies.holds(view):
            found.append(_readiness(view, one.profile, layout, one.live, given))
    return found


def _readiness(view: View, profile: Profile, layout: Layout, live: bool, given: Mapping[str, str]) -> Readiness:
    lacking = layout.missing(view)
    missing = [name for name in lacking if name not in given and not name.startswith("mapped.")]
    return Readiness(
        profile,
        live,
        missing=list(dict.fromkeys(_to_fill(missing, view))),
        awaits=tuple(dict.fromkeys(given[name] for name in lacking if name in given)),
        unmapped=any(name.startswith("mapped.") for name in lacking),
        refused=tuple((error.field, error.reason) for error in layout.refusals(view)),
    )


def _to_fill(names: Iterable[str], view: View) -> Iterator[str]:
    """Instead of a derived field what it follows from, as long as that is not there."""
    for name in names:
        sources = [one for one in FOLLOWS_FROM.get(name, ()) if one not in view and _is_typed(one, view)]
        if sources and not (name in STATED and STATED[name].holds(view)):
            yield from sources
        else:
            yield name


def asked(view: View, kind: Kind | str) -> list[str]:
    """Canonical names the form of this kind asks for now, in the dictionary's order.

    What the targets concerned require, what they take if known, and what decides whether a target is concerned. Only
    fields of the record's own kind: a resident's form picks the housing, whose fields are asked on its own form.
    """
    kind = Kind(kind)
    wanted: dict[str, None] = {}
    for one in targets.targets():
        layout = one.profile.layouts.get(kind)
        if layout is None:
            continue
        deciding = [name for name in layout.applies.consulted(view) if NARROWER.get(name, ALWAYS).holds(view)]
        wanted.update(dict.fromkeys(deciding))
        if layout.applies.holds(view):
            wanted.update(dict.fromkeys(layout.asked(view)))
    names = set(_typed(wanted, view))
    return [name for name, field in FIELDS.items() if name in names and field.entity in _ENTITIES[kind]]


def needed(view: View, kind: Kind | str) -> frozenset[str]:
    """Canonical names that a target concerned cannot do without now, whatever the dictionary leaves open.

    Of what follows from others also those: they are what a person is asked.
    """
    layouts = (one.profile.layouts.get(Kind(kind)) for one in targets.targets())
    concerned = [layout for layout in layouts if layout is not None and layout.applies.holds(view)]
    names = {name for layout in concerned for name in layout.required(view)}
    return frozenset(names.union(*(_sources(name, view) for name in names)))


def _sources(name: str, view: View) -> Iterator[str]:
    """What is typed for a field that nobody types now."""
    if _is_typed(name, view):
        return
    for one in FOLLOWS_FROM.get(name, ()):
        yield one
        yield from _sources(one, view)


def compulsory(view: View) -> frozenset[str]:
    """Canonical names that the rest of the form makes compulsory, whatever the targets."""
    return frozenset(name for name, when in COMPULSORY.items() if when.holds(view))


def _typed(names: Iterable[str], view: View) -> Iterator[str]:
    """The fields a person types for these names."""
    for name in names:
        if _is_typed(name, view):
            yield name
            extra, when = ALONGSIDE.get(name, ("", ALWAYS))
            if extra and when.holds(view):
                yield extra
        yield from _typed(FOLLOWS_FROM.get(name, ()), view)


def _is_typed(name: str, view: View) -> bool:
    return STATED[name].holds(view) if name in STATED else name in TYPED
