"""What people do while things break: a script of acts that is a pure function of its seed.

Each person is entered, then corrected, moved or closed by the acts that follow. The phone rises with each act, so that
a department's ledger shows which of two contents is the newer one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from gridapp.dictionary.documents import check_digit

GRID = "990101001001001"
HOUSEHOLD = 4
MOST = 4
"""Acts of one person at most, the first included."""
POISON = "毒"
_GIVEN = "伟芳娜秀英敏静丽强磊洋勇艳杰娟涛明超兰霞平刚桂"


@dataclass(frozen=True, slots=True)
class Act:
    """One entry as a client will send it. `entry`: the id the client made, the same however often it is sent."""

    entry: UUID
    person: int
    action: str  # create, change, move, close
    version: int  # 1 for the first act of a person
    phone: str  # "" where the act says none


@dataclass
class Person:
    """What the client knows of one person: the acts it wants, and those that were acknowledged."""

    number: int
    acts: Sequence[Act]
    poison: bool = False  # whoever sends it dies: its employer's name is the connectors' word for that
    record: str = ""
    stored: int = 0  # the version of the record, as the last answer named it
    acknowledged: list[Act] = field(default_factory=list)
    acknowledged_at: list[float] = field(default_factory=list)  # seconds since 1970


def script(seed: int, people: int, *, quiet: bool = False, poisoned: int = 0) -> list[Person]:
    """So many people and what is done to each. `quiet`: each is entered once and nothing more. `poisoned`: so many."""
    rng = random.Random(seed)
    return [
        Person(number, _acts(rng, number, quiet=quiet or number < poisoned), poison=number < poisoned)
        for number in range(people)
    ]


def in_order(people: Sequence[Person], seed: int) -> list[tuple[Person, Act]]:
    """All acts of all people mixed; those of one person stay in their order."""
    rng = random.Random(seed)
    due = [(rng.random() * 0.8 + act.version * 0.05, person.number, act) for person in people for act in person.acts]
    due.sort(key=lambda one: (one[0], one[1]))
    left = {person.number: iter(person.acts) for person in people}
    known = {person.number: person for person in people}
    return [(known[number], next(left[number])) for _, number, _ in due]


def _acts(rng: random.Random, number: int, *, quiet: bool) -> list[Act]:
    actions = ["create"]
    if not quiet:
        ends = rng.random() < 0.1
        actions += ["move" if rng.random() < 0.15 else "change" for _ in range(rng.randrange(MOST - ends))]
        actions += ["close"] * ends
    return [
        Act(UUID(int=rng.getrandbits(128), version=4), number, action, version, phone(number, version))
        for version, action in enumerate(actions, 1)
    ]


def phone(number: int, version: int) -> str:
    """Rises with `version`; no two people share one."""
    return f"139{number:05d}{version:03d}"


def id_number(number: int) -> str:
    """A document number of the made-up division, no two alike."""
    born = date(1950, 1, 1) + timedelta(days=number % 18_000)
    first17 = f"990101{born:%Y%m%d}{number // 18_000:02d}{1 + 2 * (number % 5)}"
    return first17 + check_digit(first17)


def body(act: Act, person: Person, flats: Sequence[str]) -> dict[str, Any]:
    """The act as JSON for POST /api/v1/entries/."""
    said: dict[str, Any] = {"id": str(act.entry), "kind": "resident", "action": act.action, "grid_code": GRID}
    if act.action != "create":
        said["record"] = person.record
    if act.action == "close":
        return {**said, "fields": {"residency.end_reason": "2"}}
    said["fields"] = {"phone": act.phone}
    if act.action == "create":
        said["fields"] |= _who(act.person)
        if person.poison:
            said["fields"]["employer_name"] = POISON
    if act.action in ("create", "move"):
        said["housing"] = flats[_flat(act, len(flats))]
        said["residency"] = {
            "residency_kind": "2", "start_date": f"2024-03-{9 + act.version:02}", "relation_to_owner": "5",
            "relation_to_head": "02",
        }  # fmt: skip
    return said


def flats_for(people: int) -> int:
    """How many flats the script needs: four people to one, and half as many again to move to."""
    return 2 + people // HOUSEHOLD + people // (2 * HOUSEHOLD)


def _flat(act: Act, flats: int) -> int:
    home = act.person // HOUSEHOLD
    return home if act.action == "create" else (home + flats // 3 + act.version) % flats


def _who(number: int) -> dict[str, Any]:
    name = "测" + _GIVEN[number % len(_GIVEN)] + _GIVEN[number // len(_GIVEN) % len(_GIVEN)]
    return {
        "id_type": "111", "id_number": id_number(number), "name": name, "ethnicity": "01", "hukou_division": "430102",
        "hukou_address": "测试大道一百二十八号", "native_place": "430102", "marital_status": "20",
        "political_status": "13", "education": "30", "occupation_category": "60000", "occupation": f"k{number:06d}",
        "employer_name": "测试电子科技股份有限公司", "employer_uscc": "9199010100000001AQ", "inflow_reason": "01",
        "hukou_type": "1",
    }  # fmt: skip
