"""SM2 signatures between us and OpenSSL, which is no library of ours: each side holds what the other has signed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from connectors.transport.guomi import Sm2Key, sm2_verify, sm3

MESSAGE = "一次录入，处处到位".encode()
AGREED = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]


def openssl(*arguments: str | Path, cwd: Path) -> str:
    return subprocess.run(["openssl", *map(str, arguments)], cwd=cwd, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def key(tmp_path: Path) -> Sm2Key:
    """A key that OpenSSL has made; it lies in key.pem, the message in message."""
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "key.pem", cwd=tmp_path)
    (tmp_path / "message").write_bytes(MESSAGE)
    shown = openssl("pkey", "-in", "key.pem", "-text", "-noout", cwd=tmp_path)
    private = re.search(r"priv:\s*([0-9a-f:\s]+?)pub:", shown)
    assert private
    return Sm2Key(re.sub(r"[:\s]", "", private[1])[-64:].rjust(64, "0"))


def test_what_openssl_signs_holds_here(key: Sm2Key, tmp_path: Path) -> None:
    openssl("pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", "-out", "signature", *AGREED, cwd=tmp_path)

    signature = (tmp_path / "signature").read_bytes()

    assert sm2_verify(key.public_hex, MESSAGE, signature)
    assert not sm2_verify(key.public_hex, MESSAGE + b".", signature)


def test_what_we_sign_holds_there(key: Sm2Key, tmp_path: Path) -> None:
    (tmp_path / "signature").write_bytes(key.sign(MESSAGE))

    said = openssl(
        "pkeyutl", "-verify", "-inkey", "key.pem", "-in", "message", "-sigfile", "signature", *AGREED, cwd=tmp_path
    )

    assert "Verified Successfully" in said


def test_both_make_the_same_digest(key: Sm2Key, tmp_path: Path) -> None:
    assert sm3(MESSAGE).hex() in openssl("dgst", "-sm3", "message", cwd=tmp_path)
