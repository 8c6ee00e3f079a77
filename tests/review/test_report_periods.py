"""The days and months of reports, and how their numbers are written: pure, a table of cases each."""

from __future__ import annotations

from datetime import date

import pytest

from gridapp.review.report_periods import DAY, MONTH, named, of
from gridapp.review.report_tables import MORE, NUMBER, POINTS, SHARE, SPAN, TEXT, Cell


@pytest.mark.parametrize(
    ("name", "kind", "first", "last"),
    [
        ("2026-11-22", DAY, date(2026, 11, 22), date(2026, 11, 22)),
        ("2026-11", MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        ("2028-02", MONTH, date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", MONTH, date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_named_by_its_day_or_month(name: str, kind: str, first: date, last: date) -> None:
    period = named(name)

    assert period is not None
    assert (period.kind, period.first, period.last, period.name) == (kind, first, last, name)


@pytest.mark.parametrize(
    "name",
    ["", "2026", "2026-13", "2026-02-30", "1999-01", "2026-1-1", "2026-11-22 ", "today", "２０２６-11", "2026-00"],
)
def test_anything_else_names_none(name: str) -> None:
    assert named(name) is None


@pytest.mark.parametrize(
    ("name", "before", "following"),
    [("2026-11-01", "2026-10-31", "2026-11-02"), ("2026-01", "2025-12", "2026-02"), ("2026-12", "2026-11", "2027-01")],
)
def test_a_period_knows_its_neighbours(name: str, before: str, following: str) -> None:
    period = named(name)

    assert period is not None
    assert (period.before.name, period.following.name) == (before, following)


def test_a_period_is_over_when_its_last_day_is() -> None:
    month = of(MONTH, date(2026, 11, 22))

    assert not month.is_over(date(2026, 11, 30))
    assert month.is_over(date(2026, 12, 1))
    assert (len(month.days), month.days[0], month.days[-1]) == (30, month.first, month.last)


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        (None, NUMBER, "—"), (None, SPAN, "—"), (0, NUMBER, "0"), (12800, NUMBER, "12,800"), (0.925, SHARE, "92.5%"),
        (90, SPAN, "1.5 分钟"), (1200, MORE, "+1,200"), (-3, MORE, "-3"), (0, MORE, "0"),
        (0.021, POINTS, "+2.1 个百分点"), ("退回", TEXT, "退回"), ("", TEXT, ""),
    ],
)  # fmt: skip
def test_a_cell_is_written_as_what_it_is(value: float | str | None, form: str, said: str) -> None:
    assert str(Cell(value, form)) == said
