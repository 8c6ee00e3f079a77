"""Every known-bad design can still be put into a worker: what it replaces is where it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos import mutants
from tests.chaos.mutants_patching import DisarmedError, method, replaced, reworded

PUT_IN = """
import json, os, sys, traceback
import django
django.setup()
from tests.chaos import mutants
for name in [*mutants.MUTANTS, *mutants.CONTROLS]:
    reading, writing = os.pipe()
    if not os.fork():
        try:
            mutants.put_in(name)
            said = ""
        except BaseException:
            said = traceback.format_exc()
        os.write(writing, said.encode()[-4000:])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        sys.stdout.write(json.dumps([name, told.read()]) + chr(10))
    os.wait()
"""


@pytest.fixture(scope="module")
def troubles() -> dict[str, str]:
    """Mutant -> why it could not be put in; each in a process of its own."""
    here = Path(mutants.__file__).parent
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(here / "connectors"), str(here.parents[1])]),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    ran = subprocess.run([sys.executable, "-c", PUT_IN], env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(line) for line in ran.stdout.splitlines())


@pytest.mark.parametrize("name", [*mutants.MUTANTS, *mutants.CONTROLS])
def test_it_can_be_put_in(troubles: dict[str, str], name: str) -> None:
    assert troubles[name] == ""


def test_there_are_ten_at_least_and_each_says_what_must_break() -> None:
    assert len(mutants.MUTANTS) >= 10
    assert all(one.breaks and one.zh and one.en for one in mutants.MUTANTS.values())
    assert not any(one.breaks for one in mutants.CONTROLS.values())


def test_a_function_that_went_away_disarms_nobody_unseen() -> None:
    with pytest.raises(DisarmedError, match="no such_function"):
        replaced("gridapp.delivery.claim", "such_function", lambda old: old)


def test_a_method_that_went_away_disarms_nobody_unseen() -> None:
    with pytest.raises(DisarmedError, match="no such_method"):
        method(Path, "such_method", lambda old: old)


def test_a_statement_that_was_rewritten_disarms_nobody_unseen() -> None:
    with pytest.raises(DisarmedError, match="does not say"):
        reworded("gridapp.delivery.claim", "a word that stands nowhere", "")
