"""Which version of the forms is served: templates, scripts, tables, rules and systems connected, as one short word."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

from gridapp.catalogue import profiles
from gridapp.catalogue.fingerprint import fingerprint
from gridapp.catalogue.targets import targets

_PARTS = ("contract", "dictionary", "catalogue", "desk", "locale")
_READ = frozenset({".html", ".js", ".css", ".svg", ".py", ".json", ".mo"})
_OURS = Path(__file__).resolve().parent.parent


def version() -> str:
    """16 hex digits, the same in every process of one installation; others after an upgrade, and when a system is
    connected or switched off. At most one statement."""
    connected = [f"{one.target.key} {one.live}" for one in targets()]
    return hashlib.sha256("\n".join([_installed(), *connected]).encode()).hexdigest()[:16]


@cache
def _installed() -> str:
    """Read once a process: a file replaced under a running process does not change what that process serves."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for slug in profiles.profiles():
        speaks = profiles.connector(slug)
        digest.update(f"{slug} {fingerprint(speaks) if speaks else ''}\0".encode())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    folders = [Path(settings.BASE_DIR) / name for name in ("templates", "static")] + [_OURS / name for name in _PARTS]
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.suffix in _READ and path.is_file())
