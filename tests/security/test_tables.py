"""docs/asvs.md: every requirement has a line, the counts are those of the lines, named tests are there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = (ROOT / "docs" / "asvs.md").read_text()
VERDICTS = ("met", "n.a.", "house", "deviation", "open")


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    level: int
    about: str
    verdict: str
    how: str
    proof: str


def cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.strip().strip("|").split("|")]


def lines() -> list[Line]:
    heads = ((re.match(r"\| (V\d+\.\d+\.\d+) \(L([12])\) \|", text), text) for text in PAGE.splitlines())
    return [Line(head[1], int(head[2]), *cells(text)[1:]) for head, text in heads if head]


def named(line: Line) -> list[str]:
    return re.findall(r"`(tests/[^`]+)`", line.proof)


@cache
def written_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def is_there(test: str) -> bool:
    path, _, function = test.partition("::")
    return (ROOT / path).is_file() and (not function or function in written_in(path))


def test_every_requirement_has_one_line() -> None:
    wanted = [tuple(text.split()) for text in (HERE / "asvs_ids.txt").read_text().splitlines()]

    assert len(wanted) == 253
    assert [(line.id, str(line.level)) for line in lines()] == wanted


def test_a_line_is_whole_and_short() -> None:
    for line in lines():
        assert line.verdict in VERDICTS, line.id
        assert 0 < len(line.about.split()) <= 6, line.id
        assert 0 < len(re.sub(r"\]\([^)]*\)", "]", line.how).split()) <= 20, line.id
        assert line.proof, line.id


def test_the_counts_at_the_top_are_those_of_the_lines() -> None:
    told = {row[0]: [int(number) for number in row[1:]] for row in map(cells, PAGE.splitlines())
            if len(row) == 4 and row[0] in (*VERDICTS, "all")}  # fmt: skip
    counted = Counter((line.verdict, line.level) for line in lines())
    expected = {verdict: [counted[verdict, 1], counted[verdict, 2]] for verdict in VERDICTS}
    expected["all"] = [sum(one) for one in zip(*expected.values(), strict=True)]

    assert told == {name: [*numbers, sum(numbers)] for name, numbers in expected.items()}


def test_every_deviation_has_a_reason_and_was_accepted_for_half_a_year() -> None:
    part = PAGE.split("## Deviations")[1].split("\n## ")[0]
    explained = [cells(text) for text in part.splitlines() if text.startswith("| V")]

    assert [row[0] for row in explained] == [line.id for line in lines() if line.verdict == "deviation"]
    assert [row[0] for row in explained if len(row) != 4 or not (row[1] and row[2])] == []
    for row in explained:
        accepted, again = (date.fromisoformat(day) for day in row[3].split("; "))
        assert timedelta() < again - accepted <= timedelta(days=184), row[0]
    assert [line.id for line in lines() if line.verdict == "open"] == []


def test_every_test_that_is_named_is_there() -> None:
    assert [(line.id, test) for line in lines() for test in named(line) if not is_there(test)] == []


def test_most_requirements_are_held_by_a_test() -> None:
    held = [line for line in lines() if named(line)]

    assert f"\n{len(held)} requirements name an automated test." in PAGE
    assert len(held) >= 120
