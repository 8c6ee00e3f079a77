"""Bars of days, as geometry: the template draws them as SVG with classes, and puts their numbers in a table beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.delivery.counts import Flowed

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, FOOT = 64, 12, 12, 32
"""Pixels of the drawing that are kept for what is written around it."""
ENTRIES: Sequence[tuple[str, str | Promise]] = (("entered", _("录入和变更")), ("verified", _("核实")))
JUDGEMENTS: Sequence[tuple[str, str | Promise]] = (("accepted", _("入库")), ("returned", _("退回")))
_LABELS = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `series`: 1 is full, 2 only outlined, which a grey printer tells apart."""

    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Day:
    """A day with its numbers, one a series. `x`: where its label is centred, `labelled`: whether there is room."""

    day: date
    numbers: tuple[int, ...]
    x: float
    labelled: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws. `lines`: (y, number) of the scale."""

    series: Sequence[str | Promise]
    days: Sequence[Day]
    bars: Sequence[Bar]
    lines: Sequence[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT

    @property
    def foot(self) -> int:
        """Where the days are written."""
        return self.height - 8

    @property
    def is_empty(self) -> bool:
        return not any(number for day in self.days for number in day.numbers)


def bars(flowed: Sequence[Flowed], *, first: date, last: date, series: Sequence[tuple[str, str | Promise]]) -> Chart:
    """Every day from the first to the last, those on which nothing happened too."""
    known = {one.day: one for one in flowed}
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    numbers = [tuple(int(getattr(known.get(day, Flowed()), name)) for name, _word in series) for day in dates]
    top = scale(max((number for day in numbers for number in day), default=0))
    room, tall = (WIDTH - LEFT - RIGHT) / len(dates), HEIGHT - TOP - FOOT
    width = room * 0.8 / len(series)
    drawn = [
        Bar(
            nth + 1,
            round(LEFT + room * place + room * 0.1 + width * nth, 1),
            round(TOP + tall * (1 - number / top), 1),
            round(width, 1),
            round(tall * number / top, 1),
        )
        for place, day in enumerate(numbers)
        for nth, number in enumerate(day)
        if number
    ]
    every = -(-len(dates) // _LABELS)
    days = [
        Day(day, numbers[place], round(LEFT + room * (place + 0.5), 1), (len(dates) - 1 - place) % every == 0)
        for place, day in enumerate(dates)
    ]
    lines = [(round(TOP + tall * (1 - part / 2), 1), top * part // 2) for part in range(3)]
    return Chart([word for _name, word in series], days, drawn, lines)


def scale(most: int) -> int:
    """The number at the top of a chart: the next of 2, 4, 10, 20, 40, 100 … that holds them all."""
    step = 1
    while True:
        for factor in (2, 4, 10):
            if factor * step >= most:
                return factor * step
        step *= 10
