"""Reports as pages: which days and months there are of an area, and one of them, to read, print and take along."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from gridapp import direct
from gridapp.catalogue.targets import targets as configured
from gridapp.delivery import clock
from gridapp.org import scope
from gridapp.org.access import overseeing, user_of
from gridapp.org.models import Area, User
from gridapp.review import report_figures, report_mailing, report_pdf, report_periods, report_tables, report_workbook
from gridapp.review.dashboard_figures import name_of
from gridapp.review.dear import dear
from gridapp.review.report_figures import Report
from gridapp.review.report_periods import DAY, MONTH, Period
from gridapp.review.report_state import COMMUNITY

_KNOWN = """
SELECT day FROM delivery_flow WHERE area = %(area)s UNION SELECT day FROM review_areaday WHERE area = %(area)s
ORDER BY day DESC
"""


@overseeing
def listed(request: HttpRequest) -> HttpResponse:
    """The areas there are reports of, and the days and months of the one that is asked for."""
    user, today = user_of(request), clock.day(clock.now())
    here = _area_asked(request.GET.get("area", ""), user)
    page: dict[str, Any] = {"here": here, "areas": _areas(here, user)}
    if here is not None:
        page |= {"name": name_of(here), "crumbs": _around(here, user)}
        page |= _periods(here, request.GET.get("month", ""), today) | {"is_mailed": report_mailing.is_offered()}
    return render(request, "review/reports.html", page)


@overseeing
def one(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """One report."""
    made = asked(code, period, user_of(request))
    page = report_tables.shown(made) | {"crumbs": _around(made.area, user_of(request))} | _neighbours(made)
    if not (can_print := report_pdf.is_available()):
        page["packages"] = report_pdf.PACKAGES
    return render(request, "review/report.html", page | {"can_print": can_print})


def _neighbours(made: Report) -> dict[str, Period | None]:
    """The next earlier and later one that there is: days without a row are passed over. One statement."""
    kind, shown = made.period.kind, made.period
    today = timezone.localdate()
    known = _known(made.area, today)
    earlier = max((day for day in known if day < shown.first), default=None)
    later = min((day for day in known if shown.last < day <= today), default=None)
    found = {"earlier": earlier, "later": later}
    return {name: report_periods.of(kind, day) if day else None for name, day in found.items()}


@overseeing
@dear
def printed(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """The same as PDF; where none can be made, back to the page, which says what is missing."""
    made = asked(code, period, user_of(request))
    if not report_pdf.is_available():
        return redirect("review:report", code, period)
    return _file(report_pdf.made(report_tables.shown(made)), made, "pdf", "application/pdf")


@overseeing
@dear
def workbook(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """The same as a workbook."""
    made = asked(code, period, user_of(request))
    return _file(report_workbook.made(report_tables.shown(made)), made, "xlsx", report_workbook.MEDIA)


def _file(content: bytes, made: Report, ending: str, media: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media)
    name = f"{name_of(made.area)}-{made.period.name}.{ending}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def asked(code: str, name: str, by: User) -> Report:
    """The report that an address names. Raises Http404 for one of an area that they do not oversee, of a grid, of days
    to come, and of days of which nothing is known."""
    moment, period = clock.now(), report_periods.named(name)
    area = _area_asked(code, by) if code else None
    if area is None or period is None or period.first > clock.day(moment):
        raise Http404
    made = report_figures.report(area, period, configured(), moment=moment)
    if not made.now.is_known:
        raise Http404
    return made


def _area_asked(code: str, user: User) -> Area | None:
    """The area of the address, or the only one of the user's; None: they have to choose. Raises Http404."""
    mine = scope.prefixes(user)
    if not code:
        return Area.objects.filter(code=mine[0]).first() if len(mine) == 1 and 0 < len(mine[0]) <= COMMUNITY else None
    area = Area.objects.filter(code=code).first() if scope.allows(user, code) and len(code) <= COMMUNITY else None
    if area is None:
        raise Http404
    return area


def _areas(here: Area | None, user: User) -> list[dict[str, str]]:
    """To choose from: those directly inside the one shown, else the user's own; grids have no reports."""
    if here is None:
        mine = scope.prefixes(user)
        rows = Area.objects.filter(code__in=[code for code in mine if len(code) <= COMMUNITY])
    elif len(here.code) < COMMUNITY:
        rows = Area.objects.filter(code__regex=rf"^{here.code}\d{{3}}$")
    else:
        return []
    return [{"code": area.code, "name": name_of(area)} for area in rows]


def _around(here: Area, user: User) -> list[dict[str, str]]:
    codes = [here.code[:size] for size in (6, 9) if size < len(here.code) and scope.allows(user, here.code[:size])]
    return [{"code": area.code, "name": name_of(area)} for area in Area.objects.filter(code__in=codes)]


def _known(area: Area, today: date) -> set[date]:
    """The days of which there is a report. One statement."""
    return {today, *(day for (day,) in direct.fetch(_KNOWN, {"area": area.code}))}


def _periods(here: Area, wanted: str, today: date) -> dict[str, Any]:
    """The months there are, and the days of the one that is wanted or of the newest. One statement."""
    days = sorted(_known(here, today), reverse=True)
    months = list(dict.fromkeys(report_periods.of(MONTH, day) for day in days))
    chosen = next((month for month in months if month.name == wanted), months[0])
    return {
        "months": months,
        "chosen": chosen,
        "days": [report_periods.of(DAY, day) for day in days if chosen.first <= day <= chosen.last],
        "today": today,
    }
