"""A31: what is held between a connector and what is not its own. What is not, since it is code that runs in the worker,
stands in docs/security.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.conf import settings

from gridapp import sealing
from gridapp.catalogue.models import Target
from gridapp.contract import Connector, Outcome, Parcel, Setting

CONNECTORS = settings.BASE_DIR / "connectors"
OURS = ("gridapp.contract", "gridapp.dictionary", "gridapp.egress")
"""What of the product a connector may know: what it speaks, and the list of where it may go."""
HELPERS = ("sandbox", "testing", "tests", "subject.py", "trial.py", "cast.py")
SURROUNDINGS = {"transport/browser.py"}
"""Where the environment is read: which browser there is, and what it is passed on."""


def modules() -> Iterator[Path]:
    """Those that run in a worker."""
    return (path for path in CONNECTORS.rglob("*.py") if not set(path.parts).intersection(HELPERS))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ([f"gridapp.{one.name}" for one in node.names] if node.module == "gridapp" else [node.module])


def test_a_connector_knows_neither_tables_nor_keys_nor_other_connectors_accounts() -> None:
    known = {(str(path.relative_to(CONNECTORS)), name) for path in modules() for name in imported(path)}

    assert len(known) > 100
    assert {one for one in known if one[1].partition(".")[0] in ("django", "celery", "importlib", "ctypes")} == set()
    assert {
        one for one in known if one[1].startswith("gridapp") and ".".join(one[1].split(".")[:2]) not in OURS
    } == set()


def test_a_connector_does_not_look_at_the_environment() -> None:
    looking = {path for path in modules() if any(word in path.read_text() for word in ("environ", "getenv"))}

    assert {str(path.relative_to(CONNECTORS)) for path in looking} == SURROUNDINGS


def test_a_connector_keeps_no_setting_that_it_did_not_ask_for() -> None:
    class One(Connector):
        settings = (Setting("url", "地址", "address"),)

        async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
            return []

    assert One({"url": "https://a.example", "password_of_another": "x"}).setting == {"url": "https://a.example"}


@pytest.mark.django_db
def test_settings_of_one_target_do_not_open_as_those_of_another() -> None:
    mine, theirs = Target(pk=1, key="ONE"), Target(pk=2, key="TWO")
    theirs.sealed_settings = sealing.seal_json({"password": "x"}, bound_to=theirs.bound_to)
    mine.sealed_settings = theirs.sealed_settings

    assert theirs.settings()["password"] == "x"
    with pytest.raises(sealing.Unsealable):
        mine.settings()
