"""The list of reports: which areas, days and months can be opened, and by whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from django.test import Client

from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.review import report_days
from gridapp.review.report_state import midnight
from tests.desk.cast import GRID, OTHER_GRID
from tests.review.reporting import SOON, STREET, report

As = Callable[..., Client]


def test_the_list_names_the_days_and_months_there_are(as_: As, yesterday: date, today: date) -> None:
    page = as_("supervisor").get("/review/reports/").content.decode()
    of_the_month = as_("supervisor").get(f"/review/reports/?month={yesterday:%Y-%m}").content.decode()

    named = set(re.findall(rf'href="/review/reports/{STREET}/([\d-]+)/"', page + of_the_month))
    assert named == {str(today), str(yesterday), f"{today:%Y-%m}", f"{yesterday:%Y-%m}"}


def test_somebody_with_two_areas_chooses_and_somebody_with_grids_is_told(areas: dict[str, Area], today: date) -> None:
    for code in (GRID[:12], OTHER_GRID[:12]):
        Area.objects.create(code=code, name=f"测试{code}")
    for name, codes in (("two", [GRID[:12], OTHER_GRID[:12]]), ("grids", [GRID, OTHER_GRID])):
        create_account(name, name="测试", role=Role.SUPERVISOR, areas=list(Area.objects.filter(code__in=codes)))
    client = Client()

    client.force_login(User.objects.get(username="two"))
    assert re.findall(r'href="\?area=(\d+)"', client.get("/review/reports/").content.decode()) == [
        GRID[:12], OTHER_GRID[:12]
    ]  # fmt: skip
    client.force_login(User.objects.get(username="grids"))
    assert "只有网格" in client.get("/review/reports/").content.decode()


def test_a_day_that_is_listed_can_be_opened_also_where_nothing_happened(
    as_: As, happened: date, today: date, areas: dict[str, Area]
) -> None:
    Area.objects.create(code=OTHER_GRID[:12], name="测试")
    report_days.keep(midnight(today) + report_days.LATEST + SOON)
    client = as_("supervisor")

    page = client.get(f"/review/reports/?area={OTHER_GRID[:12]}&month={happened:%Y-%m}").content.decode()

    assert f'href="/review/reports/{OTHER_GRID[:12]}/{happened}/"' in page
    assert "没有留下" in report(client, happened, OTHER_GRID[:12])
