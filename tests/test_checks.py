"""The checks at start-up say what is wrong before anything is stored the wrong way."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from gridapp import checks


@pytest.mark.parametrize("keys", ["1:aes:" + "ab" * 32, "1:aes:" + "ab" * 32 + ",2:sm4:" + "cd" * 16])
def test_keys_of_both_kinds_pass(settings: Settings, keys: str) -> None:
    settings.SEALING_KEYS = keys

    assert checks.ciphers_work(None) == []


@pytest.mark.parametrize("keys", ["", "1:aes:00", "1:des:" + "ab" * 32, "nonsense"])
def test_keys_that_cannot_be_used_are_told_without_being_shown(settings: Settings, keys: str) -> None:
    settings.SEALING_KEYS = keys

    (problem,) = checks.ciphers_work(None)

    assert problem.id == "gridapp.E001"
    assert "ab" * 32 not in problem.msg


@pytest.mark.django_db
def test_our_own_database_takes_chinese_for_letters() -> None:
    assert checks.letters_are_letters(None, databases=["default"]) == []


def test_no_database_is_asked_unless_it_is_named() -> None:
    assert checks.letters_are_letters(None) == []


@pytest.mark.django_db
def test_a_database_without_chinese_letters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_SAMPLE", "①②")  # no letters here either: what LC_CTYPE C says of Chinese

    (problem,) = checks.letters_are_letters(None, databases=["default"])

    assert problem.id == "gridapp.E003"
    assert problem.hint and "LC_CTYPE" in problem.hint
