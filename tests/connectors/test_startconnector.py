"""`manage.py startconnector`: what it makes passes the kit and its own tests before anybody has written a line."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from gridapp.catalogue import skeleton

VARIANTS = [
    ["--transport", "http"],
    ["--transport", "http", "--asynchronous"],
    ["--transport", "soap"],
    ["--transport", "tables"],
    ["--transport", "files"],
    ["--transport", "queue"],
    ["--transport", "workbook"],
]


def start(*arguments: str) -> str:
    said = StringIO()
    call_command("startconnector", *arguments, stdout=said)
    return said.getvalue()


def pytest_in(folder: Path, *arguments: str) -> str:
    """Runs pytest as an outsider does who has gridapp and this package; returns its last line."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # those that it needs it names
    environment["PYTHONPATH"] = os.pathsep.join([str(settings.BASE_DIR), str(folder)])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django", *arguments]
    ran = subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return ran.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: "".join(variant[1:]))
def test_a_package_of_its_own_passes_from_the_first_minute(
    variant: list[str], tmp_path: Path, database_url: str
) -> None:
    start("new_office", *variant, "--into", str(tmp_path), "--key", "XB", "--zh", "新办")

    assert "passed" in pytest_in(tmp_path)
    kit = ["--connector", "new_office.connector:NewOffice", "--sandbox-database", database_url]
    certified = pytest_in(tmp_path, *kit)
    assert int(certified.split()[0]) >= 35, certified


def test_a_folder_of_this_tree_passes_from_the_first_minute(tmp_path: Path) -> None:
    (tmp_path / "connectors").mkdir()
    skeleton.start(skeleton.Wanted("new_office", "http", root=tmp_path))
    # The tree's package grows by what is in the new folder, as if it were made in the tree.
    grown = f"import connectors\nconnectors.__path__.append({str(tmp_path / 'connectors')!r})\n"
    (tmp_path / "grown.py").write_text(grown)

    assert "passed" in pytest_in(tmp_path, "-p", "grown", "--import-mode=importlib", "tests/connectors/new_office")
    kit = ["-p", "connectors.testing.plugin", "--connector", "connectors.new_office.connector:NewOffice"]
    assert "passed" in pytest_in(tmp_path, "-p", "grown", *kit)


def test_it_says_which_one_line_is_to_be_added(tmp_path: Path, settings: object) -> None:
    (tmp_path / "connectors").mkdir()
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]

    said = start("new_office", "--transport", "http")

    assert 'new_office = "connectors.new_office.connector:NewOffice"' in said
    assert (tmp_path / "connectors/new_office/connector.py").exists()
    assert (tmp_path / "tests/connectors/new_office/test_new_office_samples.py").exists()
    assert not (tmp_path / "pyproject.toml").exists()


def test_a_package_of_its_own_is_registered_by_its_own_project_file(tmp_path: Path) -> None:
    start("new_office", "--transport", "http", "--into", str(tmp_path))

    project = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["gridapp.connectors"] == {"new_office": "new_office.connector:NewOffice"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new_office", "--transport", "pigeon"], "offered are: http"),
        (["New-Office", "--transport", "http"], "no name for a package"),
        (["class", "--transport", "http"], "no name for a package"),
    ],
)
def test_what_cannot_be_made_is_refused(arguments: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=said):
        start(*arguments, "--into", str(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_outside_a_checkout_it_wants_to_know_where(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--into"):
        skeleton.start(skeleton.Wanted("new_office", "http", root=tmp_path))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    start("new_office", "--transport", "http", "--into", str(tmp_path))
    mine = tmp_path / "new_office/mapping.py"
    mine.write_text("mine")

    with pytest.raises(CommandError, match="already there"):
        start("new_office", "--transport", "http", "--into", str(tmp_path))

    assert mine.read_text() == "mine"


def test_what_it_offers_is_what_is_tried_here() -> None:
    tried = {(variant[1], "--asynchronous" in variant) for variant in VARIANTS}
    offered = {(name, False) for name in skeleton.TRANSPORTS}
    offered |= {(name, True) for name in skeleton.TRANSPORTS if (skeleton.FOLDER / f"{name}_asynchronous").exists()}

    assert tried == offered


def test_its_files_are_in_the_wheel() -> None:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    (pattern,) = project["tool"]["setuptools"]["package-data"]["gridapp.catalogue"]

    packed = set((settings.BASE_DIR / "gridapp/catalogue").glob(pattern))

    assert packed == {path for path in skeleton.FOLDER.rglob("*") if path.is_file()}


def test_an_import_stands_where_its_name_belongs(tmp_path: Path) -> None:
    (tmp_path / "connectors").mkdir()
    made = skeleton.start(skeleton.Wanted("zoo", "http", root=tmp_path))

    (path,) = [one for one in made if one.name == "test_zoo_samples.py"]
    imports = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("from connectors.")]
    assert imports == sorted(imports)
