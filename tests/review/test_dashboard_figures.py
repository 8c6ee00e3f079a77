"""How numbers become what the first page shows: pure, a table of cases each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import Profile
from gridapp.delivery import counts
from gridapp.delivery.counts import BOUNDS, Flowed, Standing
from gridapp.review import charts, dashboard_saved
from gridapp.review.dashboard_figures import Stands, first_day
from gridapp.review.templatetags.figures import duration, grouped, percent

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "—"), (0, "0%"), (0.00001, "0.1%"), (0.5, "50%"), (0.9234, "92.3%"), (0.99999, "99.9%"), (1, "100%")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float | None, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "—"), (0.4, "0.4 秒"), (45, "45 秒"), (90, "1.5 分钟"), (3000, "50 分钟"), (5400, "1.5 小时"),
     (100_000, "28 小时"), (200_000, "2.3 天"), (2_000_000, "23 天")],
)  # fmt: skip
def test_a_time_is_said_in_the_unit_that_fits(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


def test_thousands_are_set_apart() -> None:
    assert grouped(12800) == "12,800"


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (3, 4), (5, 10), (11, 20), (41, 100), (12_800, 20_000)])
def test_a_scale_holds_the_highest_bar(most: int, top: int) -> None:
    assert charts.scale(most) == top


@pytest.mark.parametrize(
    ("period", "first"), [("today", SUNDAY), ("week", date(2026, 11, 16)), ("month", date(2026, 11, 1))]
)
def test_a_period_begins(period: str, first: date) -> None:
    assert first_day(period, SUNDAY) == first


def times(**places: int) -> list[int]:
    """place_3=5: five deliveries in bucket 3."""
    known = {int(name.removeprefix("place_")): number for name, number in places.items()}
    return [known.get(place, 0) for place in range(len(BOUNDS) + 1)]


def test_a_quantile_of_nothing_is_not_known() -> None:
    assert counts.quantile([], 0.5) is None
    assert counts.quantile(times(), 0.9) is None


def test_a_quantile_lies_in_the_bucket_that_reaches_the_share() -> None:
    spread = times(place_2=50, place_10=40, place_20=10)

    half, most = counts.quantile(spread, 0.5), counts.quantile(spread, 0.9)

    assert half == pytest.approx(BOUNDS[2])
    assert most == pytest.approx(BOUNDS[10])
    assert counts.quantile(spread, 0.25) == pytest.approx((BOUNDS[1] * BOUNDS[2]) ** 0.5)


def test_a_quantile_beyond_the_last_bound_is_the_last_bound() -> None:
    assert counts.quantile(times(place_44=1), 0.5) == BOUNDS[-1]
    assert counts.quantile(times(place_0=1), 0.5) == 1.0


def test_a_quantile_of_known_waits_is_within_a_bucket_of_the_true_one() -> None:
    waits = [1.07**number for number in range(200)]
    counted = [0] * (len(BOUNDS) + 1)
    for wait in waits:
        counted[sum(bound <= wait for bound in BOUNDS)] += 1

    for share in (0.5, 0.9):
        true, told = waits[int(share * len(waits)) - 1], counts.quantile(counted, share)
        assert told is not None
        assert true / 2**0.5 <= told <= true * 2**0.5


def test_flows_are_added_up_with_their_times() -> None:
    whole = counts.together(
        [Flowed(created=2, at_once=1, times=[1, 2]), Flowed(returned=1, entered=3), Flowed(times=[5])]
    )

    assert (whole.created, whole.at_once, whole.returned, whole.entered, whole.times) == (2, 1, 1, 3, [6, 2])
    assert whole.first_pass == pytest.approx(1 / 3)
    assert counts.together([]).first_pass is None


def test_what_stands_is_summed_by_word_and_age() -> None:
    rows = [
        Standing("a", 1, "resident", "returned", 0, 5), Standing("b", 2, "resident", "returned", 2, 3),
        Standing("a", 1, "resident", "conflict", 2, 1), Standing("a", 1, "housing", "window", 0, 7),
        Standing("a", None, "resident", "open", 0, 30), Standing("a", None, "housing", "open", 1, 10),
    ]  # fmt: skip

    stands = Stands.of(rows)

    assert (stands.returned, stands.over, stands.fresh) == ((5, 0, 3), 4, 0.75)
    assert (stands.numbers["under_way"], stands.numbers["open_resident"], stands.numbers["returned"]) == (7, 30, 8)
    assert Stands.of([]).fresh is None


def test_a_day_on_which_nothing_happened_has_its_place() -> None:
    first = SUNDAY - timedelta(days=13)

    chart = charts.bars([Flowed(day=SUNDAY, entered=3)], first=first, last=SUNDAY, series=charts.ENTRIES)

    assert [day.numbers for day in chart.days] == [(0, 0)] * 13 + [(3, 0)]
    (bar,) = chart.bars
    assert (bar.series, bar.y + bar.height) == (1, charts.HEIGHT - charts.FOOT)
    assert chart.days[-1].labelled
    assert sum(day.labelled for day in chart.days) == 7
    assert chart.lines[-1] == (charts.TOP, 4)
    assert not chart.is_empty


def test_a_chart_of_nothing_says_so() -> None:
    assert charts.bars([], first=SUNDAY, last=SUNDAY, series=charts.JUDGEMENTS).is_empty


def system(key: str, target_id: int) -> Configured:
    profile = Profile(key=key, slug=key.lower(), zh="测试", en="Test", owner="测试", basis="测试", layouts={})
    return Configured(Target(pk=target_id, key=key), profile, None)


def test_the_handbooks_case_saves_what_the_handbook_says() -> None:
    """LD worker at seven systems: 1,472 taps by hand, 103 with the number typed."""
    keys = ("JZDJ", "ZZSB", "PDA", "GZZ", "LB", "WG", "SZZ")
    ones = [system(key, number) for number, key in enumerate(keys, start=1)]
    flowing = [Flowed(entered=1), *(Flowed(target_id=one.target.pk, created=1) for one in ones)]

    saved = dashboard_saved.of(flowing, ones)

    assert (saved.by_hand, saved.here) == (1472, 103)
    assert saved.seconds == pytest.approx((1472 - 103) / 1.5)


def test_what_was_not_measured_counts_as_opened_only_and_nothing_is_saved_below_nothing() -> None:
    ones = [system("OTHER", 1)]

    assert dashboard_saved.of([Flowed(target_id=1, created=1, changed=1)], ones).by_hand == 16
    assert dashboard_saved.of([Flowed(entered=5)], ones).seconds == 0
