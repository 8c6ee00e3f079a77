"""`manage.py demo` as somebody runs it: two runs in a folder of their own, with what may happen in between."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gridapp.embedded import Services, machine

ROOT = Path(__file__).resolve().parents[2]
DISTRICT = {"FWBM", "JZDJ", "ZZSB", "PDA", "GZZ", "JS", "AQSC", "LB", "WG", "SZZ", "GXPT", "ZLBA", "XW", "MZYL"}
NOT_BY_ITSELF = {"SZZ", "AQSC", "XW"}
"""Of the district: whom a person tells, whom no flat of the first grid concerns, and who wants children alone."""
Until = Callable[..., Any]

pytestmark = pytest.mark.stack


class Demo:
    """The demo of one folder, run again and again."""

    def __init__(self, var: Path, until: Until) -> None:
        self.var, self._until = var, until
        self._output = var / "said"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> str:
        """What this run has printed so far."""
        return self._output.read_text()

    def start(self, port: int) -> None:
        """Returns when it is ready."""
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "gridapp.demo.settings", "GRIDAPP_VAR": str(self.var)}
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--always-open", "--port", str(port)],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._until(self._is_ready, seconds=240)  # beside other tests; docs/performance.md has the budget

    def stop(self) -> None:
        """Ctrl-C; nothing is left. Eight seconds for who does not end by itself, then the servers write."""
        assert self._process is not None
        left = self.noted()["processes"].values()
        self._process.send_signal(signal.SIGINT)
        assert self._process.wait(timeout=40) == 0
        assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]
        assert not machine.answers(Services(self.var / "servers").pg_socket)
        assert not (self.var / "demo.json").exists()
        self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def noted(self) -> dict[str, Any]:
        return dict(json.loads((self.var / "demo.json").read_text()))

    def get(self, path: str, *, user: str = "") -> tuple[int, str]:
        tokens = {one["username"]: one["token"] for one in self.noted()["accounts"]}
        return fetch(self.noted()["url"] + path, **({"Authorization": f"Bearer {tokens[user]}"} if user else {}))

    def department(self, path: str = "") -> Any:
        return json.loads(fetch(f"{self.noted()['control_url']}departments/{path}")[1])

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.said
        return "ready: " in self.said


def fetch(url: str, **headers: str) -> tuple[int, str]:
    asked = urllib.request.Request(url, headers=headers)  # noqa: S310 - an address of our own
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
        return answer.status, answer.read().decode()


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the database of root's demo runs as somebody without rights
        yield Path(folder)


@pytest.fixture(scope="module")
def demo(var: Path, until: Until) -> Iterator[Demo]:
    one = Demo(var, until)
    try:
        one.start(18400)
        yield one
    finally:
        one.kill()  # what a failed test has left


def test_the_first_page_is_served_and_the_line_for_scripts_names_it(demo: Demo) -> None:
    status, page = demo.get("")

    assert f"ready: {demo.noted()['url']}" in demo.said.splitlines()
    assert status == 200
    assert 'lang="zh' in page


def test_what_scripts_read_is_for_the_owner_alone_and_lets_them_in(demo: Demo) -> None:
    note = demo.var / "demo.json"
    roles = {one["role"] for one in demo.noted()["accounts"]}

    assert note.stat().st_mode & 0o777 == 0o600
    assert roles == {"worker", "supervisor", "officer", "administrator", "security", "auditor"}
    assert demo.get("api/v1/targets/", user="worker")[0] == 200


def test_departments_can_be_looked_into(demo: Demo) -> None:
    departments = demo.department()

    assert departments.keys() >= DISTRICT
    assert all(one["running"] for one in departments.values())
    assert "departments: 14 / 14" in demo.said


def test_what_is_in_the_first_grid_reaches_the_departments(demo: Demo, until: Until) -> None:
    def without() -> set[str]:
        stores = {key: one["store"] for key, one in demo.department().items()}
        return {key for key in DISTRICT if not sum(stores[key].values())}

    until(lambda: without() <= NOT_BY_ITSELF, seconds=120)


def test_no_department_refuses_the_district_by_the_dozen(demo: Demo) -> None:
    told = json.loads(demo.get("api/v1/lanes/", user="administrator")[1])

    assert told["alarms"] == []
    assert [one["key"] for one in told["results"] if one["state"] == "paused"] == []


def test_what_supervisors_look_at_happens_by_itself(demo: Demo, until: Until) -> None:
    log = demo.var / "log" / "stories.log"

    until(lambda: "told" in log.read_text(), seconds=120)

    assert "all told" in log.read_text().splitlines()


@pytest.mark.parametrize("name", ["worker", "sandbox", "web", "cards"])
def test_a_killed_process_comes_back(demo: Demo, until: Until, name: str) -> None:
    before = demo.noted()["processes"][name]
    until(lambda: Path(f"/proc/{before}").exists())

    os.kill(before, signal.SIGKILL)

    until(lambda: demo.noted()["processes"][name] != before, why=demo.said)
    assert f"{name} killed by SIGKILL: started again" in demo.said
    until(lambda: demo.get("api/v1/targets/", user="worker")[0] == 200)


def test_a_killed_broker_comes_back_within_seconds(demo: Demo, until: Until) -> None:
    pid_file = demo.var / "servers" / "valkey.pid"
    before = int(pid_file.read_text())

    os.kill(before, signal.SIGKILL)

    until(lambda: int(pid_file.read_text() or 0) not in (0, before))
    until(lambda: machine.answers(Services(demo.var / "servers").broker_socket))


def test_one_folder_has_one_demo(demo: Demo) -> None:
    second = manage_demo(GRIDAPP_VAR=str(demo.var))

    assert second.returncode == 1
    assert "the demo runs already" in second.stderr


def test_a_demo_on_a_database_of_somebody_is_refused() -> None:
    refused = manage_demo(DATABASE_URL="postgresql://somebody@localhost:1/theirs")

    assert refused.returncode == 1
    assert "unset DATABASE_URL" in refused.stderr


def test_a_second_run_keeps_all_and_steps_over_a_port_in_use(demo: Demo) -> None:
    before = demo.noted()["accounts"]
    demo.stop()

    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 18400))
        other.listen()
        demo.start(18400)

    assert "port 18400 is in use" in demo.said
    assert demo.noted()["url"] != "http://127.0.0.1:18400/"
    assert "residents" not in demo.said
    assert demo.noted()["accounts"] == before
    assert demo.get("api/v1/targets/", user="worker")[0] == 200


def test_a_supervisor_that_is_killed_leaves_nothing_running(demo: Demo, until: Until) -> None:
    left = demo.noted()["processes"].values()

    demo.kill()

    until(lambda: not [pid for pid in left if lives(pid)])
    until(lambda: not machine.answers(Services(demo.var / "servers").pg_socket))
    demo.start(18400)
    demo.stop()


def lives(pid: int) -> bool:
    """Not one of those that nobody has asked after since they died."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z" not in stat.read_text()


def manage_demo(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
