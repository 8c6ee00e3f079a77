"""Secrets come from the environment, a file or a vault's command; nothing that can be guessed, nothing twice."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from gridapp import keyring

VALUE = "7e" * 32
GOOD = {
    "SECRET_KEY": "k3y-" + "qwertzuiop" * 6, "INDEX_KEY": "0123456789abcdef" * 4,
    "SEALING_KEYS": "1:aes:" + "fedcba98" * 8,
    "AUDIT_KEYS": "1:" + "76543210" * 8, "METRICS_TOKEN": "",
}  # fmt: skip


def found(folder: Path, *, development: bool = False) -> str:
    return keyring.secret("SEALING_KEYS", lambda: "made", development=development, kept=folder / "secrets")


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for way in ("", "_FILE", "_COMMAND"):
        monkeypatch.delenv(f"SEALING_KEYS{way}", raising=False)


def file(folder: Path, *, mode: int = 0o600) -> Path:
    path = folder / "key"
    path.write_text(f"{VALUE}\n")
    path.chmod(mode)
    return path


def command(code: str) -> str:
    return f"{sys.executable} -c {shlex.quote(code)}"


def test_three_ways_lead_to_the_same_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = {"": VALUE, "_FILE": str(file(tmp_path)), "_COMMAND": command(f"print({VALUE!r})")}

    for way, said in ways.items():
        monkeypatch.setenv(f"SEALING_KEYS{way}", said)
        assert found(tmp_path) == VALUE
        monkeypatch.delenv(f"SEALING_KEYS{way}")


def test_two_ways_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALING_KEYS", VALUE)
    monkeypatch.setenv("SEALING_KEYS_FILE", str(file(tmp_path)))

    with pytest.raises(ImproperlyConfigured, match="one of them"):
        found(tmp_path)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o602])
def test_a_file_that_others_read_or_write_is_refused_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    monkeypatch.setenv("SEALING_KEYS_FILE", str(file(tmp_path, mode=mode)))

    with pytest.raises(ImproperlyConfigured, match="chmod 600"):
        found(tmp_path)

    assert found(tmp_path, development=True) == VALUE


@pytest.mark.parametrize(
    "code",
    [
        f"print({VALUE!r}); raise SystemExit(3)",
        f"import sys; sys.stderr.write({VALUE!r}); raise SystemExit(1)",
        f"import signal; print({VALUE!r}, flush=True); signal.pause()",
        "pass",
        "import sys; sys.stdout.buffer.write(bytes([255, 254]))",
    ],
)
def test_a_vault_that_fails_stops_the_start_and_its_words_are_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setenv("SEALING_KEYS_COMMAND", command(code))
    monkeypatch.setenv("KEY_COMMAND_SECONDS", "1")

    with pytest.raises(ImproperlyConfigured) as refused:
        found(tmp_path)

    assert VALUE not in str(refused.value)
    assert refused.value.__cause__ is None


def test_production_makes_no_secret_by_itself(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="must be set in production"):
        found(tmp_path)

    assert not (tmp_path / "secrets").exists()
    assert found(tmp_path, development=True) == "made"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "django-insecure-" + "qwertzuiop" * 6),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 64),
        ("INDEX_KEY", "changeme" * 8),
        ("INDEX_KEY", ""),
        ("INDEX_KEY", GOOD["SECRET_KEY"]),
        ("INDEX_KEY", "FEDCBA98" * 8),  # that of the sealing key, written in capitals
        ("AUDIT_KEYS", "1:" + "0123456789abcdef" * 4),
        ("METRICS_TOKEN", GOOD["SECRET_KEY"]),
    ],
)
def test_production_does_not_start_with_what_can_be_guessed_or_serves_twice(name: str, value: str) -> None:
    keyring.refuse(GOOD)

    with pytest.raises(ImproperlyConfigured, match=name) as refused:
        keyring.refuse(GOOD | {name: value})

    assert not value or value not in str(refused.value)
