"""`python -m connectors.sandbox` as the demo and the tests start it: quick, quiet, gone on the first signal."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.conftest import Until


@pytest.fixture
def command(tmp_path: Path, until: Until) -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-W", "error", "-m", "connectors.sandbox", "--file", str(tmp_path / "sandbox.json")]
    process = subprocess.Popen(
        arguments, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until((tmp_path / "sandbox.json").exists)
    yield process
    process.kill()
    process.communicate()


def written(folder: Path) -> Any:
    return json.loads((folder / "sandbox.json").read_text(encoding="utf-8"))


def control(listed: Any) -> http.client.HTTPConnection:
    address = urlsplit(listed["control_url"])
    return http.client.HTTPConnection(str(address.hostname), address.port)


def test_it_says_where_everybody_is_to_its_owner_alone(command: subprocess.Popen[str], tmp_path: Path) -> None:
    listed = written(tmp_path)

    assert (tmp_path / "sandbox.json").stat().st_mode & 0o777 == 0o600
    assert {"WG", "PDA"} <= set(listed["departments"])
    assert listed["departments"]["WG"]["slug"] == "grid_governance"
    assert listed["departments"]["WG"]["settings"]["url"].startswith("http://127.0.0.1:")


def test_departments_answer_to_the_control_server(command: subprocess.Popen[str], tmp_path: Path) -> None:
    listed = written(tmp_path)

    with closing(control(listed)) as connection:
        connection.request("GET", "/departments/")
        departments = json.load(connection.getresponse())

    assert set(departments) == set(listed["departments"])
    assert all(department["running"] for department in departments.values())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quickly_and_in_order(
    command: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    connection = control(written(tmp_path))
    began = time.monotonic()

    os.kill(command.pid, number)
    said, complained = command.communicate(timeout=60)

    assert command.returncode == 0
    assert time.monotonic() - began < 20
    assert said == ""
    assert [line for line in complained.splitlines() if "--database-url" not in line] == []
    assert not (tmp_path / "sandbox.json").exists()
    with pytest.raises(ConnectionRefusedError):
        connection.connect()
