"""From single deliveries to figures, from figures to budgets, a table and a chart."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gridapp.bench import rows, written
from gridapp.bench.budgets import BUDGETS, Found
from gridapp.bench.chart import svg
from gridapp.bench.departments import Tally
from gridapp.bench.rows import Cost, Done, Row, Submitted
from gridapp.bench.table import markdown, number


def _tally(keys: int, *, receipts: int | None = None, first_at: float = 100.0) -> Tally:
    return Tally("fast", keys, keys, keys if receipts is None else receipts, first_at, first_at)


def _rows() -> list[Row]:
    durable = {"p50_ms": 40.0, "p95_ms": 90.0, "memory_mb": 120.0, "lost": 0, "doubled": 0, "not_delivered": 0}
    return [
        Row("drain", "ours", "fast", {"per_second": 3000, "cpu_s_per_1000": 0.2, **durable}),
        Row("drain", "bare aiohttp loop", "fast", {"per_second": 5000, "doubled": 0}, "1 process"),
        Row("drain", "by hand, tuned", "fast", {"per_second": 200, "cpu_s_per_1000": 2.4, **durable}),
        Row("drain", "by hand, tuned (threads)", "fast", {"per_second": 150, "cpu_s_per_1000": 2.9, **durable}),
        Row("trickle", "ours", "fast", {"per_second": 12, "cpu_s_per_1000": 9, **durable}),
        Row("standing", "ours", "a page", {"p50_ms": 90, "p95_ms": 200, "budget_ms": 300}),
        Row("idle", "ours", "14 fast", {"seconds": 60, "cpu_share": 0.03}),
    ]


def test_a_drain_is_timed_from_the_first_request_to_the_last_durable_status() -> None:
    done = [Done(entry, target, 100.0 + entry + target) for entry in range(2) for target in range(2)]

    figures = rows.throughput(
        done, Submitted([50.0, 51.0], [0.01, 0.03]), [_tally(2), _tally(2)], Cost(2.0, 90.0), well=[0, 1], drain=True
    )

    assert (figures["deliveries"], figures["per_second"]) == (4, 2.0)
    assert (figures["p50_ms"], figures["p95_ms"]) == (2000, 2000)
    assert (figures["cpu_s_per_1000"], figures["memory_mb"], figures["submit_p50_ms"]) == (500, 90, 30)


def test_a_pipeline_is_timed_from_the_first_submit_and_an_entry_from_its_own() -> None:
    done = [Done(0, 0, 101.0), Done(1, 0, 104.0)]

    figures = rows.throughput(done, Submitted([100.0, 102.0], [0.01, 0.01]), [_tally(2)], Cost(), well=[0], drain=False)

    assert figures["per_second"] == pytest.approx(0.5)
    assert (figures["p50_ms"], figures["p99_ms"]) == (2000, 2000)


def test_what_is_missing_doubled_or_said_falsely_is_counted_and_gone_targets_are_left_out() -> None:
    done = [Done(0, 0, 101.0), Done(1, 0, 102.0), Done(2, 0, None), Done(0, 1, None)]

    figures = rows.throughput(
        done, Submitted([100.0] * 3, [0.0] * 3), [_tally(1, receipts=3), _tally(0)], Cost(), well=[0], drain=False
    )

    told = {name: figures[name] for name in ("deliveries", "not_delivered", "lost", "doubled", "false")}
    assert told == {"deliveries": 3, "not_delivered": 1, "lost": 2, "doubled": 2, "false": 1}


def test_an_entry_that_is_not_through_has_no_latency() -> None:
    done = [Done(0, 0, 101.0), Done(0, 1, None)]

    figures = rows.throughput(done, Submitted([100.0], [0.0]), [_tally(1)] * 2, Cost(), well=[0, 1], drain=False)

    assert "p50_ms" not in figures


def test_a_budget_is_weighed_against_the_better_of_the_tuned_ways() -> None:
    found = Found(_rows())
    values = {one.what: one.value(found) for one in BUDGETS}
    distances = {one.what: one.distance(value) for one in BUDGETS if (value := values[one.what]) is not None}

    assert values["drain, of the tuned way by hand"] == 15
    assert distances["drain, of the tuned way by hand"] == "met"
    assert distances["drain, of a bare aiohttp loop with as many processes"] == "met"
    assert distances["idle, 14 lanes, worker and clock, of one core"] == "1.5 × off"
    assert values["killed half-way: receipts missing"] is None


def test_the_table_says_who_is_how_much_faster_and_which_budgets_are_met() -> None:
    text = markdown(_rows())

    assert "| by hand, tuned | – | 200 | 40 | 90 | 2.4 | 120 | 0 | 0 | 0 | 15 × |" in text
    assert "| drain, of the tuned way by hand | 15 × | ≥ 12 × | met |" in text
    assert "**1.5 × off**" in text
    assert "| standing: a page, p95 | 200 ms | ≤ 300 ms | met |" in text


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (3, "3"), (12345.6, "12,346"), (0.0417, "0.0417"), (1.236, "1.24"), (99.94, "99.9")]
)
def test_numbers_have_three_digits_that_count(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_chart_is_well_formed_and_says_every_number_as_text() -> None:
    picture = ET.fromstring(svg(_rows()))  # noqa: S314 - our own

    words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"ours", "3,000", "5,000", "bare aiohttp loop", "200", "2.4"} <= set(words)
    assert "prefers-color-scheme: dark" in svg(_rows())
    assert max(float(bar.get("width", 0)) for bar in picture.iter("{http://www.w3.org/2000/svg}rect")) < 760


def test_what_was_kept_is_read_back() -> None:
    assert written.read(written.lines(_rows(), told="One run.")) == ("One run.", _rows())


def test_a_run_is_written_between_the_marks_and_nothing_else_is_touched(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{written.BEGIN}\nold\n{written.END}\nafter\n")

    written.write(tmp_path, _rows(), told="One run.")

    text = page.read_text()
    assert text.startswith(f"before\n{written.BEGIN}\n![Ways of delivering")
    assert "(performance.svg)\n\nOne run.\n\n**drain**" in text
    assert text.endswith(f"{written.END}\nafter\n")
    assert "old" not in text
    assert (tmp_path / "performance.svg").read_text() == svg(_rows())


@pytest.mark.django_db
def test_a_page_without_marks_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "performance.md").write_text("mine\n")
    kept = tmp_path / "rows.jsonl"
    kept.write_text(written.lines(_rows()))

    with pytest.raises(CommandError, match="has no <!-- bench"):
        call_command("bench", "--from", str(kept), "--write", str(tmp_path), "--json")

    assert (tmp_path / "performance.md").read_text() == "mine\n"


def test_the_documentation_has_the_marks() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "performance.md"

    assert page.read_text().count(written.BEGIN) == page.read_text().count(written.END) == 1
