"""The pages of the codes that other systems use for our grids: which are missing, and all of them by workbook."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gridapp.delivery import redrawing
from gridapp.org import area_codes, areas
from gridapp.org.access import operating, user_of
from gridapp.org.area_codes import Compared
from gridapp.org.areas import Unfit
from gridapp.org.models import Area, User
from gridapp.review import area_acts, tables
from gridapp.review.opening import page_of

_LISTED, _SHOWN, _MOST = 50, 100, 3000
_PURPOSE = "area codes"
_GRID, _NAME = gettext_lazy("网格代码"), gettext_lazy("网格名称")


@operating
def codes(request: HttpRequest) -> HttpResponse:
    return render(request, "review/area_codes.html", _page(request, user_of(request)))


@operating
def workbook(request: HttpRequest) -> HttpResponse:
    """Every open grid of the user's areas with its codes, to be filled in and brought back."""
    known = area_acts.systems()
    grids = list(areas.open_grids(user_of(request))[:_MOST])
    lines = area_codes.lines(grids, [system for system, _word in known])
    top = [str(_GRID), str(_NAME), *(word for _system, word in known)]
    return tables.handed_out(
        [top, *([one.grid.pk, one.grid.name, *one.codes] for one in lines)], name=_("网格对应编码.xlsx")
    )


@operating
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What a workbook would change, before anything is."""
    user = user_of(request)
    try:
        rows = tables.taken_in(request, _headings(), most=_MOST)
        found = area_codes.compare(_wanted(rows), user)
    except Unfit as refused:
        return render(request, "review/area_codes.html", _page(request, user, str(refused)), status=422)
    words = dict(area_acts.systems())
    named = dict(Area.objects.filter(pk__in={code for code, _system in found.wanted}).values_list("code", "name"))
    page = {"found": found, "rows": _shown(found, words, named), "shown": _SHOWN}
    return render(request, "review/area_codes_preview.html", page | {"kept": tables.carried(rows, user, _PURPOSE)})


@operating
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    try:
        rows = tables.brought_back(request.POST.get("kept", ""), user, _PURPOSE)
        with transaction.atomic():
            wanted = area_codes.compare(_wanted(rows), user).wanted
            changed = area_codes.put(wanted, by=user, why=_("从表格导入"))
            redrawing.begin_planning(changed, by=user)
    except Unfit as refused:
        return render(request, "review/area_codes.html", _page(request, user, str(refused)), status=422)
    said = _("已改 %(number)d 个网格的编码。档案会按新编码重新核对，只告诉要改的系统。") % {"number": len(changed)}
    messages.success(request, said, extra_tags="good")
    return redirect("review:area_codes")


def _page(request: HttpRequest, user: User, refused: str = "") -> dict[str, Any]:
    known = area_acts.systems()
    asked = request.GET.get("missing", "")
    system = asked if asked in dict(known) else ""
    grids = area_codes.lacking(user, system) if system else areas.open_grids(user)
    rows = page_of(request, grids, size=_LISTED)
    lacks = area_codes.missing(user, [one for one, _word in known])
    return {
        "systems": [(one, word, lacks[one]) for one, word in known],
        "asked": system,
        "rows": rows,
        "lines": area_codes.lines(list(rows), [one for one, _word in known]),
        "refused": refused,
    }


def _headings() -> dict[str, str]:
    return {str(_GRID): "grid"} | {word: system for system, word in area_acts.systems()}


def _wanted(rows: tables.Rows) -> dict[tuple[str, str], str]:
    """(grid, system) -> code. Raises Unfit for a code that no column takes: one bad cell, and nothing is done."""
    wanted = {}
    for row in rows:
        for system, code in row.items():
            if system in {"row", "grid"}:
                continue
            if code == "#" or len(code) > area_codes.LONGEST or (code and not code.isprintable()):
                raise Unfit(
                    _("第 %(row)s 行有编码太长，或是位数不可靠的数值：请把该列设为文本格式") % {"row": row["row"]}
                )
            wanted[row.get("grid", ""), system] = code
    return wanted


def _shown(found: Compared, words: dict[str, str], named: dict[str, str]) -> list[tuple[str, str, str, str, str]]:
    """(grid, its name, what is named, old, new), changes before additions."""
    changed = [(key, old, new) for key, (old, new) in found.changed.items()]
    changed += [(key, "", new) for key, new in found.added.items()]
    return [
        (grid, named.get(grid, ""), words.get(system, system), old, new)
        for (grid, system), old, new in changed[:_SHOWN]
    ]
