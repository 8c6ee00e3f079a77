"""tests/attacks.txt: what somebody may try. Every attack has a test that is there, or says why it has none."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LISTED = (ROOT / "tests" / "attacks.txt").read_text()
NUMBERED = [
    1,
    2,
    3,
    5,
    6,
    7,
    *range(9, 20),
    *range(21, 27),
    *range(28, 40),
    *range(41, 57),
    *range(58, 61),
    *range(62, 67),
]
"""Numbers that were given up are not given again."""


def attacks() -> dict[str, list[str]]:
    """Attack -> tests and reasons."""
    found: dict[str, list[str]] = {}
    for line in LISTED.splitlines():
        if head := re.match(r"(A\d\d) \S", line):
            assert head[1] not in found, f"{head[1]} stands there twice"
            found[head[1]] = []
        elif line.startswith("    "):
            found[next(reversed(found))].append(line.strip())
    return found


@cache
def written_in(path: str) -> frozenset[str]:
    return frozenset(re.findall(r"^def (test_\w+)", (ROOT / path).read_text(), re.MULTILINE))


def test_every_attack_has_tests_or_a_reason() -> None:
    assert sorted(attacks()) == [f"A{number:02}" for number in NUMBERED]
    assert [attack for attack, told in attacks().items() if not told] == []


def test_every_test_that_is_named_is_there() -> None:
    named = {one for told in attacks().values() for one in told if not one.startswith("- ")}

    gone = [one for one in named if (where := one.split("::")) and where[1] not in written_in(where[0])]

    assert gone == []
    assert len(named) >= 120
