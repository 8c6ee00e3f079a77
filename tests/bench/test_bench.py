"""`manage.py bench` as an operator runs it: real workers, a real HTTP server, a database of its own."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.conf import settings
from django.db import connection

pytestmark = [pytest.mark.stack, pytest.mark.django_db]


class _Target(http.server.BaseHTTPRequestHandler):
    """Counts what it is sent, by address and key."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        first, key = next(iter(json.loads(body).items()))
        self.seen.append((self.path, f"{first}={key}"))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def target() -> Iterator[str]:
    _Target.seen.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/t/{{n}}"
    server.shutdown()
    server.server_close()


def _bench(url: str, *options: str) -> dict[str, Any]:
    command = [sys.executable, "manage.py", "bench", "--url", url, "--targets", "2", "--json", *options]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "gridapp.settings"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100, cwd=settings.BASE_DIR, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@pytest.mark.parametrize("mode", ["pipeline", "drain"])
def test_every_entry_reaches_every_target_once_with_its_key_first(target: str, mode: str) -> None:
    figures = _bench(target, "--entries", "6", "--patience", "20", "--mode", mode, "--workers", "1")

    wanted = {(f"/t/{number}", f"key=k{entry:06d}") for number in range(2) for entry in range(6)}
    assert sorted(_Target.seen) == sorted(wanted)
    assert (figures["not_delivered"], figures["entries"], figures["targets"]) == (0, 6, 2)
    assert figures["deliveries_per_second"] > 0
    assert figures["latency_p50_ms"] <= figures["latency_p95_ms"] <= figures["latency_p99_ms"]


def test_a_bench_leaves_no_database_behind_and_compares_with_a_bare_loop(target: str) -> None:
    figures = _bench(target, "--entries", "4", "--mode", "pipeline", "--workers", "1", "--bare")

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'gridapp_bench_%%'")
        assert cursor.fetchone()[0] == 0
    assert figures["share_of_bare"] == pytest.approx(
        figures["deliveries_per_second"] / figures["bare_posts_per_second"]
    )


def test_a_bench_without_anything_listening_says_so() -> None:
    figures = _bench("http://127.0.0.1:1/t/{n}", "--entries", "1", "--mode", "pipeline", "--patience", "3")

    assert figures["not_delivered"] == 2
    assert any("listening" in note for note in figures["notes"])


def test_what_dead_targets_cost_the_others_is_measured_in_one_run(target: str) -> None:
    command = [sys.executable, "manage.py", "bench", "--url", target, "--targets", "4", "--entries", "3"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "gridapp.settings"}

    done = subprocess.run(
        [*command, "--mode", "isolation", "--gone", "0", "2", "--workers", "1", "--patience", "20"],
        capture_output=True, text=True, timeout=200, cwd=settings.BASE_DIR, env=environment, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2000:]
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["gone"] for one in rounds] == [0, 2]
    assert [one["not_delivered"] for one in rounds] == [0, 0]
    assert rounds[0]["share"] == 1
    assert all(one["per_second_each"] > 0 for one in rounds)


def test_what_a_flood_of_callbacks_costs_is_measured_in_one_run() -> None:
    command = [sys.executable, "manage.py", "bench", "--mode", "flood", "--per-second", "200", "--seconds", "1"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "gridapp.settings"}

    done = subprocess.run(
        [*command, "--forged", "50"],
        capture_output=True, text=True, timeout=100, cwd=settings.BASE_DIR, env=environment, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2000:]
    phases = {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert [one["calls"] for one in phases.values()] == [0, 200, 50, 0]
    assert set(phases["flood"]["answers"]) <= {"401", "429"}
    assert phases["flood"]["answers"]["401"] <= 2 * 10
    assert {one["rows_changed"] for one in phases.values()} == {0}
    assert all(one["entries"] >= 5 for one in phases.values())
