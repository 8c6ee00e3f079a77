"""What this machine allows: whose rights a server gets, which folders may be used, what is found in a wheel."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

START_SECONDS = 60.0
SHARED_FOLDER = Path("/var/tmp")  # noqa: S108 - only folders that make_own() has found to be ours are used in it


class EmbeddedError(RuntimeError):
    """A server cannot be found, started or stopped; says what to do."""


class RunAs(TypedDict, total=False):
    """Rights of another user, in the words of subprocess.run; empty: our own."""

    user: int
    group: int
    extra_groups: list[int]


def rights() -> RunAs:
    """PostgreSQL refuses to run as root: it gets nobody's rights then."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def digest(text: str) -> str:
    """Twelve characters that tell paths apart where the path itself would be too long."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def others_may_enter(path: Path) -> bool:
    """True when a user without any rights of their own gets as far as this folder."""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents])


def make_own(path: Path, mode: int, *, owner: RunAs | None = None) -> Path:
    """Makes a folder that is ours, or `owner`'s. Raises EmbeddedError when somebody else put it there (in /tmp)."""
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in (os.geteuid(), (owner or {}).get("user")):
        raise EmbeddedError(f"{path} belongs to somebody else: remove it, or set GRIDAPP_VAR to a folder of your own")
    path.chmod(mode)
    if owner:
        os.chown(path, owner["user"], owner["group"])
    return path


def in_package(name: str, pattern: str) -> Path | None:
    """The first path of an installed package that fits. Does not import it: importing PostgreSQL's starts things."""
    spec = importlib.util.find_spec(name)
    for root in (spec.submodule_search_locations or []) if spec else []:
        for found in sorted(Path(root).glob(pattern)):
            return found
    return None


def answers(path: Path) -> bool:
    """True when somebody listens on this Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def wait(until: Callable[[], bool], otherwise: str) -> None:
    """Returns as soon as `until()` is true; raises EmbeddedError(otherwise) after a minute."""
    end = time.monotonic() + START_SECONDS
    while not until():
        if time.monotonic() > end:
            raise EmbeddedError(otherwise)
        time.sleep(0.02)
