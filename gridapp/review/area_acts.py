"""What the forms of an area's page ask for, done, and what came of it in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from gridapp.catalogue.targets import Configured, targets
from gridapp.catalogue.wording import name_of
from gridapp.delivery import redrawing
from gridapp.org import area_codes, areas, scope
from gridapp.org.areas import Unfit
from gridapp.org.models import Area, Redrawing, User
from gridapp.registry import regridding
from gridapp.review.opening import language

_MAPPED = "mapped."


def systems() -> list[tuple[str, str]]:
    """(system, what its code is called) of every system that a target or a mapping names. One statement."""
    read = {name.removeprefix(_MAPPED) for one in targets() for name in _inputs(one) if name.startswith(_MAPPED)}
    return [(one, name_of(f"{_MAPPED}{one}", language())) for one in sorted(read | area_codes.systems_in_use())]


def carrying() -> list[Configured]:
    """The live targets that are told of a grid: they hear of it when buildings go to another one."""
    return [
        one
        for one in targets()
        if one.live and any(name == "housing.grid_code" or name.startswith(_MAPPED) for name in _inputs(one))
    ]


def _inputs(one: Configured) -> set[str]:
    layouts = one.profile.layouts.values()
    return {name for layout in layouts for row in layout.content_rows for name in row.inputs}


def _text(post: QueryDict, name: str) -> str:
    return post.get(name, "").replace("\0", "").strip()


def _rename(area: Area, by: User, post: QueryDict) -> str:
    done = areas.rename(area.pk, _text(post, "name"), by=by, name_en=_text(post, "name_en"), why=_text(post, "why"))
    return _("名称已改。") if done else _("没有变化。")


def _add(area: Area, by: User, post: QueryDict) -> str:
    code = _text(post, "code")
    if not code.startswith(area.pk):
        raise Unfit(_("代码要以上一级的代码开头"))
    made = areas.add(code, _text(post, "name"), by=by, name_en=_text(post, "name_en"), why=_text(post, "why"))
    return _("已新建 %(name)s（%(code)s）。") % {"name": made.name, "code": made.pk}


def _close(area: Area, by: User, post: QueryDict) -> str:
    if post.get("sure") != "yes":
        raise Unfit(_("请先勾选确认"))
    with transaction.atomic():
        if area.is_grid and not regridding.is_empty(area.pk):
            raise Unfit(_("网格里还有楼栋或档案，请先把楼栋调到别的网格"))
        areas.close(area.pk, by=by, why=_text(post, "why"))
    return _("已撤销。代码保留，不再使用。")


def _codes(area: Area, by: User, post: QueryDict) -> str:
    if not area.is_grid:
        raise Unfit(_("只有网格有对应编码"))
    wanted = {(area.pk, system): _text(post, f"code-{system}") for system, _word in systems()}
    if any(len(code) > area_codes.LONGEST or not code.isprintable() for code in wanted.values()):
        raise Unfit(_("编码不超过 64 个字"))
    with transaction.atomic():
        changed = area_codes.put(wanted, by=by, why=_text(post, "why"))
        redrawing.begin_planning(changed, by=by)
    return _("已改。这个网格的档案会按新编码重新核对，只告诉要改的系统。") if changed else _("没有变化。")


ACTS: Mapping[str, Callable[[Area, User, QueryDict], str]] = {
    "rename": _rename,
    "add": _add,
    "close": _close,
    "codes": _codes,
}


def redraw(grid: Area, building_codes: Sequence[str], post: QueryDict, by: User) -> Redrawing:
    """Buildings of a grid go to an open one, or to a new one that is made with them. Raises Unfit."""
    with transaction.atomic():
        to_code, why = _text(post, "to"), _text(post, "why")
        if to_code == "new":
            made = areas.add(areas.next_code(grid.pk[: areas.COMMUNITY]), _text(post, "name"), by=by, why=why)
            to_code = made.pk
        return redrawing.begin_move(building_codes, to_code, by=by, why=why, closes=post.get("closes") == "yes")


def destinations(grid: Area, by: User) -> list[Area]:
    """Where buildings of a grid can go: the other open grids of its community that the user oversees."""
    return list(areas.open_grids(by, grid.pk[: areas.COMMUNITY]).exclude(pk=grid.pk))


def may_add_grids(grid: Area, by: User) -> bool:
    """Whether the user may make a grid in this community."""
    return scope.allows(by, f"{grid.pk[: areas.COMMUNITY]}999")


def chosen(held: Collection[regridding.Held], post: QueryDict) -> list[regridding.Held]:
    """The buildings that were ticked, all of them where the grid is to be emptied."""
    ticked = set(post.getlist("building"))
    return [one for one in held if post.get("closes") == "yes" or one.building.pk in ticked]
