"""Whoever looks for residents in bytes finds them as they are written there."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from tests.canaries import found

NUMBER, NAME = "990101199203040017", "欧阳金丝雀"
WRITTEN = {
    "as it is": f"…{NUMBER}…{NAME}…".encode(),
    "as a tablet's database has it": f"x{NUMBER}{NAME}".encode("utf-16-le"),
    "in a department's letters": f"{NAME}{NUMBER}".encode("gb18030"),
    "in JSON in JSON": json.dumps(json.dumps({"a": NUMBER, "b": NAME})).encode(),
    "in an address": f"/?q={quote(NAME)}&n={NUMBER}".encode(),
    "as a dump writes bytes": f"\\x00{NUMBER.encode().hex()}00{NAME.encode().hex()}".encode(),
    "in a task": base64.b64encode(json.dumps([[NUMBER, NAME], {}]).encode()),
    "in a task, one later": base64.b64encode(b" " + json.dumps([[NUMBER, NAME], {}]).encode()),
    "in a task, two later": base64.b64encode(b"  " + json.dumps([[NUMBER, NAME], {}]).encode()),
}


@pytest.mark.parametrize("there", WRITTEN.values(), ids=WRITTEN)
def test_a_resident_is_found_in_every_guise(there: bytes) -> None:
    assert found([NUMBER, NAME], there) == [NUMBER, NAME]


@pytest.mark.parametrize("there", WRITTEN.values(), ids=WRITTEN)
def test_somebody_else_is_not(there: bytes) -> None:
    assert found(["990101198511220024", "司徒百灵鸟"], there) == []
