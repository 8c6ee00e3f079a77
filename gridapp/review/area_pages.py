"""The pages of areas: what there is, what it was before, which buildings belong where, whose grid it is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.delivery import redrawing
from gridapp.org import area_codes, areas, handover, scope
from gridapp.org.access import keeping_accounts, operating, user_of
from gridapp.org.areas import LEVELS, Unfit
from gridapp.org.fresh import freshly_signed_in
from gridapp.org.models import Area, AreaVersion, Redrawing, User
from gridapp.registry import handing_over, regridding
from gridapp.review import area_acts
from gridapp.review.opening import number, page_of

_VERSIONS, _RUNS, _LISTED = 20, 10, 100


@operating
def listed(request: HttpRequest) -> HttpResponse:
    """Where the user's areas begin, and what is being redrawn in them."""
    user = user_of(request)
    tops = areas.seen_by(user).filter(pk__in=scope.prefixes(user))
    lines = [(one, LEVELS.get(len(one.pk), "")) for one in tops]
    return render(request, "review/areas.html", {"lines": lines, "runs": _runs(user)})


@operating
def area(request: HttpRequest, code: str) -> HttpResponse:
    user = user_of(request)
    return render(request, "review/area.html", _page(request, _area_or_404(code, user), user))


@operating
@require_POST
def act(request: HttpRequest, code: str) -> HttpResponse:
    """Another name, a new area inside, its end, its codes in other systems."""
    user = user_of(request)
    one, wanted = _area_or_404(code, user), area_acts.ACTS.get(request.POST.get("act", ""))
    if wanted is None:
        raise Http404
    try:
        messages.success(request, wanted(one, user, request.POST), extra_tags="good")
    except Unfit as refused:
        page = _page(request, _area_or_404(code, user), user) | {"refused": str(refused), "typed": request.POST}
        return render(request, "review/area.html", page, status=422)
    return redirect("review:area", code)


@operating
@require_POST
def redraw(request: HttpRequest, code: str) -> HttpResponse:
    """First what would go with the buildings that were ticked; then, with step=apply, they go."""
    user = user_of(request)
    grid = _area_or_404(code, user)
    held = area_acts.chosen(regridding.buildings_of(grid.pk), request.POST) if grid.is_grid else []
    if request.POST.get("step") != "apply" and held:
        return render(request, "review/area_redraw.html", _redraw_page(grid, held, request, user))
    try:
        run = area_acts.redraw(grid, [one.building.pk for one in held], request.POST, user)
    except Unfit as refused:
        page = _redraw_page(grid, held, request, user) if held else _page(request, grid, user)
        name = "review/area_redraw.html" if held else "review/area.html"
        return render(request, name, page | {"refused": str(refused)}, status=422)
    messages.success(request, _("已开始调整。档案会自动跟过去，不用重新录入。"), extra_tags="good")
    return redirect("review:redrawing", run.pk)


@operating
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far the records have come that go to another grid."""
    found = redrawing.seen_by(user_of(request)).filter(pk=run_id).first()
    if found is None:
        raise Http404
    parts = page_of(request, found.parts.all(), size=_LISTED)
    left_open = found.finished_at and found.closes and Area.objects.filter(pk=found.closes, closed_at=None).exists()
    page = {"run": found, "progress": redrawing.progress([found])[0], "rows": parts, "left_open": left_open}
    return render(request, "review/area_run.html", page | {"names": _names(found)})


@keeping_accounts
@freshly_signed_in
def hand_over(request: HttpRequest, code: str) -> HttpResponse:
    """The grid and what is open there go from one worker to the next."""
    user = user_of(request)
    grid = _area_or_404(code, user)
    if not grid.is_grid or grid.closed_at:
        raise Http404
    refused = ""
    if request.method == "POST":
        refused, said = _handed_over(request, grid, user)
        if not refused:
            messages.success(request, said, extra_tags="good")
            return redirect("review:area", code) if scope.may_operate(user) else redirect("review:accounts")
    page = _hand_over_page(grid, user) | {"refused": refused, "typed": request.POST}
    return render(request, "review/area_hand_over.html", page, status=422 if refused else 200)


def _handed_over(request: HttpRequest, grid: Area, user: User) -> tuple[str, str]:
    """(why not, what came of it): one of them is empty."""
    pair = [number(request.POST.get(name)) for name in ("giver", "taker")]
    giver = handover.workers_of(grid).filter(pk=pair[0]).first()
    taker = handover.takers(grid, user).filter(pk=pair[1]).first()
    if giver is None or taker is None:
        return _("请选择交出和接手的两个人"), ""
    if handover.unsent(giver) and request.POST.get("sure") != "yes":
        return _("交出的人平板上还有没有上传的录入，请先上传；实在传不了，请勾选确认"), ""
    try:
        made = handing_over.hand_over(grid, giver, taker, by=user, why=request.POST.get("why", "").strip())
    except Unfit as error:
        return str(error), ""
    told = {"taker": taker.display_name, "forms": made.forms}
    return "", _("已交给%(taker)s，待补正的录入 %(forms)d 条一起转过去。退回的跟着网格走。") % told


def _hand_over_page(grid: Area, user: User) -> dict[str, Any]:
    givers = [
        (one, handing_over.forms(grid, one).count(), handover.unsent(one)) for one in handover.workers_of(grid)[:20]
    ]
    return {"area": grid, "givers": givers, "takers": handover.takers(grid, user)[:200]}


def _area_or_404(code: str, user: User) -> Area:
    found = areas.seen_by(user).filter(pk=code).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, one: Area, user: User) -> dict[str, Any]:
    around = [(above, LEVELS[len(above.pk)]) for above in areas.path(one.pk)[:-1] if scope.allows(user, above.pk)]
    versions = AreaVersion.objects.filter(area=one).select_related("by")[:_VERSIONS]
    page = {"area": one, "level": LEVELS.get(len(one.pk), ""), "around": around, "versions": versions}
    return page | (_of_grid(one, user) if one.is_grid else _of_others(request, one, user))


def _of_others(request: HttpRequest, one: Area, user: User) -> dict[str, Any]:
    """What stands on the page of an area that has others inside."""
    below, is_community = page_of(request, areas.inside(one, user), size=_LISTED), len(one.pk) == areas.COMMUNITY
    return {
        "rows": below,
        "unstaffed": handover.unstaffed(list(below)),
        "next_code": areas.next_code(one.pk) if is_community else "",
        "may_add": is_community or scope.may_administer(user),
        "runs": _runs(user, one.pk),
    }


def _of_grid(one: Area, user: User) -> dict[str, Any]:
    known = area_acts.systems()
    (line,) = area_codes.lines([one], [system for system, _word in known])
    return {
        "buildings": regridding.buildings_of(one.pk),
        "codes": [(system, word, code) for (system, word), code in zip(known, line.codes, strict=True)],
        "workers": handover.workers_of(one),
        "may_hand_over": scope.may_keep_accounts(user),
        "hand_overs": one.hand_overs.select_related("giver", "taker", "by").order_by("-id")[:_RUNS],
        "destinations": area_acts.destinations(one, user),
        "may_add_grids": area_acts.may_add_grids(one, user),
        "runs": _runs(user, one.pk[: areas.COMMUNITY]),
    }


def _redraw_page(grid: Area, held: list[regridding.Held], request: HttpRequest, user: User) -> dict[str, Any]:
    return {
        "area": grid,
        "held": held,
        "flats": sum(one.flats for one in held),
        "people": sum(one.people for one in held),
        "told": area_acts.carrying(),
        "destinations": area_acts.destinations(grid, user),
        "may_add_grids": area_acts.may_add_grids(grid, user),
        "typed": request.POST,
    }


def _runs(user: User, within: str = "") -> list[redrawing.Progress]:
    rows = redrawing.seen_by(user).filter(kind=Redrawing.Kind.MOVED)
    return redrawing.progress(list((rows.filter(area_code__startswith=within) if within else rows)[:_RUNS]))


def _names(found: Redrawing) -> dict[str, str]:
    """Grid code -> its name, of the grids that a run is about."""
    codes = {code for pair in found.parts.values_list("from_code", "to_code")[:_LISTED] for code in pair}
    return dict(Area.objects.filter(pk__in=codes).values_list("code", "name"))
