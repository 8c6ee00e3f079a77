"""The product as an operator starts it: gunicorn with the settings of production, asked for what must not be there.

Its database is not reachable, on purpose: what needs one shows how an error looks from outside.
"""

from __future__ import annotations

import ast
import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from gridapp import tablet_keys
from tests.conftest import Until

pytestmark = pytest.mark.stack
HOST = "grid.district.example"
LISTED = (Path(__file__).parent / "unwanted_paths.txt").read_text().splitlines()
UNWANTED = sorted({path for line in LISTED if not line.startswith("#") for path in line.split()})
TOLD = re.compile(
    r"Traceback|django|gunicorn/|Python/|psycopg|/site-packages|SECRET|DATABASE|settings\.", re.IGNORECASE
)
"""Words that an answer to a stranger never has."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(static: Path, **changed: str) -> dict[str, str]:
    """What an operator sets, and of ours nothing but where programs are found."""
    key = secrets.token_hex(32)
    told = {
        "GRIDAPP_DEBUG": "0", "SECRET_KEY": secrets.token_hex(40), "INDEX_KEY": secrets.token_hex(32),
        "SEALING_KEYS": f"1:aes:{key}",
        "AUDIT_KEYS": f"1:{secrets.token_hex(32)}",
        "TABLET_KEYS": tablet_keys.make(1), "ALLOWED_HOSTS": HOST, "BEHIND_PROXY": "1",
        "DATABASE_URL": f"postgresql://nobody:{secrets.token_hex(8)}@127.0.0.1:{free_port()}/none",
        "BROKER_URL": f"amqp://127.0.0.1:{free_port()}", "STATIC_ROOT": str(static), "GRIDAPP_VAR": str(static / "var"),
        "SECURITY_CONTACT": "mailto:security@district.example", "DJANGO_SETTINGS_MODULE": "gridapp.settings",
        "EGRESS_ALLOW": "jz.district.example:443", "METRICS_TOKEN": secrets.token_hex(16),
    }  # fmt: skip
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | told | changed


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, until: Until) -> Iterator[int]:
    static, port = tmp_path_factory.mktemp("static"), free_port()
    told, here = environment(static), settings.BASE_DIR
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], env=told, cwd=here, check=True)
    shape = ["-k", "gthread", "--threads", "8", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    with (static / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "gridapp.wsgi", *shape], env=told, cwd=here, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            until(lambda: reached(port), why=(static / "log").read_text())
            yield port
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


def reached(port: int) -> bool:
    with contextlib.suppress(OSError):
        return ask(port, "/healthz")[0] == 200
    return False


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    """As the proxy passes a request on."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    asked.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in ({"Host": HOST, "X-Forwarded-Proto": "https"} | told).items():
        asked.putheader(name, value)
    asked.endheaders()
    answer = asked.getresponse()
    body = answer.read().decode("utf-8", "replace")
    asked.close()
    return answer.status, answer.headers, body


def test_nothing_unwanted_is_there(port: int) -> None:
    assert len(UNWANTED) >= 200

    answers = {path: ask(port, path) for path in UNWANTED}

    there = {path: status for path, (status, _, _) in answers.items() if status not in (400, 403, 404)}
    led = {path: answers[path][1]["Location"] for path, status in there.items() if status in (301, 302)}
    assert there.keys() == led.keys(), "it is there"
    # A missing slash is added, and a page that is there asks who comes: no data either way.
    assert {path: to for path, to in led.items() if to not in (path + "/", f"/login/?next={path}")} == {}
    assert {path: found[0] for path, (_, _, body) in answers.items() if (found := TOLD.findall(body))} == {}
    assert {
        path for path, (_, headers, _) in answers.items() if "Server" in headers and "/" in headers["Server"]
    } == set()


OF_ANOTHER_SITE = {"Sec_Fetch_Site": "cross-site"}
ANSWERS: list[tuple[int, str, str, dict[str, str]]] = [
    (200, "GET", "/login/", {}), (404, "GET", "/nowhere/", {}), (200, "GET", "/static/app.css", {}),
    (200, "GET", "/.well-known/security.txt", {}), (401, "GET", "/api/v1/changes/", {}),
    (200, "GET", "/healthz", {}), (503, "GET", "/readyz", {}), (404, "GET", "/metrics", {}),
    (403, "GET", "/login/", OF_ANOTHER_SITE), (405, "PUT", "/login/", {}), (404, "GET", "/static/staticfiles.json", {}),
    (400, "GET", "/login/", {"Host": "elsewhere.example"}), (302, "GET", "/review/", {}), (200, "HEAD", "/healthz", {}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "method", "path", "asked"), ANSWERS)
def test_every_answer_says_what_browsers_may_do_with_it(
    port: int, status: int, method: str, path: str, asked: dict[str, str]
) -> None:
    answered, headers, _ = ask(port, path, method, **asked)

    assert answered == status
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains")
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"].startswith("camera=(self), microphone=()")
    assert "Access-Control-Allow-Origin" not in headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "base-uri 'none'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert path == "/static/app.css" or "no-store" in headers["Cache-Control"]


def test_over_http_nothing_is_said_that_a_browser_must_not_hear_there(port: int) -> None:
    for path in ("/healthz", "/login/"):
        _, headers, _ = ask(port, path, X_Forwarded_Proto="http")

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in headers


def test_who_floods_us_is_told_too(port: int) -> None:
    answers = [ask(port, "/callbacks/NOBODY/", "POST", Content_Length="0") for _ in range(60)]
    (turned_away, *_) = [headers for status, headers, _ in answers if status == 429]

    assert turned_away["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "frame-ancestors 'none'" in turned_away["Content-Security-Policy"]


def test_an_error_says_its_number_and_nothing_else(port: int) -> None:
    status, headers, body = ask(port, "/login/", "GET", Cookie="__Host-sessionid=" + "a" * 32)

    assert status == 500
    assert headers["X-Request-ID"] in body
    assert TOLD.findall(body) == []


@pytest.mark.parametrize(
    "host", ["evil.example", f"{HOST}.evil.example", f"evil.example#{HOST}", "127.0.0.1", "", f"{HOST}@evil.example"]
)
def test_a_host_of_somebody_else_is_not_ours(port: int, host: str) -> None:
    status, _, body = ask(port, "/login/", Host=host)

    assert status == 400
    assert "evil" not in body


@pytest.mark.parametrize(
    "headers",
    [{"X_Forwarded_Host": "evil.example"}, {"X_Original_URL": "/review/"}, {"X_Rewrite_URL": "/review/"},
     {"Forwarded": "host=evil.example"}, {"X_Forwarded_For": "127.0.0.1"}, {"X_Real_IP": "127.0.0.1"},
     {"X_HTTP_Method_Override": "DELETE"}],
)  # fmt: skip
def test_headers_that_only_proxies_write_change_nothing(port: int, headers: dict[str, str]) -> None:
    status, answered, body = ask(port, "/review/targets/", **headers)

    assert (status, answered["Location"]) == (302, "/login/?next=/review/targets/")
    assert "evil" not in body
    assert ask(port, "/metrics", **headers)[0] == 404


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "OPTIONS", "PUT", "DELETE", "PROPFIND", "DEBUG"])
def test_pages_know_three_methods(port: int, method: str) -> None:
    status, headers, body = ask(port, "/login/", method, X_Canary="seen")

    assert status in (400, 405)
    assert "seen" not in body and "seen" not in str(headers)


def test_without_https_there_is_no_page(port: int) -> None:
    status, headers, _ = ask(port, "/login/", **{"X-Forwarded-Proto": "http"})

    assert (status, headers["Location"]) == (301, f"https://{HOST}/login/")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/api/v1/changes/", "/api/schema/", "/callbacks/JZ/", "/outbox/"])
def test_a_machine_is_not_led_to_https_but_told(port: int, path: str, method: str) -> None:
    status, headers, body = ask(port, path, method, **{"X-Forwarded-Proto": "http", "Content-Length": "0"})

    assert (status, headers["Location"], headers["Content-Type"]) == (403, None, "application/problem+json")
    assert json.loads(body)["type"] == "urn:gridapp:problem:https_only"


SMUGGLED = [
    b"POST /login/ HTTP/1.1\r\nHost: %s\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    b"POST /login/ HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
    b"POST /login/ HTTP/1.1\r\nHost: %s\r\nContent-Length: +3\r\n\r\nabc",
    b"POST /login/ HTTP/1.1\r\nHost: %s\r\nContent-Length : 3\r\n\r\nabc",
    b"GET /login/ HTTP/1.1\r\nHost: %s\r\n X-Folded: yes\r\n\r\n",
    b"GET /login/ HTTP/1.1\r\nHost: %s\r\nX-Null: a\x00b\r\n\r\n",
    b"GET /login/ HTTP/9.9\r\nHost: %s\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
]  # fmt: skip


@pytest.mark.parametrize("raw", SMUGGLED)
def test_a_request_that_two_servers_read_differently_is_refused(port: int, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        sent = raw.replace(b"%s", HOST.encode()).replace(b"\r\nHost", b"\r\nX-Forwarded-Proto: https\r\nHost", 1)
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part

    assert answer.count(b"HTTP/1.1 ") <= 1
    assert answer[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 501", b"HTTP/1.1 505", b"HTTP/1.1 500", b"HTTP/1.1 403")


def test_who_to_tell_is_said_and_for_how_long(port: int) -> None:
    status, headers, body = ask(port, "/.well-known/security.txt")

    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert "Contact: mailto:security@district.example\n" in body
    assert re.search(r"^Expires: 20\d\d-\d\d-\d\dT00:00:00Z$", body, re.MULTILINE)
    assert f"Canonical: https://{HOST}/.well-known/security.txt" in body


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", "*"), ("ALLOWED_HOSTS", ".district.example"), ("CSRF_TRUSTED_ORIGINS", "http://x.example"),
        ("CSRF_TRUSTED_ORIGINS", "https://*.example"), ("BROKER_URL", "amqp://10.0.0.9"), ("BROKER_URL", ""),
        ("BROKER_URL", "redis://:secret@10.0.0.9"), ("METRICS_TOKEN", "short"), ("EGRESS_ALLOW", "somewhere"),
        ("SECRET_KEY", ""), ("INDEX_KEY", ""), ("SEALING_KEYS", ""), ("TABLET_KEYS", ""), ("AUDIT_KEYS", ""),
        ("DATABASE_URL", ""), ("DATABASE_URL", "nowhere"), ("DATABASE_URL", "postgresql://one@10.0.0.9/grid"),
        ("DATABASE_URL", "postgresql://one@db.district.example/grid?sslmode=require"),
        ("DATABASE_URL", "postgresql:///grid?host=/run/postgresql,10.0.0.9"),
        ("DATABASE_URL", "postgresql://one@localhost/grid?hostaddr=10.0.0.9&sslmode=verify-ca"),
        ("DATABASE_URL", "postgresql:///grid?service=elsewhere"),
    ],
)  # fmt: skip
def test_production_does_not_come_up_half_open(tmp_path: Path, name: str, value: str) -> None:
    told = environment(tmp_path, **{name: value})
    if not value:
        del told[name]

    ended = subprocess.run(
        [sys.executable, "-c", "import gridapp.settings"], env=told, cwd=settings.BASE_DIR, capture_output=True,
        text=True, check=False,
    )  # fmt: skip

    assert ended.returncode != 0
    assert name in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("url", "more"),
    [("postgresql://one@10.0.0.9/grid?sslmode=verify-full&sslrootcert=/etc/ca.pem", {}),
     ("postgresql://one@10.0.0.9/grid", {"PGSSLMODE": "verify-full"}),
     ("postgresql://one@%2Frun%2FpostgreSQL/grid", {}), ("postgresql:///grid", {}), ("host=::1 dbname=grid", {})],
)  # fmt: skip
def test_a_database_here_or_behind_tls_is_taken(tmp_path: Path, url: str, more: dict[str, str]) -> None:
    told = environment(tmp_path, DATABASE_URL=url, **more)
    asked = "from gridapp.settings import DATABASES; print(DATABASES['default'])"
    ended = subprocess.run(
        [sys.executable, "-c", asked], env=told, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    given = ast.literal_eval(ended.stdout)

    assert given["NAME"] == "grid"
    assert given["HOST"] in ("10.0.0.9", "/run/postgreSQL", "", "::1")
    assert given["OPTIONS"].get("sslrootcert", "") in url
    assert "statement_timeout" in given["OPTIONS"]["options"]
