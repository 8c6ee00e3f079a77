"""tests/who_may.txt as the tests read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

WHO_MAY = Path(__file__).resolve().parent.parent / "who_may.txt"
REFUSED = (401, 403, 404, 405)


@dataclass(frozen=True)
class Line:
    """One address. `may`: method -> who. `marks`: what they mean stands in the table itself.

    `far`: tables in which people of another area may write something of their own by this address.
    """

    may: dict[str, frozenset[str]]
    marks: frozenset[str] = field(default_factory=frozenset)
    far: frozenset[str] = field(default_factory=frozenset)

    def lets_in(self, method: str, persona: str) -> bool:
        """A page that takes no POST answers one like a GET: who may look sees the page, and nothing happens."""
        return persona in self.may.get(method, self.may.get("GET", frozenset()))

    def fits(self, method: str, persona: str, status: int) -> bool:
        """Whether this answer, about something of their own area, is what the line says."""
        if status >= 500:
            return False
        if not self.lets_in(method, persona):
            return status in REFUSED
        if method not in self.may:
            return True
        may_be_gone = method == "POST" or "gone" in self.marks
        return status not in (401, 403, 405) and (status != 404 or may_be_gone)


def read(text: str | None = None) -> dict[str, Line]:
    """Address -> its line. Raises ValueError for an address that stands there twice, KeyError for an unknown group."""
    groups: dict[str, frozenset[str]] = {}
    lines: dict[str, Line] = {}
    for written in (text if text is not None else WHO_MAY.read_text()).splitlines():
        words = written.partition("#")[0].split()
        if not words:
            continue
        if words[0].startswith("@"):
            groups[words[0]] = _people(words[1:], groups)
            continue
        address = "" if words[0] == "/" else words[0]
        if address in lines:
            raise ValueError(f"{address} stands there twice")
        lines[address] = _line(words[1:], groups)
    return lines


def _line(words: list[str], groups: dict[str, frozenset[str]]) -> Line:
    told = dict(word.split("=", 1) for word in words if "=" in word)
    far = frozenset(told.pop("far", "").split(",")) - {""}
    may = {method: _people(names.split(","), groups) for method, names in told.items()}
    return Line(may, frozenset(word for word in words if "=" not in word), far)


def _people(names: list[str], groups: dict[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    for name in filter(None, names):
        found |= groups[name] if name.startswith("@") else {name}
    return frozenset(found)
