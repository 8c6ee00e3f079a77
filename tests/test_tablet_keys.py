"""Key pairs of tablets: read, handed out, rotated; what they cannot be is said without repeating them."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings as product
from django.core.management import call_command

from gridapp import checks, tablet_keys
from tests.desk.tablets import sealed

ID = "6f2f4f0e-0000-4000-8000-000000000000"
FIRST, SECOND = tablet_keys.make(1), tablet_keys.make(2)


def written(key: Any) -> str:
    encoded = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(encoded).decode()


def as_sealed(envelope: dict[str, str]) -> tablet_keys.Sealed:
    parts = (base64.b64decode(envelope[name]) for name in ("wrapped", "iv", "sealed"))
    return tablet_keys.Sealed(envelope["key"], *parts)


def test_what_a_tablet_sealed_opens_for_its_entry(settings: Any) -> None:
    settings.TABLET_KEYS = FIRST
    key = tablet_keys.newest()

    found = as_sealed(sealed(ID, json.dumps({"name": "测试甲"}), {"id": key.id, "spki": key.spki}))

    assert json.loads(tablet_keys.unseal(found, bound_to=ID)) == {"name": "测试甲"}
    with pytest.raises(tablet_keys.Unsealable):
        tablet_keys.unseal(found, bound_to=ID.upper())


def test_the_last_key_is_handed_out_and_every_key_opens(settings: Any) -> None:
    settings.TABLET_KEYS = FIRST
    old = tablet_keys.newest()
    found = as_sealed(sealed(ID, "x", {"id": old.id, "spki": old.spki}))

    settings.TABLET_KEYS = f"{FIRST}, {SECOND}"

    assert tablet_keys.newest().id == "2"
    assert tablet_keys.unseal(found, bound_to=ID) == b"x"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "1",
        "1:",
        "1:abc",
        "one:" + FIRST[2:],
        FIRST[2:],
        "1:" + written(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        "1:" + written(ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["none", "comma", "id", "empty", "short", "no number", "no id", "too small", "no rsa"],
)
def test_what_is_no_key_is_refused_without_being_repeated(text: str, settings: Any) -> None:
    settings.TABLET_KEYS = text

    with pytest.raises(ValueError, match="tablet key") as error:
        tablet_keys.parse(text)

    assert "MII" not in str(error.value)
    assert [one.id for one in checks.tablets_can_seal(None)] == ["gridapp.E004"]


def test_the_keys_of_this_instance_are_usable() -> None:
    assert checks.tablets_can_seal(None) == []


def test_a_new_key_has_the_next_number_and_is_written_nowhere(settings: Any) -> None:
    settings.TABLET_KEYS = f"{FIRST},{SECOND}"
    said = StringIO()

    call_command("tabletkey", stdout=said)

    assert list(tablet_keys.parse(f"{settings.TABLET_KEYS},{said.getvalue()}")) == ["1", "2", "3"]


def test_production_does_not_start_without_keys() -> None:
    told = {
        "GRIDAPP_DEBUG": "0",
        "SECRET_KEY": "x",
        "SEALING_KEYS": "x",
        "INDEX_KEY": "x",
        "AUDIT_KEYS": "x",
        "PATH": "",
    }

    started = subprocess.run(
        [sys.executable, "-c", "import gridapp.settings"],
        env=told,
        cwd=Path(product.BASE_DIR),
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 1
    assert "TABLET_KEYS must be set in production" in started.stderr


def test_in_development_they_are_made_once_and_only_their_owner_reads_them() -> None:
    kept = Path(product.VAR) / "secrets" / "tablet_keys"

    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.read_text().strip() == product.TABLET_KEYS
