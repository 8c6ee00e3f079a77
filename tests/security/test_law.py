"""docs/law.md: every point of the law has a test that is there, or says whose it is; its counts are its tables'."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WRITTEN = (ROOT / "docs" / "law.md").read_text()
STATES = ("tested", "by reading", "left to who runs it", "not done")
SAID = re.compile(
    r"\*\*(\d+) points\*\*: (\d+) tested, (\d+) by reading, (\d+) left to who runs it, (\d+) not done\. "
    r"Of the tested and read ones (\d+) leave a part\s+to who runs it and (\d+) lack a part; "
    r"of those left, (\d+) lack something of the product too\."
)


@dataclass(frozen=True)
class Row:
    """One point. `shown`: the column of tests. `missing`: what is left or not done of it."""

    point: str
    asked: str
    does: str
    shown: str
    missing: str

    @property
    def tests(self) -> list[str]:
        return re.findall(r"`(tests/[^`]+)`", self.shown)

    @property
    def state(self) -> str:
        """One of STATES, or what stands there instead."""
        if self.tests:
            return "tested"
        return next((state for state in STATES[1:] if self.shown.startswith(state)), self.shown)


def sections() -> dict[str, str]:
    """Heading -> text of the sections that have a table."""
    parts = re.split(r"^## ", WRITTEN, flags=re.MULTILINE)[1:]
    return {part.splitlines()[0]: part for part in parts}


def rows(text: str) -> list[Row]:
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


@cache
def written_in(path: str) -> frozenset[str]:
    """Names of the tests of a file, without importing it; none where there is no such file."""
    if not (ROOT / path).is_file():
        return frozenset()
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef))


def counted(table: list[Row]) -> list[int]:
    states = Counter(row.state for row in table)
    shown = [row.missing for row in table if row.state in STATES[:2]]
    left = [row.missing for row in table if row.state == "left to who runs it"]
    return [
        len(table),
        *(states[state] for state in STATES),
        sum("Left:" in missing for missing in shown),
        sum("Not done:" in missing for missing in shown),
        sum("Not done:" in missing for missing in left),
    ]


@pytest.mark.parametrize("heading", sections())
def test_what_stands_at_the_top_is_what_the_table_holds(heading: str) -> None:
    text = sections()[heading]

    said = SAID.search(text)

    assert said is not None
    assert [int(number) for number in said.groups()] == counted(rows(text))


@pytest.mark.parametrize("heading", sections())
def test_every_point_has_a_test_or_says_whose_it_is(heading: str) -> None:
    table = rows(sections()[heading])

    assert [row.point for row in table if row.state not in STATES] == []
    assert [row.point for row in table if row.state == "left to who runs it" and "Left:" not in row.missing] == []
    assert [row.point for row in table if row.state == "not done" and "Not done:" not in row.missing] == []
    assert [row.point for row in table if not (row.asked and row.does and row.missing)] == []
    assert [point for point, times in Counter(row.point for row in table).items() if times > 1] == []


def test_every_test_that_is_named_is_there() -> None:
    named = {test for text in sections().values() for row in rows(text) for test in row.tests}

    gone = [test for test in named if (where := test.split("::"))[-1] not in written_in(where[0])]

    assert gone == []
    assert len(named) >= 120


def test_what_is_to_be_read_is_there() -> None:
    read = [row for text in sections().values() for row in rows(text) if row.state == "by reading"]
    files = [path for row in read for path in re.findall(r"`([^`]+)`", row.shown)]

    assert len(files) >= len(read)
    assert [path for path in files if not (ROOT / path).is_file()] == []
