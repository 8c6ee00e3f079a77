"""A department that gridapp has never heard of, in a package of its own: installed, found, certified.

It was made by following docs/connectors.md; nothing else in this tree knows its name.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

PROJECT = Path(__file__).parents[1] / "third_party" / "property_security"
KNOWN_BY = {"README.md", "docs/connectors.md", "CHANGELOG.md", "pyproject.toml", "tests/connectors/test_third_party.py"}
"""Who may name it: pages that point at the example, the type checker's path, this module."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as an installer leaves it: its files, and what it says about itself beside them.

    Written out here because no installer and no network is at hand in every place where the suite runs.
    """
    site = tmp_path_factory.mktemp("site")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    about, groups = project["project"], project["project"]["entry-points"]
    for package in project["tool"]["setuptools"]["packages"]:
        shutil.copytree(PROJECT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    folder = site / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n")
    lines: list[str] = []
    for group, points in groups.items():
        lines += [f"[{group}]", *(f"{name} = {at}" for name, at in points.items())]
    (folder / "entry_points.txt").write_text("\n".join(lines))
    return site


def run(site: Path, folder: Path, *arguments: str) -> str:
    """Runs Python where gridapp and the package are installed, without anything of this suite; returns its output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(site), str(settings.BASE_DIR)])
    command = [sys.executable, *arguments]
    ran = subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return ran.stdout


def test_the_kit_certifies_it_by_its_name(site: Path, tmp_path: Path) -> None:
    kit = ["-p", "connectors.testing.plugin", "--connector", "property_security"]

    said = run(site, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django", *kit)

    assert "failed" not in said
    assert int(said.split()[-4]) >= 50, said  # "57 passed in 4.05s"


def test_its_own_tests_pass_in_its_own_repository(site: Path, tmp_path: Path) -> None:
    shutil.copytree(PROJECT, tmp_path / "repository")

    said = run(site, tmp_path / "repository", "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:django")

    assert "passed" in said and "failed" not in said


def test_gridapp_finds_it_like_any_other(site: Path, tmp_path: Path) -> None:
    asked = (
        "import json; from gridapp.catalogue import profiles; "
        "one = profiles.connector('property_security'); "
        "print(json.dumps([one.__name__, one.profile.zh, len(one.settings), dict(profiles.broken())]))"
    )

    assert json.loads(run(site, tmp_path, "-c", asked)) == ["PropertySecurity", "物业安保系统", 3, {}]


def test_nobody_else_in_this_tree_knows_it() -> None:
    listed = subprocess.run(
        ["git", "grep", "-l", "property_security"], cwd=settings.BASE_DIR, check=True, capture_output=True, text=True
    )
    outside = {name for name in listed.stdout.splitlines() if not name.startswith("tests/third_party/")}

    assert outside <= KNOWN_BY | {"gridapp/catalogue/management/commands/startconnector.py"}
