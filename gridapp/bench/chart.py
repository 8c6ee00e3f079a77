"""The picture of a run: bars with their numbers, one panel a question, as SVG that reads in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from .rows import Row
from .table import number

WIDTH = 760
_LEFT, _RIGHT, _BAR, _GAP, _TITLE = 220, 130, 20, 8, 44
_STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.ours { fill: #0969da } .other { fill: #8c959f }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #4493f8 } .other { fill: #768390 } }
"""


@dataclass(frozen=True)
class Panel:
    """One question: a figure of one mode and kind of targets, a bar for each way."""

    title: str
    mode: str
    targets: str
    figure: str


PANELS = (
    Panel("Drain: deliveries a second", "drain", "fast", "per_second"),
    Panel("Pipeline: deliveries a second", "pipeline", "fast", "per_second"),
    Panel("One of 12 targets hangs: deliveries a second to the others", "drain", "hanging", "per_second"),
    Panel("Trickle: ms from submit to the 12th answer, p50 (less is better)", "trickle", "fast", "p50_ms"),
    Panel("Drain: CPU seconds of the workers per 1,000 (less is better)", "drain", "fast", "cpu_s_per_1000"),
)


def svg(rows: Sequence[Row]) -> str:
    """Panels of which there are figures, one under the other."""
    parts: list[str] = []
    top = 0
    for panel in PANELS:
        bars = [
            (row.way, row.figures[panel.figure])
            for row in rows
            if (row.mode, row.targets) == (panel.mode, panel.targets) and panel.figure in row.figures
        ]
        if bars:
            parts += _panel(panel.title, bars, top)
            top += _TITLE + len(bars) * (_BAR + _GAP)
    height = top + _GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-labelledby="about"><title id="about">Ways of delivering, measured in one run</title>'
    )
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])


def _panel(title: str, bars: Sequence[tuple[str, float]], top: int) -> Iterator[str]:
    longest = max(value for _, value in bars) or 1
    yield f'<text class="title" x="0" y="{top + _TITLE - 14}">{escape(title)}</text>'
    for position, (way, value) in enumerate(bars):
        y = top + _TITLE + position * (_BAR + _GAP)
        width = max(1.0, value / longest * (WIDTH - _LEFT - _RIGHT))
        kind = "ours" if way.startswith("ours") else "other"
        yield f'<text x="{_LEFT - 10}" y="{y + 15}" text-anchor="end">{escape(way)}</text>'
        yield f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>'
        yield f'<text x="{_LEFT + width + 8:.1f}" y="{y + 15}">{number(value)}</text>'
