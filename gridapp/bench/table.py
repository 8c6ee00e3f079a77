"""What was measured as Markdown: the ways side by side, the budgets, everything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .budgets import BUDGETS, Budget, Found
from .rows import Row

SIDE_BY_SIDE = ("drain", "pipeline", "trickle", "killed")
_NAMES = {
    "fast": "12 fast targets",
    "slow": "12 targets that take 50 ms",
    "hanging": "one of 12 hangs",
    "refusing": "one of 12 refuses",
    "flaky": "20 % of first requests answered 503",
}
_COLUMNS = (
    ("deliveries", "deliveries"),
    ("per_second", "a second"),
    ("p50_ms", "p50 ms"),
    ("p95_ms", "p95 ms"),
    ("cpu_s_per_1000", "CPU s per 1,000"),
    ("memory_mb", "memory MB"),
    ("not_delivered", "not delivered"),
    ("lost", "no receipt"),
    ("doubled", "doubled"),
)


def markdown(rows: Sequence[Row]) -> str:
    """All of it."""
    parts = [*(_side_by_side(rows)), _budgets(rows), _others(rows)]
    return "\n\n".join(part for part in parts if part)


def number(value: float) -> str:
    """Three digits that count, thousands set apart."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _side_by_side(rows: Sequence[Row]) -> Iterable[str]:
    for mode in SIDE_BY_SIDE:
        kinds = dict.fromkeys(row.targets for row in rows if row.mode == mode)
        for kind in kinds:
            chosen = [row for row in rows if (row.mode, row.targets) == (mode, kind)]
            yield f"**{mode}**, {_NAMES.get(kind, kind)}\n\n{_ways(chosen)}"


def _ways(rows: Sequence[Row]) -> str:
    ours = next((row.figures["per_second"] for row in rows if row.way == "ours"), 0.0)
    lines = [["", *(title for _, title in _COLUMNS), "ours is"]]
    for row in rows:
        cells = [number(row.figures[name]) if name in row.figures else "–" for name, _ in _COLUMNS]
        theirs = row.figures["per_second"]
        compared = f"{number(ours / theirs)} ×" if theirs and row.way != "ours" else ""
        lines.append([f"{row.way} ({row.note})" if row.note else row.way, *cells, compared])
    return grid(lines)


def _budgets(rows: Sequence[Row]) -> str:
    found = Found(rows)
    lines = [["budget", "measured", "wanted", ""]]
    for one in BUDGETS:
        value = one.value(found)
        if value is None:
            continue
        lines.append(_weighed(one, value))
    for row in rows:
        if bound := row.figures.get("budget_ms"):
            page = Budget(f"{row.mode}: {row.targets}, p95", lambda found: None, bound, " ms", at_most=True)
            lines.append(_weighed(page, row.figures["p95_ms"]))
    return f"**Budgets**\n\n{grid(lines)}" if len(lines) > 1 else ""


def _weighed(one: Budget, value: float) -> list[str]:
    sign, distance = "≤" if one.at_most else "≥", one.distance(value)
    wanted = f"{sign} {number(one.bound)}{one.unit}"
    return [one.what, f"{number(value)}{one.unit}", wanted, distance if distance == "met" else f"**{distance}**"]


def _others(rows: Sequence[Row]) -> str:
    lines = [["", "", "figures"]]
    lines += [
        [row.mode, row.targets, " · ".join(f"{name} {number(value)}" for name, value in row.figures.items())]
        for row in rows
        if row.mode not in SIDE_BY_SIDE
    ]
    return f"**The other modes**\n\n{grid(lines)}" if len(lines) > 1 else ""


def grid(lines: Sequence[Sequence[str]]) -> str:
    """A table, its first line the heading."""
    told = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([told[0], "|" + "---|" * len(lines[0]), *told[1:]])
