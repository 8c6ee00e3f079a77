"""The way out over HTTP against everything a department's server can do."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import tracemalloc

import pytest

from connectors.transport.http import KEPT, LARGEST, Answer, Http
from gridapp.contract import Misconfigured, Unavailable
from tests.connectors.transport.raw_server import Behaviour, Request, Seen, Writer, always, reply, serving

OK = reply("200 OK", b'{"ok": true}', "Content-Type: application/json")


async def post(http: Http, body: bytes = b"{}", judges: tuple[int, ...] = ()) -> Answer:
    return await http.post(body, content_type="application/json", judges=judges)


def posted(
    behave: Behaviour, *, deadline: float = 5, times: int = 1, judges: tuple[int, ...] = ()
) -> tuple[Answer, Seen]:
    """Posts to a server that behaves so; the last answer and what the server saw."""

    async def run() -> tuple[Answer, Seen]:
        async with serving(behave) as seen, Http(seen.url, deadline=deadline) as http:
            for _ in range(times):
                answer = await post(http, judges=judges)
            return answer, seen

    return asyncio.run(run())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def failing(url: str) -> Unavailable:
    async def run() -> None:
        async with Http(url, deadline=5) as http:
            await post(http)

    with pytest.raises(Unavailable) as caught:
        asyncio.run(run())
    return caught.value


# --- Nothing happens ---------------------------------------------------------------------------------------------


def test_where_nobody_listens_nothing_was_sent() -> None:
    error = failing(f"http://127.0.0.1:{free_port()}/")
    assert (error.maybe_sent, error.reached) == (False, False)


def test_a_name_that_nobody_knows_is_no_reason_to_doubt() -> None:
    error = failing("http://department.invalid/")
    assert (error.maybe_sent, error.reached) == (False, False)


@pytest.mark.parametrize(
    "url", ["", "ftp://10.1.1.1/", "file:///etc/passwd", "http://", "http://u:p@10.1.1.1/", "http://[x"]
)
def test_an_address_that_is_none_is_the_operators_to_mend(url: str) -> None:
    with pytest.raises(Misconfigured):
        Http(url, deadline=1)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status: str) -> None:
    async def run() -> None:
        async with serving(always(OK)) as elsewhere:
            away = always(reply(status, b"", f"Location: {elsewhere.url}"))
            async with serving(away) as seen, Http(seen.url, deadline=5) as http:
                with pytest.raises(Misconfigured):
                    await post(http)

            assert elsewhere.requests == []

    asyncio.run(run())


def test_a_cookie_is_not_kept() -> None:
    _, seen = posted(always(reply("200 OK", b"{}", "Set-Cookie: session=1; Path=/")), times=2)

    assert "cookie" not in seen.requests[1].head.lower()


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")

    answer, _ = posted(always(OK))

    assert answer.status == 200


# --- What arrives ------------------------------------------------------------------------------------------------


def test_a_body_goes_out_as_it_is_and_the_answer_comes_back() -> None:
    answer, seen = posted(always(OK))

    assert seen.requests[0].head.startswith("POST /in HTTP/1.1\r\n")
    assert seen.requests[0].body == b"{}"
    assert answer.json() == {"ok": True}


def test_a_body_of_scans_goes_out_whole_a_second_time_too() -> None:
    scans = b"\0scan" * (2 * 1024 * 1024)

    async def run() -> list[Request]:
        async with serving(always(OK)) as seen, Http(seen.url, deadline=5) as http:
            for _ in range(2):
                await post(http, scans)
            return seen.requests

    requests = asyncio.run(run())

    assert [request.body == scans for request in requests] == [True, True]
    assert all(f"Content-Length: {len(scans)}\r\n" in request.head for request in requests)


def test_a_connection_is_kept_for_the_next_call() -> None:
    _, seen = posted(always(OK), times=3)

    assert (len(seen.requests), seen.connections) == (3, 1)


def test_a_path_goes_behind_the_address() -> None:
    async def run() -> str:
        async with serving(always(OK)) as seen, Http(seen.url, deadline=5) as http:
            await http.post(b"", content_type="text/plain", path="person/save")
            return seen.requests[0].head

    assert asyncio.run(run()).startswith("POST /in/person/save ")


def test_a_kept_connection_that_the_other_side_has_closed_is_replaced_unseen() -> None:
    """One transparent try more, and only because not a byte was written: each body arrives once."""

    async def once_each(request: Request, writer: Writer) -> None:
        writer.write(OK)
        await writer.drain()
        writer.close()

    async def run() -> list[bytes]:
        async with serving(once_each) as seen, Http(seen.url, deadline=5) as http:
            for number in range(30):
                await post(http, str(number).encode())
            return [request.body for request in seen.requests]

    assert asyncio.run(run()) == [str(number).encode() for number in range(30)]


# --- Deadlines ---------------------------------------------------------------------------------------------------


async def hang(request: Request, writer: Writer) -> None:
    await asyncio.sleep(30)


async def drip(request: Request, writer: Writer) -> None:
    for byte in OK:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.1)


async def drip_the_body(request: Request, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        writer.write(b" ")
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("behave", [hang, drip, drip_the_body])
def test_the_deadline_is_for_the_whole_call(behave: Behaviour) -> None:
    began = time.monotonic()

    with pytest.raises(Unavailable) as caught:
        posted(behave, deadline=1)

    assert caught.value.maybe_sent
    assert time.monotonic() - began < 7  # a drip alone takes longer


async def cut(request: Request, writer: Writer) -> None:
    writer.transport.abort()


async def cut_in_the_middle(request: Request, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()


async def talk_nonsense(request: Request, writer: Writer) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("behave", [cut, cut_in_the_middle, talk_nonsense])
def test_a_connection_that_breaks_after_sending_leaves_a_doubt(behave: Behaviour) -> None:
    with pytest.raises(Unavailable) as caught:
        posted(behave)

    assert caught.value.maybe_sent


# --- Sizes -------------------------------------------------------------------------------------------------------


async def endless(request: Request, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        await writer.drain()


def bomb(status: str) -> Behaviour:
    """64 MB of zeros in 64 KB."""
    return always(reply(status, gzip.compress(bytes(64 << 20)), "Content-Encoding: gzip"))


@pytest.mark.parametrize("behave", [endless, bomb("200 OK"), always(reply("200 OK", bytes(LARGEST + 1)))])
def test_nobody_reads_an_endless_answer_to_its_end(behave: Behaviour) -> None:
    tracemalloc.start()
    with pytest.raises(Unavailable) as caught:
        posted(behave)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert caught.value.maybe_sent
    assert most < 20 << 20


def test_a_huge_page_of_an_error_is_judged_by_its_status() -> None:
    with pytest.raises(Unavailable) as caught:
        posted(bomb("503 Service Unavailable"))

    assert not caught.value.maybe_sent


def test_a_large_answer_within_the_limit_is_read_whole_and_kept_in_part() -> None:
    answer, _ = posted(always(reply("200 OK", bytes(LARGEST))))

    assert (len(answer.body), len(answer.kept)) == (LARGEST, KEPT)


# --- Statuses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["401 Unauthorized", "403 Forbidden", "404 Not Found", "405 No", "422 Unprocessable"]
)
def test_a_refusal_of_the_call_itself_is_the_operators(status: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        posted(always(reply(status)))

    assert caught.value.code == status[:3]


def test_a_status_that_the_connector_judges_is_an_answer() -> None:
    answer, _ = posted(always(reply("422 Unprocessable", b"{}")), judges=(422,))

    assert answer.status == 422


@pytest.mark.parametrize(
    ("status", "maybe_sent"),
    [("500 Error", True), ("502 Bad Gateway", True), ("504 Timeout", True), ("503 Busy", False), ("429 Slower", False)],
)
def test_an_error_of_theirs_leaves_a_doubt_unless_it_says_later(status: str, maybe_sent: bool) -> None:
    with pytest.raises(Unavailable) as caught:
        posted(always(reply(status)))

    assert caught.value.maybe_sent is maybe_sent
    assert caught.value.reached, "whoever answers has read what we sent"
    assert caught.value.retry_after is None


@pytest.mark.parametrize("status", ["429 Slower", "503 Busy"])
def test_the_time_they_ask_for_is_passed_on(status: str) -> None:
    with pytest.raises(Unavailable) as caught:
        posted(always(reply(status, b"", "Retry-After: 7")))

    assert caught.value.retry_after == 7
