"""What the product is made of: known exactly, the same everywhere, and nothing of it fetched by a page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = [Requirement(line) for line in PROJECT["tool"]["uv"]["constraint-dependencies"]]
INSTALLED: dict[str, str] = {canonicalize_name(one.metadata["Name"]): one.version for one in distributions()}
TOOLS = {"gridapp", "pip", "setuptools", "wheel"}


def pinned() -> dict[str, str | None]:
    here = [pin for pin in PINS if pin.marker is None or pin.marker.evaluate({"extra": ""})]
    return {str(canonicalize_name(pin.name)): str(pin.specifier).removeprefix("==") for pin in here}


def test_every_package_that_is_installed_is_the_one_that_is_pinned() -> None:
    known = pinned()
    from_tests = {"property-security", "chaos-connectors"}  # packages of the tests, put on the path by some of them

    others = {name: version for name, version in INSTALLED.items() if name not in TOOLS | from_tests}

    assert {name: (version, known.get(name)) for name, version in others.items() if known.get(name) != version} == {}


def test_a_pin_is_one_version_and_names_no_place() -> None:
    assert len(PINS) > 100
    assert [str(pin) for pin in PINS if pin.url or not re.fullmatch(r"==[0-9][^,*]*", str(pin.specifier))] == []
    direct = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    assert [
        str(one)
        for one in direct
        if one.url or canonicalize_name(one.name) not in {p.name for p in PINS} | set(pinned())
    ] == []


def bill(path: Path) -> bytes:
    told = ["environment", "--pyproject", "pyproject.toml", "--mc-type", "application", "--output-reproducible", "-o"]
    command = [str(Path(sys.executable).with_name("cyclonedx-py")), *told, str(path), sys.executable]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return path.read_bytes()


def test_the_bill_of_materials_names_everything_and_is_the_same_each_time(tmp_path: Path) -> None:
    first, second = bill(tmp_path / "first.json"), bill(tmp_path / "second.json")

    told: dict[str, str] = {canonicalize_name(one["name"]): one["version"] for one in json.loads(first)["components"]}
    assert first == second
    assert {name for name in pinned() if name in INSTALLED} <= told.keys()
    assert told["django"] == pinned()["django"]


@pytest.mark.parametrize("name", ["pickle", "msgpack", "yaml"])
def test_the_broker_is_believed_in_json_alone(name: str) -> None:
    from gridapp.celery import app

    assert set(app.conf.accept_content) == {"json"}
    assert app.conf.result_backend is None
    assert app.conf.task_serializer == "json"
    assert name not in app.conf.accept_content
