"""The judge is judged first: each question finds what it asks for in a ledger made up by hand; a good one has none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos import oracle
from tests.chaos.driver import id_number, in_order, phone, script
from tests.chaos.faults import Kind, Measure, plan
from tests.chaos.oracle_evidence import SECRET
from tests.chaos.oracle_facts import Evidence, Request, Row, Told, Try

KINDS = {"KEYED": "idempotent", "ASKED": "askable", "MUTE": "neither"}
IDS = {"KEYED": 1, "ASKED": 2, "MUTE": 3}


def request(
    at: str, generation: int = 1, version: int | None = None, action: str = "", effect: str = "applied"
) -> Request:
    """What a department was sent of the one person there is; each generation says a newer version."""
    said = action or ("create" if generation == 1 else "change")
    return Request(f"{at}:{generation}", "k1", version or generation, said, effect)


def good() -> Evidence:
    """One person, entered and corrected, at one department of each kind."""
    return Evidence(
        kinds=KINDS,
        requests={at: [request(at, 1), request(at, 2)] for at in KINDS},
        rows=[Row(id, at, "k1", "delivered", generation=2, wanted_version=2) for at, id in IDS.items()],
        tries=[
            Try(id, generation, "create" if generation == 1 else "change", "delivered")
            for id in IDS.values()
            for generation in (1, 2)
        ],
        told=[Told("k1", version=2, stored=2, newest=2)],
        keys={f"{at}:{generation}": (id, generation) for at, id in IDS.items() for generation in (1, 2)},
        acknowledged=frozenset({"e1", "e2"}),
        entries=frozenset({"e1", "e2"}),
        scripted=frozenset({"e1", "e2"}),
    )


def with_row(at: str, **changed: Any) -> Evidence:
    evidence = good()
    evidence.rows = [replace(row, **changed) if row.department == at else row for row in evidence.rows]
    return evidence


def with_requests(at: str, *sent: Request) -> Evidence:
    evidence = good()
    evidence.requests = {**evidence.requests, at: list(sent)}
    return evidence


def with_tries(at: str, *filed: Try, **row: Any) -> Evidence:
    evidence = with_row(at, **row)
    evidence.tries = [one for one in evidence.tries if one.delivery != IDS[at]] + list(filed)
    return evidence


def unsure_at_mute(**row: Any) -> Evidence:
    """The second content was sent to the department that cannot be asked, and nobody answered."""
    filed = (Try(3, 1, "create", "delivered"), Try(3, 2, "change", "unknown"))
    return with_tries("MUTE", *filed, **{"status": "uncertain", "maybe_sent": True, **row})


def with_what(**changed: Any) -> Evidence:
    return replace(good(), **changed)


BAD: dict[str, tuple[str, Evidence]] = {
    "an entry that is gone": ("I1 lost", with_what(entries=frozenset({"e1"}))),
    "an entry that nobody made": ("I1 lost", with_what(entries=frozenset({"e1", "e2", "e3"}))),
    "a department without a delivery": ("I1 lost", with_what(rows=good().rows[1:])),
    "a correction that was never planned": ("I1 lost", with_row("KEYED", wanted_version=1)),
    "a delivery that waits for ever": ("I1 lost", with_row("KEYED", status="waiting")),
    "a delivery that is called sent for ever": ("I1 lost", with_row("ASKED", status="sending")),
    "an end that nobody was told of": ("I1 lost", with_what(told=[Told("k1", 2, 2, 2, closed=True)])),
    "delivered and not in the ledger": ("I2 falsely delivered", with_requests("KEYED")),
    "delivered, with the older content in the ledger": (
        "I2 falsely delivered",
        with_requests("KEYED", request("KEYED")),
    ),
    "delivered, and the ledger was told of the end last": (
        "I2 falsely delivered",
        with_requests("KEYED", request("KEYED"), request("KEYED", 2, action="close")),
    ),
    "delivered on a request that was turned away": (
        "I2 falsely delivered",
        with_requests("ASKED", request("ASKED"), request("ASKED", 2, effect="none")),
    ),
    "rejected, and the ledger refused nothing": (
        "I2 falsely delivered",
        with_tries("KEYED", Try(1, 1, "create", "delivered"), Try(1, 2, "change", "rejected"), status="returned"),
    ),
    "cancelled, and the ledger still holds it": (
        "I2 falsely delivered",
        with_row("KEYED", status="cancelled", ended=True),
    ),
    "one key twice": ("I3 doubled", with_requests("KEYED", request("KEYED"), request("KEYED", 2), request("KEYED", 2))),
    "one key twice where it can be asked": (
        "I3 doubled",
        with_requests("ASKED", request("ASKED"), request("ASKED"), request("ASKED", 2)),
    ),
    "one content under two keys": (
        "I3 doubled",
        with_requests("ASKED", request("ASKED", 1, version=2, action="change"), request("ASKED", 2)),
    ),
    "sent again although nobody knew": (
        "I3 re-sent unasked",
        with_tries("MUTE", Try(3, 1, "create", "unknown"), Try(3, 2, "change", "delivered")),
    ),
    "sent again while an effect was open": (
        "I3 re-sent unasked",
        with_tries("MUTE", Try(3, 1, "create", "unavailable"), Try(3, 2, "change", "delivered")),
    ),
    "the older after the newer": (
        "I4 order inversions",
        with_requests("KEYED", request("KEYED", 2), request("KEYED", 1)),
    ),
    "news of somebody whose end was told": (
        "I4 order inversions",
        with_requests("KEYED", request("KEYED", 1, action="close"), request("KEYED", 2)),
    ),
    "asked without end": (
        "I5 hammered",
        with_requests("KEYED", *[request("KEYED", effect="none")] * 20, request("KEYED"), request("KEYED", 2)),
    ),
    "killed without end": (
        "I5 hammered",
        with_tries("KEYED", *[Try(1, 1, "create", "unknown")] * 20, Try(1, 1, "create", "delivered")),
    ),
    "a request that was not filed": ("I8 unexplained requests", with_tries("KEYED", Try(1, 1, "create", "delivered"))),
    "a request under a key that is none": (
        "I8 unexplained requests",
        with_requests("KEYED", request("KEYED"), request("KEYED", 2), request("OTHER")),
    ),
    "a value in a log": ("I9 secrets told", with_what(secrets=["worker-0.log: 990101…"])),
    "a lease that nobody gave back": ("I10 leaked", with_row("KEYED", leased=True)),
    "a session that is left": ("I10 leaked", with_what(leaks=["1 sessions are inside a transaction"])),
    "a doubt that the API does not show": ("I11 hidden doubts", unsure_at_mute()),
    "a doubt that could have been cleared up": ("I11 hidden doubts", with_row("ASKED", status="uncertain")),
    "a doubt that is called something else": ("I11 hidden doubts", unsure_at_mute(status="returned", maybe_sent=False)),
    "maybe sent, and called delivered": ("I11 hidden doubts", with_row("KEYED", maybe_sent=True)),
}


def test_a_run_in_which_all_went_well_has_no_findings() -> None:
    assert not any(oracle.judge(good()).values())


@pytest.mark.parametrize(("question", "evidence"), BAD.values(), ids=BAD)
def test_what_is_bad_is_found_by_the_question_that_asks_for_it(question: str, evidence: Evidence) -> None:
    assert oracle.judge(evidence)[question]


def test_every_question_has_been_shown_something_bad() -> None:
    assert {question for question, _ in BAD.values()} == set(oracle.QUESTIONS)


def test_a_doubt_that_is_shown_is_no_finding() -> None:
    evidence = unsure_at_mute()
    evidence.shown = {("k1", "MUTE"): "uncertain"}

    assert not any(oracle.judge(evidence).values())


def test_a_person_who_has_looked_may_send_again() -> None:
    said = Try(3, 1, "create", "notthere", by_person=True)
    evidence = with_tries("MUTE", Try(3, 1, "create", "unknown"), said, *good().tries[-2:])
    evidence.requests = {**evidence.requests, "MUTE": [request("MUTE", 1, effect="none"), *good().requests["MUTE"]]}

    assert oracle.judge(evidence)["I3 re-sent unasked"] == []


def test_doubles_are_counted_where_they_cannot_be_helped() -> None:
    assert oracle.doubles_at_neither(good()) == 0
    assert oracle.doubles_at_neither(with_requests("MUTE", *[request("MUTE")] * 3)) == 2


def test_document_numbers_and_phones_are_known_when_seen() -> None:
    line = f"id={id_number(7)} tel={phone(7, 2)}".encode()

    assert set(SECRET.findall(line)) == {id_number(7).encode(), phone(7, 2).encode()}
    assert SECRET.findall(b"2026-11-22T13:44:18.027 990101001001001 1795325533.908675") == []


MEASURE = Measure(seconds=60, lease=4, counts={Kind.KILL: 30, Kind.STOP: 5, Kind.WIRE: 9, Kind.RESTART: 2})


def test_the_same_seed_gives_the_same_faults_and_acts() -> None:
    assert plan(7, MEASURE) == plan(7, MEASURE)
    assert plan(7, MEASURE) != plan(8, MEASURE)
    assert [person.acts for person in script(7, 50)] == [person.acts for person in script(7, 50)]
    assert [person.acts for person in script(7, 50)] != [person.acts for person in script(8, 50)]


def test_a_plan_has_the_measure_it_was_given() -> None:
    faults = plan(1, MEASURE)

    assert {kind: sum(fault.kind is kind for fault in faults) for kind in MEASURE.counts} == MEASURE.counts
    assert all(0 <= fault.at <= MEASURE.seconds for fault in faults)
    assert all(fault.lasts > MEASURE.lease for fault in faults if fault.kind is Kind.STOP)
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)


def test_acts_of_one_person_stay_in_their_order_and_rise() -> None:
    people = script(3, 200)

    mixed = in_order(people, 3)

    assert len(mixed) == sum(len(person.acts) for person in people)
    for person in people:
        acts = [act for whose, act in mixed if whose is person]
        assert [act.version for act in acts] == list(range(1, len(acts) + 1))
        assert [act.phone for act in acts] == sorted(act.phone for act in acts)
        assert acts[0].action == "create"
        assert "close" not in [act.action for act in acts[:-1]]
    assert {act.action for _, act in mixed} == {"create", "change", "move", "close"}
