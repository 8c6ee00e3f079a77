"""docs/nginx.conf before gunicorn: slow, huge and endless asking stays with nginx, and none is written down."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple
from urllib.parse import quote

import orjson
import psutil
import pytest
from django.conf import settings
from django.test import Client

from gridapp.org.models import User
from tests import factories
from tests.conftest import Until
from tests.counterparts.front import Front, before_an_echo, fronting
from tests.security.web import Web, opened

logger = logging.getLogger(__name__)
NAME, NUMBER = "测试甲", "990101199203040017"
STORM = """
import collections, http.client, json, ssl, sys, threading, time
port, cookie, seconds, paths = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4:]
trusted, seen, end = ssl._create_unverified_context(), collections.Counter(), time.monotonic() + seconds
def ask(path):
    line = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=trusted)
    while time.monotonic() < end:
        line.request("GET", path, headers={"Cookie": cookie})
        answer = line.getresponse()
        answer.read()
        seen[answer.status] += 1
threads = [threading.Thread(target=ask, args=(paths[number % len(paths)],)) for number in range(50)]
for one in threads: one.start()
for one in threads: one.join()
print(json.dumps(seen))
"""
"""Fifty that ask without pause, in a process of their own: what others wait for is not this interpreter."""


class House(NamedTuple):
    front: Front
    web: Web


@pytest.fixture
def echoing(until: Until) -> Iterator[Front]:
    with before_an_echo(until) as front:
        yield front


@pytest.fixture
def cast(db: None) -> factories.Cast:
    return factories.cast()


@pytest.fixture
def house(cast: factories.Cast, tmp_path: Path, until: Until) -> Iterator[House]:
    with opened(tmp_path / "web.log", until, BEHIND_PROXY="1") as web, fronting(web.port, until) as front:
        yield House(front, web)


def cookie_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def p95(times: int, ask: Callable[[], int]) -> float:
    """In seconds, of somebody else who looks meanwhile."""
    took = list[float]()
    for _ in range(times):
        began = time.monotonic()
        assert ask() == 200
        took.append(time.monotonic() - began)
    return quantiles(took, n=20)[-1]


def test_the_application_hears_who_asks_whatever_is_made_up(echoing: Front) -> None:
    made_up = {
        "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Request-ID": NUMBER, "Host": "app.example",
    }  # fmt: skip

    status, _, body = echoing.ask("GET", "/", headers=made_up)

    heard = orjson.loads(body)
    assert (status, heard["host"]) == (200, "app.example")
    assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert len(heard["x-request-id"]) == 32 and heard["x-request-id"] != NUMBER


def test_a_page_with_what_it_loads_and_forms_that_waited_are_not_held_up(echoing: Front) -> None:
    headers = {"Cookie": f"gridapp_language=zh-hans; {settings.SESSION_COOKIE_NAME}={'a' * 32}"}
    paths = ["/", *(f"/static/{number}.js" for number in range(30)), *["/outbox/"] * 40]

    statuses = [echoing.ask("GET", path, headers=headers)[0] for path in paths]

    assert statuses == [200] * len(paths)


@pytest.mark.parametrize(
    "cookies",
    [
        [f"{settings.SESSION_COOKIE_NAME}={'a' * 32}"],
        [f"x=1; __Host-sessionid={'a' * 32}"],
        [""],
        [f"{settings.SESSION_COOKIE_NAME}={number:032}" for number in range(2_000)],
    ],
    ids=["a session", "in production", "nobody", "sessions made up"],
)
def test_who_asks_without_pause_is_told_to_wait(cookies: list[str], echoing: Front) -> None:
    line, seen, kept = echoing.line(), set[int](), list[str]()

    for number in range(4_000):
        line.request("GET", "/", headers={"Cookie": cookies[number % len(cookies)]})
        answer = line.getresponse()
        answer.read()
        seen.add(answer.status)
        kept.append(answer.headers.get("Server", ""))
        if 429 in seen:
            break

    assert seen == {200, 429}
    assert kept[-1] == "nginx", "and no version"
    line.close()


def test_one_who_is_told_to_wait_holds_up_no_other_of_the_same_address(echoing: Front) -> None:
    one, other = ({"Cookie": f"{settings.SESSION_COOKIE_NAME}={letter * 32}"} for letter in "ab")
    with ThreadPoolExecutor(8) as pool:
        storm = list(pool.map(lambda _: echoing.ask("GET", "/", headers=one)[0], range(200)))

    assert 429 in storm
    assert echoing.ask("GET", "/", headers=other)[0] == 200


def test_by_http_there_is_only_the_way_to_https(echoing: Front) -> None:
    told = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", f"http://127.0.0.1:{echoing.plain_port}/a"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert told.stdout == "301 https://app.example/a"


def test_what_was_asked_for_stands_in_no_log_of_it(echoing: Front) -> None:
    asked = f"/search/?q={quote(NAME)}&n={NUMBER}"
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={'c' * 32}", "Referer": f"https://app.example{asked}"}

    answers = [echoing.ask("GET", asked, headers=headers)[0] for _ in range(200)]
    answers.append(echoing.ask("POST", asked, headers={"Content-Length": str(10**9)})[0])
    answers.append(echoing.ask("GET", f"{asked}{'x' * 8_400}", headers=headers)[0])

    assert {200, 429, 413, 414} == set(answers)
    written = echoing.written()
    assert written.count("\n") >= 202
    assert [word for word in (NAME, quote(NAME), NUMBER, "search") if word in written] == []


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_slow_senders_stay_with_it(house: House, cast: factories.Cast) -> None:
    headers = {"Cookie": cookie_of(cast.worker)}

    def ask() -> int:
        return house.front.ask("GET", "/", headers=headers)[0]

    p95(20, ask)
    before = p95(40, ask)
    with ExitStack() as lines:
        for _ in range(200):
            lines.enter_context(house.front.half())
        meanwhile = p95(40, ask)
        ports = [one.laddr.port for child in psutil.Process(house.web.pid).children()
                 for one in child.net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED]  # fmt: skip

    logger.warning("200 slow senders: p95 %.3f s, %.3f s meanwhile", before, meanwhile)
    assert ports.count(house.web.port) == 0, "none of them came through"
    assert meanwhile < 3 * before + 0.1


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_one_who_asks_without_pause_costs_others_little(house: House, cast: factories.Cast) -> None:
    cookie, headers = cookie_of(cast.supervisor), {"Cookie": cookie_of(cast.other_worker)}

    def ask() -> int:
        return house.front.ask("GET", "/", headers=headers)[0]

    p95(20, ask)
    before = p95(40, ask)
    told = [
        sys.executable,
        "-c",
        STORM,
        str(house.front.port),
        cookie,
        "12",
        "/review/",
        "/review/exports/?page=9",
        "/",
    ]
    storm = subprocess.Popen(told, stdout=subprocess.PIPE, text=True)
    meanwhile = p95(40, ask)
    answered = orjson.loads(storm.communicate(timeout=120)[0])

    logger.warning("%s: p95 %.3f s, %.3f s meanwhile", answered, before, meanwhile)
    assert answered["429"] > 10 * answered["200"]
    assert meanwhile < 15 * before + 0.5


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_two_hundred_that_are_too_large_are_refused_at_once(house: House, cast: factories.Cast) -> None:
    headers = {"Cookie": cookie_of(cast.worker), "Content-Length": str(10**12)}

    def timed(_: int) -> tuple[int, float]:
        began = time.monotonic()
        return house.front.ask("POST", "/entries/new/resident/", headers=headers)[0], time.monotonic() - began

    with ThreadPoolExecutor(200) as pool:
        answered = list(pool.map(timed, range(200)))

    late = quantiles([seconds for _, seconds in answered], n=20)[-1]
    logger.warning("200 too large at once: p95 %.3f s", late)
    assert {status for status, _ in answered} <= {413, 429}
    assert late < 1
