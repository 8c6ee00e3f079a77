"""docs/cryptography.md: each algorithm with exactly the modules that use it; a period for every key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gridapp import keyring
from tests.test_fences import OURS, name_of

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "cryptography.md").read_text()
USED = {
    "SHA-256": r"\bsha256\b|hashes\.SHA256\b",
    "SM3": r'"sm3"|\bsm3\b',
    "HMAC": r"\bhmac\.(?:new|digest)\(|HMAC\(",
    "AES-256-GCM": r"AESGCM\(",
    "SM4": r"algorithms\.SM4",
    "CBC": r"modes\.CBC",
    "ECB": r"modes\.ECB",
    "SM2": r"gmalg\.",
    "RSA-OAEP": r"padding\.OAEP",
    "ECDSA P-256": r"ec\.ECDSA",
    "age": r"pyrage\.",
    "TOTP": r"pyotp\.",
    "JWS": r"joserfc|authlib",
    "TLS": r"\bssl\.(?:create|SSL)",
    "SSH": r"asyncssh\.connect",
    "BLAKE2": r"blake2",
    "MD5": r"hashlib\.md5\b|hashes\.MD5\b",
}
"""Algorithm -> what shows in a module that it is used."""
UNWANTED = r"sha1\b|SHA1\b|TripleDES|ARC4|Blowfish|algorithms\.(?!SM4\b|AES\b)[A-Z]|modes\.(?!CBC\b|ECB\b|GCM\b)[A-Z]"
LIBRARIES = re.compile(
    r"^(?:import|from) (?:hashlib|gmalg|pyrage|pyotp|joserfc|authlib|asyncssh|cryptography\.hazmat\S*ciphers)\b",
    re.MULTILINE,
)
ASKS = "gridapp/audit/checks.py"
"""Looks whether this Python has the algorithm that was chosen, and uses none."""


def rows(heading: str) -> dict[str, list[str]]:
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [[one.strip() for one in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in cells[2:]}


def modules(pattern: str) -> set[str]:
    return {name_of(path) for path in OURS if re.search(pattern, path.read_text())}


def test_every_algorithm_that_is_known_has_a_row() -> None:
    assert list(rows("Algorithms")) == list(USED)


@pytest.mark.parametrize("algorithm", USED)
def test_it_is_used_where_the_page_says_and_nowhere_else(algorithm: str) -> None:
    *_, places = rows("Algorithms")[algorithm]

    assert set(re.findall(r"`([^`]+\.py)`", places)) == modules(USED[algorithm])


def test_no_module_uses_what_is_not_on_the_page() -> None:
    named = {path for *_, places in rows("Algorithms").values() for path in re.findall(r"`([^`]+\.py)`", places)}

    assert {name_of(path) for path in OURS if LIBRARIES.search(path.read_text())} - named == {ASKS}
    assert modules(UNWANTED) == set()


def test_every_secret_has_a_period() -> None:
    table = rows("Keys, and how long each is used")
    named = {name for cell in table for name in re.findall(r"`([A-Z_]+)`", cell)}

    assert named >= set(keyring.SECRETS)
    assert all(len(row) == 4 and all(row) for row in table.values())
