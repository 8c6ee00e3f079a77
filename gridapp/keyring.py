"""Where secrets come from: the environment, a file, or a command that asks a vault; and that no two are the same.

Of `NAME`, `NAME_FILE` and `NAME_COMMAND` one is given. The command is run once, when the process starts; what it says
is never repeated, in no error either.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

WITHIN = 30.0
"""Seconds that a command has, unless KEY_COMMAND_SECONDS says otherwise."""
SECRETS = ("SECRET_KEY", "INDEX_KEY", "INDEX_KEY_BEFORE", "SEALING_KEYS", "AUDIT_KEYS", "METRICS_TOKEN")
"""Names of settings that hold one, each for one purpose."""
_SHORTEST = {"SECRET_KEY": 50, "INDEX_KEY": 32}
"""Characters; `manage.py check --deploy` asks the same of the first."""
_DIFFERENT = 5
"""Characters that a secret has at least, however long it is."""
_WORDS = ("django-insecure", "changeme", "change-me", "change_me", "your-secret", "secret-key", "password")
_LONGEST = 2**20
_OTHERS = 0o077


def secret(name: str, make: Callable[[], str], *, development: bool, kept: Path) -> str:
    """The secret of that name; in development made once and kept in the folder `kept`, readable by its owner alone.

    Raises ImproperlyConfigured, which says the name and never what was found.
    """
    ways = {name: _said, f"{name}_FILE": _from_file, f"{name}_COMMAND": _from_command}
    given = [way for way in ways if os.environ.get(way)]
    if len(given) > 1:
        raise ImproperlyConfigured(f"{' and '.join(given)} are set: one of them")
    if given:
        found = ways[given[0]](given[0], strict=not development).strip()
        if not found:
            raise ImproperlyConfigured(f"{given[0]} gives nothing")
        return found
    if not development:
        raise ImproperlyConfigured(f"{name} must be set in production")
    return _kept(kept / name.lower(), make)


def another(name: str, *, development: bool, kept: Path) -> str:
    """The same of a secret that there is only at times; "" without it."""
    given = any(os.environ.get(way) for way in (name, f"{name}_FILE", f"{name}_COMMAND"))
    return secret(name, str, development=development, kept=kept) if given else ""


def refuse(texts: Mapping[str, str]) -> None:
    """What production does not start with: a secret that can be guessed, or one for two purposes.

    Raises ImproperlyConfigured, with names alone.
    """
    for name in _SHORTEST:
        if can_be_guessed(name, texts[name]):
            raise ImproperlyConfigured(f"{name} can be guessed: secrets.token_hex(32) makes one that cannot")
    if same := twice(texts):
        raise ImproperlyConfigured(f"{same[0][0]} and {same[0][1]} hold the same secret: one each")


def can_be_guessed(name: str, value: str) -> bool:
    """Short, of few characters, or a word that people put where a secret belongs."""
    short = len(value) < _SHORTEST.get(name, 0) or len(set(value)) < _DIFFERENT
    return short or any(word in value.lower() for word in _WORDS)


def twice(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of names that hold the same secret, in whatever form it is written: whoever learns one knows another."""
    holders: dict[str, list[str]] = defaultdict(list)
    for name, text in texts.items():
        for value in _secrets_in(text):
            holders[value].append(name)
    return sorted({(names[0], names[1]) for names in holders.values() if len(names) > 1})


def _secrets_in(text: str) -> list[str]:
    """`1:aes:ab…,2:sm4:cd…:opens` -> ab…, cd…: of each part the longest piece, in lower case."""
    parts = (part.strip() for part in text.split(","))
    return [max(part.split(":"), key=len).lower() for part in parts if part]


def _said(name: str, *, strict: bool) -> str:
    return os.environ[name]


def _from_file(name: str, *, strict: bool) -> str:
    path = Path(os.environ[name])
    try:
        mode = path.stat().st_mode
        if strict and mode & _OTHERS:
            raise ImproperlyConfigured(f"{name}: others than its owner may read or write it, chmod 600")
        return path.read_bytes()[:_LONGEST].decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {type(error).__name__}") from None


def _from_command(name: str, *, strict: bool) -> str:
    within = float(os.environ.get("KEY_COMMAND_SECONDS", WITHIN))
    try:
        done = subprocess.run(  # noqa: S603 - whoever may set it may set the secret itself
            shlex.split(os.environ[name]), capture_output=True, timeout=within, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            raise ImproperlyConfigured(f"{name} ended with {done.returncode}")
        return done.stdout[:_LONGEST].decode()
    except subprocess.TimeoutExpired:
        raise ImproperlyConfigured(f"{name} took longer than {within:g} s") from None
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} cannot be run: {type(error).__name__}") from None


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(make())
        with contextlib.suppress(FileExistsError):
            os.link(part, path)  # the first process wins, the others read what it wrote
        part.unlink()
    return path.read_text().strip()
