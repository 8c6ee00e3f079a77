"""What a mapping is, as one word: the same everywhere, another one for whatever changes what is sent."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from gridapp.catalogue import fingerprint
from gridapp.catalogue.profiles import connector, profiles
from gridapp.contract import Kind, is_in

from .conftest import PROFILE

pytestmark = pytest.mark.django_db


def test_the_word_of_a_mapping_is_the_same_in_every_process() -> None:
    asked = (
        "import django; django.setup()\n"
        "from gridapp.catalogue.fingerprint import fingerprint\n"
        "from gridapp.catalogue.profiles import connector, profiles\n"
        "print([fingerprint(connector(slug)) for slug in profiles()])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", asked],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=settings.BASE_DIR,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    ours = [fingerprint.fingerprint(found) for slug in profiles() if (found := connector(slug))]
    assert said == {f"{ours}\n"}
    assert len(set(ours)) == len(ours)


@pytest.mark.parametrize(
    "changed",
    [
        {"layouts": {}},
        {"layouts": {Kind.RESIDENT: replace(PROFILE.layouts[Kind.RESIDENT], applies=is_in("sex", "1"))}},
        {"needs": ("FWBM",)},
        {"permits": frozenset({"religion"})},
    ],
    ids=["rows", "whom it concerns", "what it needs", "what it may have"],
)
def test_whatever_changes_what_is_sent_is_another_word(scripted: Any, changed: Any) -> None:
    other = type("Other", (scripted,), {"profile": replace(PROFILE, **changed)})

    assert fingerprint.fingerprint(other) != fingerprint.fingerprint(scripted)


def test_a_name_on_a_page_is_no_change_of_the_mapping(scripted: Any) -> None:
    other = type("Other", (scripted,), {"profile": replace(PROFILE, zh="别的名称", position=7)})

    assert fingerprint.fingerprint(other) == fingerprint.fingerprint(scripted)
