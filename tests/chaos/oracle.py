"""The judge: what was acknowledged, what the departments' ledgers say and what we say of it, held against each other.

Pure: each question takes the evidence and returns findings, one sentence each; no finding is a pass. I1 … I11 are the
invariants of a run; that the same seed gives the same faults and acts (I12) holds by how they are made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from itertools import pairwise

from .oracle_facts import Evidence, Request, Row, Told, Try

SURE = frozenset({"delivered", "alreadythere", "rejected", "conflict", "notapplicable"})
"""Outcomes of a try after which nobody doubts what became of it."""
TAKEN = frozenset({"delivered", "alreadythere"})
OWNED = frozenset({"delivered", "cancelled", "returned", "conflict", "manual", "withheld", "failed"})
"""Where a delivery may rest: nobody's move, or that of a person who is told so. `uncertain` is judged by itself."""
MOST_TRIES = 15
"""Requests under one key that a run's faults explain; more is hammering."""


def lost(evidence: Evidence) -> list[str]:
    """I1: every acknowledged entry is in the database, and stands at every department with a known owner or an end."""
    gone = [f"entry {one} was acknowledged and is not in the database" for one in
            sorted(evidence.acknowledged - evidence.entries)]  # fmt: skip
    strange = [f"entry {one} is in the database and nobody made it" for one in
               sorted(evidence.entries - evidence.scripted)]  # fmt: skip
    rows = {(row.record, row.department): row for row in evidence.rows}
    missing = []
    for told in evidence.told:
        for department in evidence.kinds:
            row = rows.get((told.record, department))
            if row is None:
                missing.append(f"{told.record} has no delivery at {department}")
            elif row.wanted_version < told.stored and not told.closed:
                missing.append(f"{told.record} at {department}: version {row.wanted_version}, told {told.stored}")
            elif row.status not in OWNED | {"uncertain"}:
                missing.append(f"{told.record} at {department} is still {row.status} at the end ({row.reason_code})")
            elif told.closed and row.status == "delivered":
                missing.append(f"{told.record} was closed and {department} was not told")
    return gone + strange + missing


def falsely_delivered(evidence: Evidence) -> list[str]:
    """I2: what we call delivered is in the ledger, as the newest content acknowledged; what is returned was refused."""
    told = {one.record: one for one in evidence.told}
    took = {(department, one.key) for department in evidence.kinds for one in evidence.requests[department]
            if one.effect in ("applied", "known")}  # fmt: skip
    refused = {(department, one.key) for department in evidence.kinds for one in evidence.requests[department]
               if one.effect == "refused"}  # fmt: skip
    keys = {owner: key for key, owner in evidence.keys.items()}
    rows = {row.id: row for row in evidence.rows}
    found = []
    for one in (filed for filed in evidence.tries if filed.delivery in rows):
        here = (rows[one.delivery].department, keys.get((one.delivery, one.generation), ""))
        if one.outcome in TAKEN and not one.by_person and here not in took:
            found.append(f"delivery {one.delivery} at {here[0]}: a try was called {one.outcome}, its ledger has none")
        if one.outcome == "rejected" and here not in refused:
            found.append(f"delivery {one.delivery} at {here[0]}: a try was called rejected, its ledger did not refuse")
    held = {department: evidence.by_record(department) for department in evidence.kinds}
    for row in evidence.rows:
        last = held[row.department].get(row.record, [])[-1:]
        found += _says_else(row, last[0] if last else None, told.get(row.record))
    return found


def _says_else(row: Row, last: Request | None, told: Told | None) -> list[str]:
    """Where a row at an end says something else than what the ledger applied last."""
    where = f"{row.record} at {row.department}"
    if row.status == "delivered":
        if last is None or last.action == "close":
            return [f"{where} is called delivered, the ledger holds nothing of it"]
        if told is not None and not told.version <= last.version <= told.newest:
            return [f"{where} is called delivered, the ledger has version {last.version}, told was {told.version}"]
    if row.status == "cancelled" and last is not None and last.action != "close":
        return [f"{where} is called cancelled, the ledger still holds it"]
    return []


def doubled(evidence: Evidence) -> list[str]:
    """I3: no effect twice where the department keys on our key or can be asked, under one key or for one content."""
    found = []
    for department, kind in evidence.kinds.items():
        if kind == "neither":
            continue
        keys = Counter(one.key for one in evidence.applied(department))
        contents = _contents(evidence, department)
        found += [f"{department} applied key {key} {n} times" for key, n in keys.items() if n > 1]
        found += [
            f"{department} applied {record} version {version}{' (closing)' * ending} {n} times"
            for (record, version, ending), n in contents.items() if n > 1
        ]  # fmt: skip
    return found


def _contents(evidence: Evidence, department: str) -> Counter[tuple[str, int, bool]]:
    """(record, version, whether it is its end) -> how often it took effect."""
    return Counter((one.record, one.version, one.action == "close") for one in evidence.applied(department))


def doubles_at_neither(evidence: Evidence) -> int:
    """How many effects too many departments had that key on nothing and cannot be asked."""
    return sum(
        n - 1
        for department, kind in evidence.kinds.items() if kind == "neither"
        for n in _contents(evidence, department).values()
    )  # fmt: skip


def resent_unasked(evidence: Evidence) -> list[str]:
    """I3 at the others: after a try whose end nobody knows nothing is sent there again until a person has decided."""
    mute = {department for department, kind in evidence.kinds.items() if kind == "neither"}
    here = {row.id: row for row in evidence.rows if row.department in mute}
    tries: dict[int, list[Try]] = defaultdict(list)
    for one in evidence.tries:
        if one.delivery in here:
            tries[one.delivery].append(one)
    found = []
    for delivery, filed in tries.items():
        for before, after in pairwise(filed):
            if before.outcome == "unknown" and not after.by_person:
                found.append(f"delivery {delivery} at {here[delivery].department} went on after an unknown outcome")
    sure = {(one.delivery, one.generation) for one in evidence.tries if one.outcome in SURE}
    for department in mute:
        doubtful: dict[int, int] = {}
        for request in evidence.requests[department]:
            delivery, generation = evidence.keys.get(request.key, (0, 0))
            if delivery in doubtful:
                found.append(f"{department}: {request.record} was sent again, generation {doubtful[delivery]} was open")
            if request.effect == "applied" and (delivery, generation) not in sure:
                doubtful[delivery] = generation
    return found


def inverted(evidence: Evidence) -> list[str]:
    """I4: what a department applies of one record never goes back to an older content, and nothing follows its end."""
    found = []
    for department in evidence.kinds:
        for record, applied in evidence.by_record(department).items():
            for before, after in pairwise(applied):
                if after.version < before.version:
                    found.append(f"{department} applied {record} version {after.version} after {before.version}")
                if before.action == "close" and after.action != "close":
                    found.append(f"{department} was told of {record} again after its end")
    return found


def hammered(evidence: Evidence) -> list[str]:
    """I5: nobody is asked the same thing without end, and nothing that kills workers is tried without end."""
    sent = [
        f"{department} was sent key {key} {n} times"
        for department in evidence.kinds
        for key, n in Counter(one.key for one in evidence.requests[department]).items() if n > MOST_TRIES
    ]  # fmt: skip
    tried = Counter((one.delivery, one.generation) for one in evidence.tries)
    return sent + [f"delivery {one} was tried {n} times" for (one, _), n in tried.items() if n > MOST_TRIES]


def unexplained(evidence: Evidence) -> list[str]:
    """I8: every request in a ledger is a try that we filed, with its outcome or as unknown."""
    filed = Counter((one.delivery, one.generation) for one in evidence.tries
                    if one.action != "read" and not one.by_person)  # fmt: skip
    found = []
    for department in evidence.kinds:
        for key, n in Counter(one.key for one in evidence.requests[department]).items():
            owner = evidence.keys.get(key)
            if owner is None:
                found.append(f"{department} was sent key {key}, which is none of ours")
            elif n > filed[owner]:
                found.append(f"{department} was sent key {key} {n} times, filed are {filed[owner]} tries")
    return found


def told_secrets(evidence: Evidence) -> list[str]:
    """I9: no document number and no phone in any log or in the broker."""
    return [f"a resident's value stood in {where}" for where in evidence.secrets]


def leaked(evidence: Evidence) -> list[str]:
    """I10: at rest nothing is claimed, and nothing is left over."""
    return [f"delivery {row.id} is still leased" for row in evidence.rows if row.leased] + list(evidence.leaks)


def hidden(evidence: Evidence) -> list[str]:
    """I11: whatever nobody knows is shown as `uncertain`, and only where it cannot be found out."""
    sure = {(one.delivery, one.generation) for one in evidence.tries if one.outcome in SURE or one.by_person}
    found = []
    for row in evidence.rows:
        where, kind = f"{row.record} at {row.department}", evidence.kinds[row.department]
        if row.status == "uncertain":
            if kind != "neither":
                found.append(f"{where} is uncertain at the end, and could have been cleared up")
            if evidence.shown.get((row.record, row.department)) != "uncertain":
                found.append(f"{where} is uncertain and the API does not say so")
        elif row.maybe_sent and row.status != "failed":
            found.append(f"{where} may have been sent without an answer, and is called {row.status}")
    doubtful = {evidence.keys[one.key] for department, kind in evidence.kinds.items() if kind == "neither"
                for one in evidence.applied(department) if one.key in evidence.keys} - sure  # fmt: skip
    rows = {row.id: row for row in evidence.rows}
    for delivery, _ in sorted(doubtful):
        if delivery in rows and rows[delivery].status not in ("uncertain", "failed"):
            found.append(f"delivery {delivery}: nobody knows what came of it, and it is {rows[delivery].status}")
    return found


QUESTIONS: Mapping[str, Callable[[Evidence], list[str]]] = {
    "I1 lost": lost,
    "I2 falsely delivered": falsely_delivered,
    "I3 doubled": doubled,
    "I3 re-sent unasked": resent_unasked,
    "I4 order inversions": inverted,
    "I5 hammered": hammered,
    "I8 unexplained requests": unexplained,
    "I9 secrets told": told_secrets,
    "I10 leaked": leaked,
    "I11 hidden doubts": hidden,
}


def judge(evidence: Evidence) -> dict[str, list[str]]:
    """Every question with what it found."""
    return {name: question(evidence) for name, question in QUESTIONS.items()}
