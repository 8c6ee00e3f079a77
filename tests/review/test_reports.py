"""Reports of days and months: what they say, who sees them, and that a day that is over stays as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.delivery import clock, counts_folding
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.models.counts import Flow
from gridapp.delivery.submit import submit
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import EntryForm
from gridapp.registry.models import Entry, Record
from gridapp.review import report_days, report_state
from gridapp.review.models import AreaDay
from gridapp.review.report_periods import of
from gridapp.review.report_state import midnight
from tests.desk.cast import GRID, OTHER_GRID
from tests.review.reporting import SOON, STREET, lines, report, returned

As = Callable[..., Client]
CHINESE = re.compile("[一-龥]+")
NAMES = re.compile(r"中文|测试\S*|第一网格")
ROLES = [("worker", 403), ("officer", 403), ("supervisor", 200), ("administrator", 200), ("auditor", 200)]


def correct(resident: Record, by: User) -> None:
    told = {"phone": "13912340002"}
    submit(EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CORRECT, GRID, told, resident.pk), by=by)


def community(areas: dict[str, Area], code: str) -> Client:
    """The browser of a supervisor of one community."""
    Area.objects.get_or_create(code=code, defaults={"name": f"测试{code}", "name_en": code})
    user = create_account(f"of{code}", name="测试", role=Role.SUPERVISOR, areas=[Area.objects.get(code=code)])
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(("role", "status"), ROLES)
def test_who_sees_them(role: str, status: int, as_: As, yesterday: date) -> None:
    paths = ["", f"{STREET}/{yesterday}/", f"{STREET}/{yesterday:%Y-%m}/", f"{STREET}/{yesterday}/workbook/", "mail/"]

    assert [as_(role).get(f"/review/reports/{path}").status_code for path in paths] == [status] * len(paths)


def test_a_day_says_what_came_what_went_and_what_is_left(as_: As, yesterday: date) -> None:
    seen = lines(report(as_("supervisor"), yesterday))

    assert seen["entered"] == ["2", "0", "+2"]
    assert (seen["returned-0"][0], seen["returned-1"][0], seen["returned-2"][0]) == ("1", "1", "1")
    assert (seen["open_resident"], seen["open_housing"]) == (["1", "—", "—"], ["1", "—", "—"])
    assert seen["resident-create"][0] == seen["housing-create"][0] == "1"
    assert seen["manual"][0] == seen["objections"][0] == seen["overdue"][0] == "0"
    assert seen["first-pass"] == ["—", "—", "—"]
    assert int(seen["under_way"][0]) == Delivery.objects.filter(status=Status.HELD).count()


def test_what_is_talked_over_names_the_field_and_nobody(as_: As, yesterday: date, rows: list[Delivery]) -> None:
    page = report(as_("supervisor"), yesterday)

    cells = lines(page)["cause-1"]
    assert cells[0] == "退回"
    assert cells[1] == "联系方式(手机) · 3102"
    assert cells[2] == "1"
    assert "cause-2" not in lines(page)
    assert not any(value in page for value in ("测试甲", "电话为空号", "13912345678", "芳草园", "301"))


@pytest.mark.parametrize(
    ("number", "first", "last", "said"),
    [
        (5, "电话为空号", "电话为空号", "电话为空号"),
        (4, "电话为空号", "电话为空号", ""),
        (50, "电话为空号", "户主不存在", ""),
        (50, "测试路12号没有这一户", "测试路12号没有这一户", ""),
    ],
)
def test_a_sentence_is_repeated_where_many_were_told_it(number: int, first: str, last: str, said: str) -> None:
    group = report_state._Group(number, timezone.now(), (1, 2))

    assert group.said({1: first, 2: last}) == said


def test_a_day_that_is_over_stays_as_it_was(as_: As, yesterday: date, rows: list[Delivery], worker: User) -> None:
    before = {period: report(as_("supervisor"), period) for period in (yesterday, f"{yesterday:%Y-%m}")}
    files = as_("supervisor").get(f"/review/reports/{STREET}/{yesterday}/workbook/").content

    returned(rows[3], days=1)
    Delivery.objects.filter(pk=rows[0].pk).update(status=Status.HELD, hold="window", reason_code="", fields=[])
    correct(rows[0].record, worker)
    counts_folding.fold()
    report_days.keep(clock.now())

    assert report(as_("supervisor"), yesterday) == before[yesterday]
    assert as_("supervisor").get(f"/review/reports/{STREET}/{yesterday}/workbook/").content == files


def test_a_day_is_kept_once(yesterday: date, today: date) -> None:
    kept = list(AreaDay.objects.values_list("area", "day", "stood_at"))

    assert report_days.keep(midnight(today) + 2 * SOON) == 0
    assert kept == list(AreaDay.objects.values_list("area", "day", "stood_at"))
    assert [(area, day) for area, day, _at in kept] == [("990101", yesterday), (STREET, yesterday)]


def test_a_clock_that_comes_late_keeps_what_was_entered_and_says_that_nobody_looked(
    as_: As,
    happened: date,
    today: date,
) -> None:
    assert report_days.keep(midnight(today) + report_days.LATEST + SOON) == 2

    page = report(as_("supervisor"), happened)
    seen = lines(page)

    assert "没有留下" in page
    assert (seen["entered"][0], seen["resident-create"][0]) == ("2", "1")
    assert not {"returned-2", "open_resident", "cause-1"} & {*seen}


def test_a_day_without_a_row_says_so_and_a_day_of_which_nothing_is_known_is_not_there(
    as_: As,
    happened: date,
    today: date,
) -> None:
    page = report(as_("supervisor"), happened)

    assert "没有留下" in page
    assert "kinds" in page and "resident-create" not in lines(page)
    for unknown in (happened - timedelta(days=40), today + timedelta(days=1), "2026-13", "2026-02-30", "x", "2026"):
        assert as_("supervisor").get(f"/review/reports/{STREET}/{unknown}/").status_code == 404


def test_a_page_leads_to_the_next_day_or_month_that_there_is(as_: As, happened: date, today: date) -> None:
    longer = of("month", today).first - timedelta(days=70)
    Flow.objects.create(area=STREET, parent="990101", day=longer, target=None, entered=1)
    days, months = [longer, happened, today], [f"{longer:%Y-%m}", f"{happened:%Y-%m}", f"{today:%Y-%m}"]

    for names in (days, list(dict.fromkeys(months))):
        for number, name in enumerate(names):
            page = report(as_("supervisor"), name)
            leads = re.findall(rf"/review/reports/{STREET}/([-0-9]+)/\">(?:‹ )?[-0-9]+(?: ›)?</a>", page)
            assert leads == [str(near) for near in (*names[:number][-1:], *names[number + 1 :][:1])]
            assert [as_("supervisor").get(f"/review/reports/{STREET}/{near}/").status_code for near in leads] == [
                200
            ] * len(leads)


def test_days_before_anything_happened_are_not_kept(areas: dict[str, Area], today: date) -> None:
    assert report_days.keep(midnight(today) + SOON) == 0


def test_today_is_counted_up_to_now(as_: As, rows: list[Delivery], today: date, worker: User) -> None:
    returned(rows[0], days=9)
    before = lines(report(as_("supervisor"), today))

    correct(rows[0].record, worker)
    page = report(as_("supervisor"), today)

    assert "还没有结束" in page
    assert (before["entered"][0], lines(page)["entered"][0]) == ("2", "3")
    assert lines(page)["resident-correct"] == ["1", "0", "+1"]
    assert before["returned-2"][0] == "1"
    assert not AreaDay.objects.exists()


def test_a_month_is_its_days_together(as_: As, areas: dict[str, Area], people: dict[str, User], today: date) -> None:
    month = of("month", today).before
    for number, day in enumerate(month.days[:3], start=1):
        Flow.objects.create(area=STREET, parent="990101", day=day, target=None, entered=number, verified=10)
        made = [["resident", "create", number], ["resident", "verify", 10]]
        state = report_state.State(objections=number).kept()
        AreaDay.objects.create(area=STREET, day=day, entries=made, state=state, stood_at=midnight(day))
    last = month.last
    state = report_state.State(objections=7, overdue=2).kept()
    AreaDay.objects.create(area=STREET, day=last, state=state, stood_at=midnight(last + timedelta(days=1)))

    page = report(as_("supervisor"), month.name)
    seen = lines(page)

    assert (seen["entered"][0], seen["verified"][0]) == ("6", "30")
    assert (seen["resident-create"][0], seen["resident-verify"][0]) == ("6", "30")
    assert (seen["objections"][0], seen["overdue"][0]) == ("7", "2")
    assert [seen[day.isoformat()][:2] for day in month.days[:3]] == [["1", "10"], ["2", "10"], ["3", "10"]]
    assert len(re.findall(r'<th scope="row">\d\d-\d\d</th>', page)) == len(month.days)


def test_a_month_compares_with_the_month_before(
    as_: As,
    areas: dict[str, Area],
    people: dict[str, User],
    today: date,
) -> None:
    month = of("month", today).before
    for period, entered in ((month, 1200), (month.before, 1500)):
        Flow.objects.create(area=STREET, parent="990101", day=period.first, target=None, entered=entered)

    seen = lines(report(as_("supervisor"), month.name))

    assert seen["entered"] == ["1,200", "1,500", "-300"]


def test_an_area_never_shows_or_counts_anothers(
    areas: dict[str, Area],
    rows: list[Delivery],
    today: date,
    worker: User,
) -> None:
    client = community(areas, OTHER_GRID[:12])
    before = lines(report(client, today, OTHER_GRID[:12]))

    for row in rows:
        returned(row, days=9)
    correct(rows[0].record, worker)

    assert lines(report(client, today, OTHER_GRID[:12])) == before
    assert before["entered"][0] == before["returned-2"][0] == "0"


@pytest.mark.parametrize("area", ["990101", STREET, GRID[:12], GRID, OTHER_GRID, "990102", "nothing"])
def test_an_area_of_somebody_else_is_not_there_nor_is_a_grid(
    area: str, areas: dict[str, Area], yesterday: date
) -> None:
    client = community(areas, OTHER_GRID[:12])

    assert client.get(f"/review/reports/{area}/{yesterday}/").status_code == 404
    assert client.get(f"/review/reports/?area={area}").status_code == 404


def test_areas_inside_stand_side_by_side_down_to_the_community(
    as_: As, areas: dict[str, Area], yesterday: date
) -> None:
    client = as_("administrator")
    for code in (GRID[:12], OTHER_GRID[:12]):
        Area.objects.create(code=code, name=f"测试{code}", name_en=code)

    district, street = (lines(report(client, yesterday, area)) for area in ("990101", STREET))

    assert district[STREET][:2] == ["2", "0"] and district[STREET][4:6] == ["3", "1"]
    assert street[GRID[:12]] == ["2", "0", "0", "—", "—", "—", "—", "—", "—"]
    assert not {GRID, OTHER_GRID} & {*lines(report(client, yesterday, GRID[:12])), *street}


@pytest.mark.parametrize("path", ["", "{day}/", "{month}/"])
def test_it_is_complete_in_english(path: str, as_: As, yesterday: date) -> None:
    where = f"{STREET}/{path}" if path else path
    where = where.format(day=yesterday, month=f"{yesterday:%Y-%m}")
    page = as_("administrator", language="en").get(f"/review/reports/{where}").content.decode()

    assert 'lang="en"' in page
    assert CHINESE.findall(NAMES.sub("", re.sub(r"<[^>]+>", "\n", page))) == []


@pytest.mark.parametrize(("period", "statements"), [("yesterday", 14), ("month", 14), ("today", 20)])
def test_it_asks_the_database_as_often_for_much_as_for_little(
    period: str,
    statements: int,
    as_: As,
    yesterday: date,
    today: date,
    rows: list[Delivery],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = as_("supervisor")
    path = {"yesterday": yesterday, "today": today, "month": of("month", today).before.name}[period]
    Flow.objects.create(area=STREET, parent="990101", day=of("month", today).before.first, target=None, entered=1)
    report(client, path)
    with django_assert_num_queries(statements):
        report(client, path)

    for row in rows:
        returned(row, days=9, reason=f"第{row.pk}条")
    counts_folding.fold()

    with django_assert_num_queries(statements):
        report(client, path)
