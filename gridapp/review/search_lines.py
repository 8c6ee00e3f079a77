"""What a search shows: the records found, each with its place and what is open about it; and what can be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import Length
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp.catalogue.targets import targets
from gridapp.delivery.models import Delivery, Status
from gridapp.org import scope
from gridapp.org.models import Area, User
from gridapp.registry.models import Record, Residency
from gridapp.review.opening import language
from gridapp.review.search import AGES, STALE, STATUSES, Criteria

SOMEBODYS_MOVE = (Status.RETURNED, Status.CONFLICT, Status.MANUAL, Status.UNCERTAIN, Status.FAILED)
Filters = list[tuple[str, str, list[tuple[str, str]]]]
"""Name, label and options of each filter."""
_LEVELS = (6, 9, 12, 15)
_RENTALS: dict[str, str | Promise] = {"yes": gettext_lazy("出租"), "no": gettext_lazy("不出租")}
_STATES: dict[str, str | Promise] = {"open": gettext_lazy("在册"), "closed": gettext_lazy("已注销")}


@dataclass(frozen=True, slots=True)
class Line:
    """One record found. `home`: where a resident lives; `open`: (status in words, how many systems)."""

    record: Record
    home: Record | None
    grid: str
    open: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter as a list to choose from: its name in the form, what it is called, (value, word)."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str = ""


def lines(records: Sequence[Record]) -> list[Line]:
    """In the same order. Three statements."""
    living = Residency.objects.filter(resident__in=records, is_open=True).select_related("housing__building")
    homes = {one.resident_id: one.housing for one in living.order_by("is_primary")}
    grids = area_names(row.grid_code for row in records)
    waits: dict[UUID, list[tuple[str, int]]] = {}
    open_ones = Delivery.objects.filter(record__in=records, status__in=SOMEBODYS_MOVE)
    counted = open_ones.values_list("record_id", "status").annotate(number=Count("pk")).order_by("record_id", "status")
    for record_id, status, number in counted:
        waits.setdefault(record_id, []).append((str(Status(status).label), number))
    return [
        Line(row, homes.get(row.pk), grids.get(row.grid_code, row.grid_code), waits.get(row.pk, [])) for row in records
    ]


def choices(criteria: Criteria, by: User) -> list[Choice]:
    """Every filter with what it can be set to. One statement besides the targets."""
    kept = criteria.kept()
    kind, *others = filters()
    told = [kind, ("area", _("区域"), _areas(criteria.area, by)), *others]
    return [Choice(name, label, options, kept[name]) for name, label, options in told]


def said(criteria: Criteria, areas: Mapping[str, str], filters: Filters) -> str:
    """The filters that are set, in words: 张三；测试街道；种类 居民. `areas`: code -> name, of those that are known."""
    kept = criteria.kept()
    words = [criteria.q, areas.get(criteria.area, criteria.area)]
    for name, label, options in filters:
        if kept[name] and (name, kept[name]) != ("state", "open"):
            words.append(f"{label} {dict(options).get(kept[name], kept[name])}")
    return _("；").join(filter(None, words)) or _("全部")


def area_names(codes: Iterable[str]) -> dict[str, str]:
    """Code -> name. One statement."""
    return {area.code: _name(area) for area in Area.objects.filter(code__in=set(codes))}


def filters() -> Filters:
    """Name, label and options of every filter but the area."""
    any_word, days = ("", _("不限")), _("超过 %(days)s 天")
    return [
        ("kind", _("种类"), [any_word, *((str(value), str(word)) for value, word in Record.Kind.choices)]),
        ("target", _("目标系统"), [any_word, *((one.target.key, one.target.name) for one in targets())]),
        ("status", _("填报状态"), [any_word, *((str(one), str(one.label)) for one in STATUSES)]),
        ("age", _("退回或等待了多久"), [any_word, *((one, days % {"days": one}) for one in AGES)]),
        ("stale", _("多久没有核实"), [any_word, *((one, days % {"days": one}) for one in STALE)]),
        ("rental", _("房屋是否出租"), [any_word, *((value, str(word)) for value, word in _RENTALS.items())]),
        ("state", _("在册或注销"), [(value, str(word)) for value, word in _STATES.items()]),
    ]


def _areas(chosen: str, by: User) -> list[tuple[str, str]]:
    """The user's areas, the way down to the chosen one, and what lies one step below: however many grids there are."""
    inside = chosen if scope.allows(by, chosen) else ""
    tops = [prefix for prefix in scope.prefixes(by) if not inside or inside.startswith(prefix)] or [""]
    wanted = Q(code__in=[*tops, *(inside[:level] for level in _LEVELS if level <= len(inside))])
    for top in [inside] if inside else tops:
        below = next((level for level in _LEVELS if level > len(top)), 0)
        wanted |= Q(code__startswith=top, size=below)
    known = Area.objects.alias(size=Length("code")).filter(wanted)
    rows = scope.within(known, by, "code").order_by("code")
    listed = [(area.code, "\u3000" * (_LEVELS.index(len(area.code)) if len(area.code) in _LEVELS else 0) + _name(area))
              for area in rows]  # fmt: skip
    return [("", _("我的全部区域")), *listed]


def _name(area: Area) -> str:
    return (area.name_en or area.name) if language() == "en" else area.name
