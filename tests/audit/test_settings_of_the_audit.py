"""Settings that would make the audit worth nothing are refused before anything is noted."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from gridapp import auditing
from gridapp.audit.checks import chains_can_be_made


def loaded() -> Any:
    """The settings read anew from the environment."""
    spec = importlib.util.spec_from_file_location("anew", Path(auditing.__file__))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUDIT_DIGEST", "md5"),
        ("AUDIT_CHAIN_EVERY", "6"),
        ("AUDIT_CHAIN_EVERY", "0"),
        ("AUDIT_ANCHOR_EVERY", "100000"),
        ("AUDIT_ANCHOR_COMMAND", "post 'unclosed"),
        ("AUDIT_ANCHOR_COMMAND", "post \\"),
        ("AUDIT_ANCHOR_COMMAND", " "),
        ("AUDIT_TSA_URL", "https://time.example"),  # and no AUDIT_TSA_CA
    ],
)
def test_they_are_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured, match="AUDIT_"):
        loaded()


def test_with_nothing_set_notes_are_chained_within_five_seconds() -> None:
    assert (loaded().AUDIT_DIGEST, loaded().AUDIT_CHAIN_EVERY <= 5) == ("sm3", True)


@pytest.mark.parametrize("keys", ["", "1", "1:abc", "one:" + "ab" * 32, "1:" + "ab" * 16])
def test_keys_that_are_none_are_found_by_check_and_not_repeated(keys: str, settings: Any) -> None:
    well = chains_can_be_made(None)
    settings.AUDIT_KEYS = keys

    (problem,) = chains_can_be_made(None)

    assert well == []
    assert problem.id == "gridapp.audit.E001"
    assert "abab" not in problem.msg
