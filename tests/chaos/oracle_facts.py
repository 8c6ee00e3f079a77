"""What a run leaves behind for the judge: lines of ledgers, our rows and tries, and what clients were told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """A line of a ledger. `version` rises with each content; `effect`: applied, known, refused, none."""

    key: str
    record: str
    version: int
    action: str
    effect: str


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as our database has it at rest. `record`: as departments call it. `ended`: nothing is wanted there."""

    id: int
    department: str
    record: str
    status: str
    generation: int
    wanted_version: int
    ended: bool = False
    maybe_sent: bool = False
    leased: bool = False
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt as our database has it, in the order they were filed. `by_person`: somebody said so."""

    delivery: int
    generation: int
    action: str
    outcome: str
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What clients were assured of about one person: `version` in the ledgers' count, `stored` in the record's own.

    `newest`: the version of what may be entered without anybody having been told, else as `version`.
    """

    record: str
    version: int
    stored: int
    newest: int
    closed: bool = False


@dataclass
class Evidence:
    """All that a run left. `kinds`: department -> kind. `keys`: parcel key -> (delivery, generation), of all.

    `shown`: (record, department) -> the status that the API shows, for doubts. `entries`: ids in our database.
    """

    kinds: Mapping[str, str]
    requests: Mapping[str, Sequence[Request]]
    rows: Sequence[Row]
    tries: Sequence[Try]
    told: Sequence[Told]
    keys: Mapping[str, tuple[int, int]]
    shown: Mapping[tuple[str, str], str] = field(default_factory=dict)
    acknowledged: frozenset[str] = frozenset()
    entries: frozenset[str] = frozenset()
    scripted: frozenset[str] = frozenset()
    secrets: Sequence[str] = ()
    leaks: Sequence[str] = ()

    def applied(self, department: str) -> Iterator[Request]:
        return (one for one in self.requests[department] if one.effect == "applied")

    def by_record(self, department: str) -> dict[str, list[Request]]:
        """What had an effect, record by record, in the ledger's order."""
        found: dict[str, list[Request]] = defaultdict(list)
        for one in self.applied(department):
            found[one.record].append(one)
        return found
