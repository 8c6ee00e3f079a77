"""Every address × every role × own and another area × method, with and without htmx: who may is one text table.

An address without a line in tests/who_may.txt fails, and so does one that lets in whom its line does not name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from tests.security import table
from tests.security.world import ROLES, World, changes


def addresses(of: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for one in (of or get_resolver()).url_patterns:
        if isinstance(one, URLPattern):
            yield before + str(one.pattern)
        else:
            yield from addresses(one, before + str(one.pattern))


ADDRESSES = sorted(set(addresses()))
LINES = table.read()
KNOWN = [address for address in ADDRESSES if address in LINES]
ELSEWHERE = "https://elsewhere.example"
HTMX = {"HX-Request": "true"}
PEOPLE = [*ROLES, "anonymous"]
TRIED = b"act=save&sure=yes&text=x&reason=x"
OWN_THINGS = "_id>"
"""How converters of addresses end that name something of one grid."""
ODD = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
pytestmark = pytest.mark.usefixtures("db")
each_address = pytest.mark.parametrize("address", KNOWN)


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """Thousands of refusals are logged with where they came from: that takes longer than refusing."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def db(world: World) -> None:
    """In place of a transaction for every test: all of them share the world's, and undo what they do to it."""


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(world: World, address: str, method: str, persona: str, **options: Any) -> tuple[int, str]:
    """Status and all that was answered: at the API to that person's token, else to the session of their browser."""
    headers = dict(options.get("headers", {}))
    if address.startswith("api/") and persona in world.tokens:
        headers["authorization"] = f"Bearer {world.tokens[persona]}"
    kind = "application/x-www-form-urlencoded" if method == "POST" else "application/octet-stream"
    client = world.client(persona, strict=options.get("strict", False))
    answer = client.generic(method, "/" + world.path(address), options.get("body", b""), kind, headers=headers)
    return _status(answer), _said(answer)


def _status(answer: HttpResponseBase) -> int:
    """401 also for who is led away to sign in."""
    away = answer.status_code == 302 and answer["Location"].startswith("/login/?")
    return 401 if away else answer.status_code


def _said(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode("utf-8", "replace") + str(answer.headers)


def changed(before: dict[str, tuple[int, int]]) -> set[str]:
    after = changes()
    return {name for name in after if after[name] != before.get(name)}


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    assert sorted(LINES) == ADDRESSES


@each_address
def test_who_is_named_is_let_in_and_nobody_else(world: World, address: str) -> None:
    line, wrong, before = LINES[address], [], changes()

    for method, persona, headers in asked(line):
        doing = method != "GET" and line.lets_in(method, persona)
        with undone() if doing else nullcontext():
            status, _ = ask(world, address, method, persona, headers=headers, body=b"" if doing else TRIED)
        if not line.fits(method, persona, status):
            wrong.append((method, persona, *headers, status))

    assert wrong == []
    assert changed(before) == set(), "looking changes something, or somebody who may not does"


def asked(line: table.Line) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Everybody, looking and acting. With htmx whoever is kept out, and of those let in one: it changes no more than
    what a page looks like."""
    for method in ("GET", "POST"):
        let_in = [persona for persona in PEOPLE if line.lets_in(method, persona)]
        yield from ((method, persona, {}) for persona in PEOPLE)
        yield from ((method, persona, HTMX) for persona in PEOPLE if persona not in let_in[1:])


@each_address
def test_another_area_is_not_there_and_never_seen(world: World, address: str) -> None:
    line, wrong, before = LINES[address], [], changes()

    with undone():
        for persona in ROLES:
            for method, headers in (("GET", {}), ("POST", HTMX)):
                status, said = ask(world, address, method, f"far_{persona}", headers=headers)
                seen = [value for value in world.canaries(address) if value in said]
                if seen or not _is_none_of_theirs(line, address, method, persona, status):
                    wrong.append((method, persona, status, *seen))
        written = changed(before)

    assert wrong == []
    assert written <= line.far


def _is_none_of_theirs(line: table.Line, address: str, method: str, persona: str, status: int) -> bool:
    """404 where they may look and it is another area's; 403 only for who may look at none of its kind."""
    if status >= 500:
        return False
    if OWN_THINGS not in address or "theirs" in line.marks:
        return True
    if status == 403:
        return not line.lets_in(method, persona)
    return status in (404, 405, 415) or (method == "POST" and "led" in line.marks and status == 302)


BY_SESSION = [one for one in KNOWN if "signed" not in LINES[one].marks and not one.startswith("api/")]


@pytest.mark.parametrize("address", BY_SESSION)
def test_a_form_of_another_site_is_refused(world: World, address: str) -> None:
    line, before = LINES[address], changes()

    persona = next(iter(sorted(line.may.get("POST", frozenset()) - {"anonymous"})), "")
    status, _ = ask(world, address, "POST", persona, strict=True, headers={"Origin": ELSEWHERE}, body=TRIED)

    assert status in (400, 401, 403, 405) if persona else status >= 400
    assert changed(before) == set()


@each_address
def test_no_address_knows_an_odd_method(world: World, address: str) -> None:
    line, before = LINES[address], changes()

    odd = [method for method in ODD if method not in line.may]
    came = {method: ask(world, address, method, "administrator")[0] for method in odd}

    assert {method: status for method, status in came.items() if status not in (401, 403, 404, 405)} == {}
    assert changed(before) == set()


@pytest.mark.parametrize("address", [address for address in KNOWN if address.startswith("api/v1/")])
def test_a_session_opens_nothing_of_the_api(world: World, address: str) -> None:
    client = world.client("administrator")

    answers = {method: client.generic(method, "/" + world.path(address)).status_code for method in ("GET", "POST")}

    assert set(answers.values()) <= {401, 405}


@pytest.mark.parametrize("address", [address for address in KNOWN if address.startswith("api/v1/")])
def test_a_token_in_the_address_is_none(world: World, address: str) -> None:
    token = world.tokens["administrator"]

    status = world.client("").get(f"/{world.path(address)}?token={token}&access_token={token}").status_code

    assert status in (401, 405)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_or_a_field_makes_no_other_method(world: World, header: str) -> None:
    before, client = changes(), world.client("supervisor")
    path = f"/review/devices/{world.named['device_id']}/"

    answers = [
        client.get(path, {"_method": "POST", "act": "lost"}, headers={header: "POST"}).status_code,
        client.post(f"/records/{world.resident.pk}/", {"_method": "DELETE"}, headers={header: "DELETE"}).status_code,
    ]

    assert answers[0] == 405
    assert changed(before) == set()
