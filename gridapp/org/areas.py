"""Areas as they are set up: named, opened, renamed, closed. Each change is a version, and what was stays readable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import scope
from .grids import mapped
from .models import Area, AreaVersion, User

LEVELS: Mapping[int, str | Promise] = {
    6: gettext_lazy("区县"),
    9: gettext_lazy("街道"),
    12: gettext_lazy("社区"),
    15: gettext_lazy("网格"),
}
"""Digits of a code -> what such an area is called."""
_ABOVE = {9: 6, 12: 9, 15: 12}
GRID, COMMUNITY = 15, 12
LONGEST_NAME, LONGEST_WHY = 100, 200


class Unfit(Exception):
    """What was asked for cannot be done; the text says why, in the language of the page. Nothing has changed."""


def seen_by(user: User) -> QuerySet[Area]:
    """The areas that somebody oversees, in the order of their codes."""
    return scope.within(Area.objects.all(), user, "code")


def inside(area: Area, by: User) -> QuerySet[Area]:
    """The areas next below one, as far as the user sees them; closed ones too."""
    below = next((length for length, above in _ABOVE.items() if above == len(area.code)), 0)
    return seen_by(by).annotate(length=Length("code")).filter(code__startswith=area.code, length=below)


def open_grids(by: User, within: str = "") -> QuerySet[Area]:
    """The grids of the user's areas in which something can be entered."""
    grids = seen_by(by).annotate(length=Length("code")).filter(length=GRID, closed_at=None)
    return grids.filter(code__startswith=within) if within else grids


def path(code: str) -> list[Area]:
    """The areas around one and itself, widest first; those that are not set up are left out."""
    return list(Area.objects.filter(pk__in=[code[:length] for length in LEVELS if length <= len(code)]))


def next_code(community_code: str) -> str:
    """The lowest number that no grid of the community has or had; "" where all 999 are used."""
    used = set(Area.objects.filter(code__startswith=community_code).values_list("code", flat=True))
    codes = (f"{community_code}{number:03d}" for number in range(1, 1000))
    return next((code for code in codes if code not in used), "")


def add(code: str, name: str, *, by: User, name_en: str = "", why: str = "") -> Area:
    """A new area inside one that is open. Raises Unfit."""
    _named(name)
    if not (code.isascii() and code.isdecimal() and len(code) in _ABOVE):
        raise Unfit(_("代码为 9 位（街道）、12 位（社区）或 15 位（网格）数字"))
    if not scope.allows(by, code):
        raise Unfit(_("这个代码不在您的范围内"))
    if len(code) != GRID and not scope.may_administer(by):
        raise Unfit(_("街道和社区由管理员设置"))
    with transaction.atomic():
        above = Area.objects.select_for_update(no_key=True).filter(pk=code[: _ABOVE[len(code)]]).first()
        if above is None or above.closed_at is not None:
            raise Unfit(_("它所在的上一级还没有设置，或已撤销"))
        area, new = Area.objects.get_or_create(code=code, defaults={"name": name.strip(), "name_en": name_en.strip()})
        if not new:
            raise Unfit(_("这个代码已经用过；撤销了的也不再用"))
        _write([area], {}, since=timezone.now(), by=by, why=why)
    return area


def rename(code: str, name: str, *, by: User, name_en: str = "", why: str = "") -> bool:
    """Another name from now on; False where nothing changes. Raises Unfit."""
    _named(name)
    with versioned([_overseen(code, by)], by=by, why=why) as found:
        area = found[code]
        same = (area.name, area.name_en) == (name.strip(), name_en.strip())
        area.name, area.name_en = name.strip(), name_en.strip()
        area.save(update_fields=["name", "name_en"])
    return not same


def close(code: str, *, by: User, why: str = "") -> None:
    """Nothing is founded there any more; the code is never given again. Raises Unfit while it holds open areas.

    Whether records are left there the registry knows: gridapp.registry.regridding.
    """
    with versioned([_overseen(code, by)], by=by, why=why) as found:
        if len(code) != GRID and not scope.may_administer(by):
            raise Unfit(_("街道和社区由管理员撤销"))
        if Area.objects.filter(code__startswith=code, closed_at=None).exclude(pk=code).exists():
            raise Unfit(_("里面还有没有撤销的区域"))
        area = found[code]
        area.closed_at = area.closed_at or timezone.now()
        area.save(update_fields=["closed_at"])


@contextmanager
def versioned(codes: Collection[str], *, by: User | None, why: str = "") -> Iterator[dict[str, Area]]:
    """Locks areas, lets the caller change them or their codes in other systems, and writes the versions that follow.

    A fixed number of statements, however many areas. Of an area without any version what it was before is written too.
    """
    with transaction.atomic():
        rows = Area.objects.select_for_update(no_key=True).filter(pk__in=codes).order_by("pk")
        found = {area.pk: area for area in rows}
        codes_before = mapped(found)
        before = {code: _state(area, codes_before.get(code, {})) for code, area in found.items()}
        written = set(AreaVersion.objects.filter(area__in=found).values_list("area_id", flat=True))
        first = [area for code, area in found.items() if code not in written]
        _write(first, codes_before, since=None, by=None, why="")
        yield found
        now_mapped = mapped(found)
        differing = [area for code, area in found.items() if _state(area, now_mapped.get(code, {})) != before[code]]
        for area in differing:
            area.version += 1
        Area.objects.bulk_update(differing, ["version"], batch_size=500)
        _write(differing, now_mapped, since=timezone.now(), by=by, why=why)


def _state(area: Area, codes: Mapping[str, str]) -> tuple[Any, ...]:
    return area.name, area.name_en, area.closed_at is None, dict(codes)


def _write(
    areas: Iterable[Area], codes: Mapping[str, Mapping[str, str]], *, since: datetime | None, by: User | None, why: str
) -> None:
    AreaVersion.objects.bulk_create(
        [
            AreaVersion(
                area=area,
                number=area.version,
                name=area.name,
                name_en=area.name_en,
                mapped=dict(codes.get(area.pk, {})),
                is_open=area.closed_at is None,
                why=why[:LONGEST_WHY],
                since=since,
                by=by,
            )
            for area in areas
        ],
        batch_size=500,
    )


def _named(name: str) -> None:
    if not name.strip() or len(name.strip()) > LONGEST_NAME or not name.isprintable():
        raise Unfit(_("请填写名称，不超过 100 字"))


def _overseen(code: str, by: User) -> str:
    if not scope.may_operate(by) or not seen_by(by).filter(pk=code).exists():
        raise Unfit(_("这个区域不在您的范围内"))
    return code


def common(codes: Collection[str]) -> str:
    """The code of the smallest area that holds all of these."""
    first, last = min(codes), max(codes)
    lengths = [length for length in LEVELS if first[:length] == last[:length] and length <= len(first)]
    return first[: max(lengths)] if lengths else ""
