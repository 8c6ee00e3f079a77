"""The supervisors' first page: what arrived, what is stuck, whose move it is; and the list to talk over.

Team level only: areas and systems, never persons. An area's numbers are its own, whatever happens next door.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from gridapp.catalogue.targets import targets as configured
from gridapp.delivery import clock
from gridapp.delivery.counts import Extent
from gridapp.org import scope
from gridapp.org.access import overseeing, user_of
from gridapp.org.models import Area, User
from gridapp.registry import objections, rights
from gridapp.review import dashboard_returned, dashboard_saved
from gridapp.review.dashboard_figures import PERIODS, board, name_of

GRID = 15
"""Digits of the code of a grid, inside which there is no area."""


@overseeing
def front(request: HttpRequest) -> HttpResponse:
    """The numbers of the user's areas, or of one inside them; asked for again by the page itself every half minute."""
    user = user_of(request)
    here, today = _area_asked(request, user), clock.day(clock.now())
    period = request.GET.get("period", "")
    page = _board(here, user, period if period in PERIODS else "today", today)
    if "HX-Request" in request.headers:
        return render(request, "review/dashboard.html#board", page)
    inside = _inside(here, user, "areas__code")
    page["sharing"] = dashboard_saved.sharing(configured(), inside, most=page["board"].flowed.most)
    return render(request, "review/dashboard.html", page)


@overseeing
def returned(request: HttpRequest) -> HttpResponse:
    """What has been returned or contested for more than some days, by system and cause: to print and talk over."""
    user = user_of(request)
    here, today = _area_asked(request, user), clock.day(clock.now())
    asked = dashboard_returned.days_asked(request.GET.get("days"))
    found = dashboard_returned.older_than(asked, today=today, inside=_inside(here, user, "waits_in"))
    page = {"found": found, "days": asked, "choices": dashboard_returned.DAYS, "today": today}
    return render(request, "review/dashboard_returned.html", page | _where(here, user))


def _board(here: Area | None, user: User, period: str, today: date) -> dict[str, Any]:
    ages = scope.may_administer(user)
    disputed = objections.seen_by(user).filter(_inside(here, user, "record__grid_code"))
    return {
        "board": board(_extent(here, user), configured(), period=period, today=today, ages=ages),
        "objections": objections.tally(disputed, user, on=today),
        "rights": rights.tally(rights.seen_by(user).filter(_inside(here, user, "grid_code")), on=today),
        "periods": PERIODS,
        **_where(here, user),
    }


def _area_asked(request: HttpRequest, user: User) -> Area | None:
    """The area of the address; None: all of the user's. One that they do not oversee answers 404, as none does."""
    code = request.GET.get("area", "")
    if not code:
        only = scope.prefixes(user)
        return Area.objects.filter(code__in=only).first() if len(only) == 1 else None
    area = Area.objects.filter(code=code).first() if scope.allows(user, code) else None
    if area is None:
        raise Http404
    return area


def _extent(here: Area | None, user: User) -> Extent:
    """Each area directly inside the one shown; a grid itself; without one each of the user's."""
    if here is not None:
        return Extent((here.code,), inside=len(here.code) < GRID)
    return Extent(scope.prefixes(user))


def _inside(here: Area | None, user: User, field: str) -> Q:
    return Q(**{f"{field}__startswith": here.code}) if here else scope.condition(user, field)


def _where(here: Area | None, user: User) -> dict[str, Any]:
    """What pages say of the area shown: its name, and the areas around it that the user oversees, outermost first."""
    if here is None:
        return {"here": None}
    around = [here.code[:size] for size in (6, 9, 12) if size < len(here.code)]
    codes = [code for code in around if scope.allows(user, code)]
    crumbs = [{"code": area.code, "name": name_of(area)} for area in Area.objects.filter(code__in=codes)]
    return {"here": here, "name": name_of(here), "crumbs": crumbs}
