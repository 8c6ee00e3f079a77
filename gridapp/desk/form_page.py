"""Everything the entry form shows at one moment: questions, what is wrong, and which systems it will fill."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp import catalogue, dictionary
from gridapp.contract import Kind, Profile
from gridapp.contract.conditions import is_known
from gridapp.desk import groups, household, offering, questions, recent, rooms, rules
from gridapp.desk.draft import Draft, confirmation
from gridapp.desk.questions import QuestionGroup, Shown
from gridapp.dictionary import Refusal
from gridapp.registry.models import Building

HEADINGS: dict[str, str | Promise] = {
    "resident": gettext_lazy("录入居民"),
    "housing": gettext_lazy("录入房屋"),
    "move": gettext_lazy("换住处"),
    "close": gettext_lazy("搬离"),
}


@dataclass(frozen=True)
class Wrong:
    """One line of the error summary: the same words stand beside the field."""

    href: str
    words: str


@dataclass(frozen=True)
class Lack:
    """A value one system still waits for; `id` is "" where this form does not ask it."""

    id: str
    label: str


@dataclass(frozen=True)
class Filled:
    """One system this entry will fill."""

    name: str
    connected: bool
    missing: list[Lack]
    inexpressible: list[str]


@dataclass(frozen=True)
class Offer:
    """A value the worker can take over with one tap; it is never filled in by itself."""

    name: str
    fill: str
    why: str


@dataclass(frozen=True)
class Check:
    """What follows from what is typed so far. `follows`: name -> what a field says as long as nobody says otherwise."""

    asked: list[str]
    needed: list[str]
    wrong: Mapping[str, str]
    derived: list[tuple[str, str]]
    targets: list[Filled]
    offers: list[Offer]
    follows: Mapping[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> int:
        return sum(one.connected and not one.missing for one in self.targets)


@dataclass(frozen=True)
class FormPage:
    heading: str | Promise
    groups: list[QuestionGroup]
    summary: list[Wrong]
    doubts: list[Wrong]
    check: Check | None
    place: str
    elsewhere: str
    housemate: str = ""
    hidden: list[tuple[str, str]] = field(default_factory=list)
    told: list[Wrong] = field(default_factory=list)
    known: str = ""


def check(draft: Draft) -> Check:
    """Judges what is typed so far: which fields are asked, what is wrong, what follows, which systems are ready."""
    view, refusals = draft.judged(on=timezone.localdate())
    return Check(
        asked=asked(draft, view),
        needed=_needed(draft, view),
        wrong={one.field: words(one) for one in refusals},
        derived=_derived(view),
        targets=[
            Filled(
                _name(one.profile),
                one.connected,
                _lacks(one.missing, draft),
                [reason for _field, reason in one.refused],
            )
            for one in catalogue.readiness(view, draft.record_kind)
        ],
        offers=[one for one in _offers(view) if not draft.values.get(one.name)],
        follows=_follows(draft, view),
    )


def page(draft: Draft) -> FormPage:
    """The whole form. What the last save refused stays beside its field, and its field stays in sight."""
    checked = check(draft) if draft.kind in {Kind.RESIDENT, Kind.HOUSING} else None
    needed = checked.needed if checked else _needed(draft, draft.judged(on=timezone.localdate())[0])
    errors = {one.field: words(one) for one in draft.refusals}
    doubts = {**draft.told, **{one.field: words(one) for one in draft.doubts}}
    fields = checked.asked if checked else list(groups.names(draft.kind))
    sight = {*fields, *_here(draft).intersection(errors)}
    follows = checked.follows if checked else {}
    offered = offering.picks(draft), offering.takes(draft)
    shown = Shown(draft.values, sight, errors, doubts, draft.held, needed, *offered, follows)
    return FormPage(
        heading=_("变更或更正") if draft.record and checked else HEADINGS[draft.kind],
        groups=questions.draw(draft.kind, shown),
        summary=_listed(draft.refusals, draft),
        doubts=_listed(draft.doubts, draft),
        check=checked,
        place=_place(draft),
        elsewhere=_elsewhere(draft),
        housemate=recent.title(draft.housemate, on=timezone.localdate()) if draft.housemate else "",
        hidden=_hidden(draft),
        told=[Wrong(_href(name, draft), f"{_label(name)} · {said}") for name, said in draft.told.items()],
        known=json.dumps(rules.known(draft), ensure_ascii=False) if checked else "",
    )


def asked(draft: Draft, view: Mapping[str, Any]) -> list[str]:
    """The fields this person or home is asked: what the dictionary requires, and what the targets concerned need."""
    wanted = {*groups.ALWAYS[draft.kind], *catalogue.asked(view, draft.record_kind), *draft.told, *groups.PLACED}
    wanted.update(groups.OF_HOUSEMATES if draft.housemate else ())
    wanted &= _here(draft) - household.settled(draft.shared)
    return [name for name in groups.names(draft.kind) if name in wanted]


def _needed(draft: Draft, view: Mapping[str, Any]) -> list[str]:
    """What this form cannot do without: a system concerned needs it, or the dictionary makes it compulsory.

    What follows from the rest can be left out.
    """
    demanded = {*catalogue.needed(view, draft.record_kind), *catalogue.compulsory(view)}
    wanted = {*groups.ALWAYS[draft.kind], *demanded.difference(following(draft, view))}
    return [name for name in groups.names(draft.kind) if name in wanted and name not in draft.shared]


def following(draft: Draft, view: Mapping[str, Any]) -> frozenset[str]:
    """What nobody said and all the same is known: it follows from the rest, until somebody says otherwise."""
    said = {name for name, raw in draft.fields().items() if is_known(raw)}
    on_file = {name for name, value in draft.known.items() if is_known(value)}
    return frozenset(name for name, value in view.items() if is_known(value)) - said - on_file


def _here(draft: Draft) -> frozenset[str]:
    """The fields that this form has a place for."""
    return frozenset(groups.names(draft.kind)) - (frozenset() if draft.record else groups.PLACED)


def words(refusal: Refusal) -> str:
    """Reason and remedy in the language of the page."""
    lang = questions.language()
    return f"{refusal.reason(lang)}{'. ' if lang == 'en' else '，'}{refusal.remedy(lang)}"


def _listed(refusals: Iterable[Refusal], draft: Draft) -> list[Wrong]:
    """In the order of the page, what belongs to no field of it first."""
    order = {name: place for place, name in enumerate(groups.names(draft.kind))}
    return [
        Wrong(_href(one.field, draft), words(one)) for one in sorted(refusals, key=lambda one: order.get(one.field, -1))
    ]


def _href(name: str, draft: Draft) -> str:
    return f"#{questions.id_of(name)}" if name in _here(draft) else "#place"


def _label(name: str) -> str:
    return dictionary.field(name).label(questions.language()) if name in dictionary.FIELDS else ""


def _lacks(missing: Iterable[str], draft: Draft) -> list[Lack]:
    here = _here(draft)
    return [
        Lack(questions.id_of(name) if name in here else "", dictionary.field(name).label(questions.language()))
        for name in missing
        if name in dictionary.FIELDS
    ]


def _name(profile: Profile) -> str:
    return str(profile.en if _english() else profile.zh)


def _derived(view: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the document number says, shown and not typed."""
    if not view.get("id_number_is_18"):
        return []
    shown = []
    for name in ("birth_date", "sex", "age"):
        value = view.get(name)
        if value is not None:
            shown.append((dictionary.field(name).label(questions.language()), _said(name, value)))
    return shown


def _follows(draft: Draft, view: Mapping[str, Any]) -> dict[str, str]:
    """The questions that are answered by what else is known, each with that answer."""
    found = following(draft, view)
    return {name: _said(name, view[name]) for name in groups.CAN_FOLLOW if name in found}


def _said(name: str, value: Any) -> str:
    table = dictionary.field(name).table
    return dictionary.table(table).label(str(value), questions.language()) if table else str(value)


def _offers(view: Mapping[str, Any]) -> list[Offer]:
    """Divisions suggested by the number (derivations D4 and D5)."""
    return [
        Offer(
            one.field, f"{one.value} {''.join(dictionary.division_path(one.value))}", one.en if _english() else one.zh
        )
        for one in dictionary.suggest(view).values()
        if dictionary.field(one.field).type == "division"
    ]


def _english() -> bool:
    return questions.language() == "en"


def _place(draft: Draft) -> str:
    if draft.housing:
        return rooms.housing_label(draft.housing)
    if draft.building:
        floor = "" if draft.floor is None else _("%(floor)s 层") % {"floor": draft.floor}
        return " ".join(part for part in (rooms.label(draft.building), floor, draft.room_no) if part)
    return ""


def _elsewhere(draft: Draft) -> str:
    """Where another place is chosen; for a home that is entered in between, where this one was not found."""
    mover = draft.record.id if draft.kind == "move" and draft.record else draft.wanted_for.removeprefix("resident")
    return (
        reverse("desk:move", args=[mover]) if mover else reverse("desk:choose", args=[draft.wanted_for or draft.kind])
    )


def _hidden(draft: Draft) -> list[tuple[str, str]]:
    building: Building | None = draft.building
    carried = {
        "entry_id": draft.entry_id,
        "housing": draft.housing.id if draft.housing else "",
        "record": draft.record.id if draft.record else "",
        "base_version": draft.base_version or "",
        "building": building.code if building else "",
        "floor": "" if draft.floor is None else draft.floor,
        "room_no": draft.room_no,
        "for": draft.wanted_for,
        "after": draft.housemate.id if draft.housemate else "",
    }
    pairs = [(name, str(value)) for name, value in carried.items() if value != ""]
    return pairs + [("confirmed", one) for one in (*draft.confirmed, *map(confirmation, draft.doubts))]
