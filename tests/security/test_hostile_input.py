"""What is typed, sent and chosen by somebody who means ill: no statement, no element, no field of ours, no error."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from gridapp.registry import Refused
from gridapp.registry.models import Record
from tests import factories
from tests.security.payloads import ASKED, ELEMENTS, MORE, STATEMENTS
from tests.security.test_matrix import KNOWN, LINES, changed, undone
from tests.security.world import World, changes

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(scope="module")
def db(world: World) -> None:
    """In place of a transaction for every test: see test_matrix."""


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


TURNS = [-1, *range(0, len(STATEMENTS), 5)]


def questions(turn: int) -> dict[str, str]:
    """Every name with one of the statements, each time another one; -1: what no database takes, everywhere."""
    if turn < 0:
        return dict.fromkeys(ASKED, "\0")
    texts = [text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")[:2000] for text in STATEMENTS]
    return {name: texts[(turn + number) % len(texts)] for number, name in enumerate(ASKED)}


@pytest.mark.parametrize("turn", TURNS)
def test_a_question_is_never_more_than_a_question(world: World, turn: int) -> None:
    client, before, wrong = world.client("supervisor"), changes(), {}
    asked = questions(turn)
    began = time.monotonic()

    for address in KNOWN:
        if "GET" in LINES[address].may and not address.startswith("api/"):
            answer = client.get("/" + world.path(address), asked)
            if answer.status_code >= 500 or "X-Evil" in answer.headers or b"root:x:0" in _body(answer):
                wrong[address] = answer.status_code

    assert wrong == {}
    assert changed(before) == set()
    assert time.monotonic() - began < 60, "somewhere it slept"


@pytest.mark.parametrize("turn", TURNS)
def test_the_same_at_the_api(world: World, turn: int) -> None:
    client, before = world.client(""), changes()
    headers = {"authorization": f"Bearer {world.tokens['administrator']}"}

    came = {
        address: client.get("/" + world.path(address), questions(turn), headers=headers).status_code
        for address in KNOWN
        if address.startswith("api/v1/") and "GET" in LINES[address].may
    }

    assert {address: status for address, status in came.items() if status >= 500} == {}
    assert changed(before) == set()


class Elements(HTMLParser):
    """What a browser would make of a page: elements with a handler, an address elsewhere, a script of their own."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        handlers = [name for name in told if name.startswith(("on", "hx-on"))]
        away = [value for value in told.values() if "evil.example" in value and tag not in ("input", "textarea", "p")]
        own = tag in ("iframe", "object", "embed", "base") or (tag == "script" and "src" not in told)
        if handlers or away or own or (tag == "meta" and told.get("http-equiv") == "refresh"):
            self.wrong.append(f"{tag} {told}")


def test_what_somebody_typed_is_text_on_every_page(world: World) -> None:
    wrong: dict[str, list[str]] = {}

    with undone():
        flat = factories.flat(world.people["worker"], None, owner_name="金丝雀", owner_phone="13966667779")
        people = [_typed(world, flat, payload) for payload in ELEMENTS]
        for payload, record in zip(ELEMENTS, people, strict=True):
            for path in _pages_of(record):
                page = _body(world.client("supervisor").get(path)).decode("utf-8", "replace")
                if Elements(page).wrong:
                    wrong[f"{path} {payload}"] = Elements(page).wrong

    assert wrong == {}


def _typed(world: World, flat: Record, payload: str) -> Record:
    free = {"hukou_address": payload[:90], "occupation": payload[:30], "employer_name": payload[:40]}
    refused: list[str] = []
    for taken in (free, {"hukou_address": payload[:90]}, {}):
        try:
            with transaction.atomic():
                return factories.resident(world.people["worker"], flat, **taken)
        except Refused:  # by the dictionary: then there is less of it to show
            refused.append(payload)
    raise AssertionError(payload)


def _pages_of(record: Record) -> list[str]:
    return [
        f"/records/{record.pk}/",
        f"/records/{record.pk}/deliveries/",
        f"/records/{record.pk}/correct/",
        f"/review/records/{record.pk}/history/",
        f"/review/records/{record.pk}/targets/PAPER/",
    ]


@pytest.mark.parametrize("payload", ELEMENTS)
def test_what_was_asked_for_is_text_on_the_page_that_answers(world: World, payload: str) -> None:
    client, wrong = world.client("supervisor"), {}

    for path in ("/search/", "/divisions/", "/review/search/", "/review/causes/", "/review/exports/", "/nowhere/", "/"):
        page = _body(client.get(path, {"q": payload, "name": payload, "area": payload, "next": payload}))
        if found := Elements(page.decode("utf-8", "replace")).wrong:
            wrong[path] = found

    assert wrong == {}


def test_a_form_that_brings_more_than_it_asks_for_writes_no_more(world: World) -> None:
    record = world.resident
    posted = {"entry_id": str(uuid4()), "phone": "13966667775", "base_version": str(record.version), **MORE}

    with undone():
        world.client("worker").post(f"/records/{record.pk}/correct/", posted)
        after = Record.objects.get(pk=record.pk)
        entry = after.entries.latest("number")
        by = world.people["worker"]
        by.refresh_from_db()

        assert (after.grid_code, after.kind, after.closed_at, after.housing_code) == (
            record.grid_code,
            "resident",
            None,
            None,
        )
        assert after.version in (record.version, record.version + 1)
        assert entry.by == by and entry.received_at.year > 2020
        assert (by.role, by.is_staff, by.is_superuser) == ("worker", False, False)


def test_the_api_names_what_it_does_not_know_and_writes_nothing(world: World) -> None:
    body = factories.act(world.resident, "correct", phone="13966667776") | MORE
    headers = {"authorization": f"Bearer {world.tokens['worker']}"}
    before = changes()

    answer = world.client("").post("/api/v1/entries/", json.dumps(body), "application/json", headers=headers)

    assert answer.status_code in (400, 422)
    assert changed(before) <= {"api_kept_answer"}


OF_THEIR_OWN = {"registry_export"}
"""What is asked for of another area is filed as theirs, and made of what they may see: of nobody, here."""


def nested(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    """Acts on something of their own that name something of another grid."""
    flat, person, target = str(world.flat.pk), str(world.resident.pk), world.target.key
    code = f"{world.flat.building_id}000301"
    return {
        "a resident into a flat": ("/entries/new/resident/", {"housing": flat, "name": "测试", "id_type": "111"}),
        "a resident by the code of a flat": ("/entries/new/resident/", {"housing": code, "name": "测试"}),
        "a flat into a building": ("/entries/new/housing/", {"housing.building_code": world.flat.building_id}),
        "not the same": ("/entries/not-same/", {"record": person, "entry_id": str(uuid4())}),
        "a cause of another area": (
            "/review/causes/act/",
            {"target": target, "status": "manual", "act": "resend", "area": "990101001"},
        ),
        "an export of another area": (
            "/review/exports/new/",
            {"kind": "resident", "area": "990101001", "purpose": "走访核对"},
        ),
        "an account for another area": (
            "/review/accounts/new/",
            {"username": "x", "name": "测", "role": "worker", "areas": factories.GRID},
        ),
        "a report of another area": (
            "/review/reports/mail/",
            {"area": "990101001", "every": "day", "address": "x@example.com"},
        ),
        "a ledger for another grid": ("/review/ledgers/new/", {"grid": factories.GRID}),
    }


@pytest.mark.parametrize("persona", ["far_worker", "far_supervisor", "far_administrator", "far_security"])
def test_an_act_that_names_something_of_another_grid_reaches_nothing_of_it(world: World, persona: str) -> None:
    wrong = {}

    for name, (path, posted) in nested(world).items():
        with undone():
            before = changes()
            answer = world.client(persona).post(path, posted)
            page = _body(answer).decode("utf-8", "replace")
            seen = [value for value in world.canaries("") if value in page and value not in posted.values()]
            written = changed(before) - OF_THEIR_OWN
            if answer.status_code >= 500 or seen or written:
                wrong[name] = (answer.status_code, seen, written)

    assert wrong == {}


@pytest.mark.parametrize("fields", [501, 10_000])
def test_a_form_of_very_many_fields_is_refused_unread(world: World, fields: int) -> None:
    began = time.monotonic()

    answer = world.client("worker").post("/entries/new/resident/", {f"f{number}": "x" for number in range(fields)})

    assert answer.status_code == 400
    assert time.monotonic() - began < 5


def test_a_form_of_two_megabytes_is_refused(world: World) -> None:
    content, kind = b"name=" + b"x" * 2_000_000, "application/x-www-form-urlencoded"

    assert world.client("worker").post("/entries/new/resident/", content, kind).status_code == 400


def _body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content
