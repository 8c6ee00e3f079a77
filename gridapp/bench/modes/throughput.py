"""Pipeline, drain and trickle over one kind of targets, by every way in the same run."""

from __future__ import annotations

from collections.abc import Iterator

from gridapp.bench.at_once import EIGHT
from gridapp.bench.departments import Departments, departments, mixed
from gridapp.bench.rows import Row
from gridapp.bench.sizes import Bench
from gridapp.bench.ways import bare, hand, ours
from gridapp.bench.ways.hand import Style
from gridapp.bench.ways.order import Order


def run(bench: Bench, mode: str) -> Iterator[Row]:
    """A row for each way. The loop that keeps nothing goes only where every target answers at once."""
    with departments(mixed(bench.targets, bench.kind)) as there:
        order = _order(bench, mode, there)
        yield Row(mode, ours.NAME, bench.kind, ours.run(order, bench.stock))
        if mode == "drain" and bench.kind == "slow":
            yield Row(mode, f"{ours.NAME}, {EIGHT} at once", "slow", ours.run(order, bench.stock, connector="by_eight"))
        if mode == "drain" and bench.kind == "fast":
            there.forget()
            rate = bare.posts_per_second(there.urls, bench.stock.bodies[: order.entries], processes=bench.processes)
            doubled = sum(one.receipts - one.keys for one in there.tally())
            told = {"deliveries": order.entries * bench.targets, "per_second": rate, "doubled": doubled}
            yield Row(mode, bare.NAME, bench.kind, told, f"{bench.processes} processes, {bare.IN_FLIGHT} posts at once")
        for style in _styles(bench, mode):
            entries = _entries(bench, mode, tuned=style is not hand.AS_WRITTEN)
            figures = hand.run(_order(bench, mode, there, entries), bench.stock, style)
            yield Row(mode, style.name, bench.kind, figures, f"{style.at_once} at once, {style.pool}")


def _order(bench: Bench, mode: str, there: Departments, entries: int | None = None) -> Order:
    size = bench.size
    return Order(
        mode,
        entries or _entries(bench, mode),
        there,
        bench.processes,
        gap=size.trickle_gap_s if mode == "trickle" else 0,
        patience=size.patience_s,
        window=float("inf") if bench.kind == "fast" else size.window_s,
    )


def _entries(bench: Bench, mode: str, *, tuned: bool | None = None) -> int:
    """How many of the stock: as many as each way does in some seconds, for a trickle as many for all of them."""
    size = bench.size
    if mode == "trickle":
        return size.trickle
    if tuned is not None:
        return size.tuned if tuned else size.by_hand
    if mode == "pipeline":
        return size.pipeline
    return size.stock if bench.kind == "fast" else size.part


def _styles(bench: Bench, mode: str) -> list[Style]:
    """Tuned with processes and with threads where the cores are what is short; else with threads, which wait best."""
    tuned = list(hand.TUNED) if bench.kind == "fast" and mode != "trickle" else [hand.TUNED[1]]
    return [hand.AS_WRITTEN, *tuned]
