"""What nginx of docs/nginx.conf says by itself, how much it takes, and where it keeps what it has not passed on yet."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import psutil
import pytest
from django.conf import settings

from gridapp.registry.ledgers_reading import LARGEST
from gridapp.review.ledger_pages import AROUND
from tests.conftest import Until
from tests.counterparts.front import CONFIGURATION, HALF, Front, before_an_echo, fronting
from tests.counterparts.front_machine import free_port

SESSION = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={'d' * 32}"}
LEDGERS, TOO_MUCH = "/review/ledgers/new/", {"Content-Length": str(10**9)}
WAITS = {413: None, 429: "1", 502: "5"}
"""How long it tells whoever asks to wait, by status."""


@pytest.fixture
def echoing(until: Until) -> Iterator[Front]:
    with before_an_echo(until) as front:
        yield front


@pytest.fixture
def alone(until: Until) -> Iterator[Front]:
    """Nobody listens behind it."""
    with fronting(free_port(), until) as front:
        yield front


def refusal(front: Front, status: int, path: str) -> tuple[dict[str, str], str]:
    """Headers, in small letters, and body of its answer of that status."""
    line = front.line()
    for _ in range(4_000):
        line.request("POST", path, headers=SESSION | (TOO_MUCH if status == 413 else {"Content-Length": "0"}))
        answer = line.getresponse()
        body = answer.read().decode()
        if answer.status == status:
            line.close()
            return {name.lower(): value for name, value in answer.headers.items()}, body
    raise AssertionError(f"never {status}")


@pytest.mark.parametrize(
    ("status", "path"),
    [
        (status, path)
        for status in WAITS
        for path in ("/", LEDGERS, "/api/v1/entries/", "/callbacks/WG/", "/static/app.css")
        if (status, path) != (429, "/callbacks/WG/")  # the application counts those
    ],
)
def test_its_own_words_have_our_headers_and_a_remedy(status: int, path: str, request: pytest.FixtureRequest) -> None:
    front: Front = request.getfixturevalue("alone" if status == 502 else "echoing")

    headers, body = refusal(front, status, path)

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (headers["referrer-policy"], headers["cache-control"]) == ("same-origin", "no-store")
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])
    assert headers.get("retry-after") == WAITS[status]
    assert "请" in body and "lease" in body
    if path.startswith(("/api/", "/callbacks/")):
        assert headers["content-type"] == "application/problem+json"
        assert orjson.loads(body)["status"] == status
    else:
        assert headers["content-type"] == "text/html; charset=utf-8"


def test_what_the_application_says_is_not_said_twice(echoing: Front) -> None:
    line = echoing.line()
    line.request("GET", "/")
    headers = line.getresponse().headers
    line.close()

    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert headers.get_all("X-Request-ID") == ["echo"]


def test_it_takes_what_the_application_takes(echoing: Front) -> None:
    most, whole = settings.FILE_UPLOAD_MAX_MEMORY_SIZE, LARGEST + AROUND

    assert [echoing.ask("POST", path, b"x" * size)[0] for path, size in ((LEDGERS, whole), ("/", most))] == [200, 200]
    assert echoing.ask("POST", "/", b"x" * (8 * 2**20))[0] == 413
    assert echoing.ask("POST", LEDGERS, headers={"Content-Length": str(34 * 2**20)})[0] == 413


def test_what_waits_to_be_passed_on_is_in_memory(echoing: Front, until: Until) -> None:
    told = CONFIGURATION.read_text()
    said = echoing.half(f"POST {LEDGERS} HTTP/1.1\r\nHost: app.example\r\nContent-Length: {2**22}\r\n\r\n".encode())
    said.sendall(b"x" * 2**21)

    def kept() -> set[str]:
        workers = [one.pid for one in psutil.Process(echoing.pid).children()]
        links = [link.readlink() for pid in workers for link in Path(f"/proc/{pid}/fd").iterdir()]
        return {str(link.parent) for link in links if link.name.endswith("(deleted)")}

    until(lambda: bool(kept()), why="what is longer than a buffer is in no file at all")
    assert kept() == {f"{echoing.folder}/sent"}
    assert re.findall(r"temp_path (\S+);", told) == ["/run/gridapp-sent", "/run/gridapp-answers"]
    said.close()


@pytest.mark.parametrize(
    "told",
    [HALF, HALF[:40], b"", b"POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
    ids=["half a body", "half a head", "nothing", "half a chunk"],
)
def test_who_says_no_more_is_let_go_after_ten_seconds(told: bytes, echoing: Front) -> None:
    began = time.monotonic()
    said = echoing.half(told)

    try:
        while said.recv(4096):
            """A word before it hangs up."""
    except (ConnectionResetError, ssl.SSLError):
        """Or none."""
    took = time.monotonic() - began
    said.close()

    assert 8 < took < 30


@pytest.mark.parametrize(
    ("least", "ciphers", "gets"),
    [
        (ssl.TLSVersion.TLSv1_3, "ALL", "TLSv1.3"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM", "TLSv1.2"),
        (ssl.TLSVersion.TLSv1_2, "kRSA", None),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+SHA256:!AESGCM", None),
    ],
    ids=["1.3", "1.2", "no forward secrecy", "CBC"],
)
def test_only_ciphers_with_keys_of_their_own_are_spoken(
    least: ssl.TLSVersion, ciphers: str, gets: str | None, echoing: Front
) -> None:
    trusted = ssl.create_default_context(cafile=str(echoing.folder / "server.crt"))
    trusted.check_hostname, trusted.minimum_version, trusted.maximum_version = False, least, least
    trusted.set_ciphers(ciphers)
    with socket.create_connection(("127.0.0.1", echoing.port), timeout=60) as plain:
        try:
            with trusted.wrap_socket(plain) as said:
                spoken = said.version()
        except ssl.SSLError:
            spoken = None

    assert spoken == gets
