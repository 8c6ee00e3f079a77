"""The commands of docs/api.md, sent one after the other as they stand there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gridapp.api import examples, problems
from gridapp.api.shapes import STATUSES
from gridapp.delivery.health import STATES
from gridapp.delivery.standing import MOVE_WORDS
from gridapp.org.models import Scope
from tests import factories
from tests.api.description import DescribedClient, described
from tests.files import pdf

TESTS = Path(__file__).resolve().parents[1]
PATHS = described()["paths"]
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


@dataclass
class Command:
    """One curl of the page. `keeps`: the variable that the answer's record is kept in, "" for none."""

    path: str
    body: str
    query: list[tuple[str, str]]
    keeps: str
    form: dict[str, str]


def commands() -> Iterator[Command]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for keeps, text in re.findall(
        r"^(?:([A-Z]+)=\$\()?curl (.*?)(?=\n\S*curl |\n[A-Z]+=|\Z)", "\n".join(blocks), re.MULTILINE | re.DOTALL
    ):
        words = iter(shlex.split(text.partition(" |\n")[0]))
        command = Command("", "", [], keeps, {})
        for word in words:
            if word.startswith("$URL"):
                command.path = word.removeprefix("$URL")
            elif word in {"-d", "--data-urlencode"}:
                sent = next(words)
                command.body = sent if sent.startswith("{") else command.body
                command.query += [] if sent.startswith("{") else [tuple(sent.split("=", 1))]  # type: ignore[list-item]
            elif word == "-F":
                name, _, value = next(words).partition("=")
                command.form[name] = value
        yield command


@pytest.mark.django_db
@pytest.mark.usefixtures("live_targets")
def test_the_commands_of_the_page_work_one_after_the_other(worker: DescribedClient) -> None:
    flat = examples.BODIES["housing"]
    factories.BuildingFactory.create(code=flat["fields"]["housing.building_code"], grid_code=flat["grid_code"])
    known: dict[str, str] = {}
    statuses = []

    for command in commands():
        path, body = (
            re.sub(r"\$([A-Z]+)", lambda found: known[found[1]], text) for text in (command.path, command.body)
        )
        if body:
            answer = worker.post(path, body.encode(), content_type="application/json")
        elif command.form:
            page = SimpleUploadedFile(command.form["file"].removeprefix("@"), pdf())
            answer = worker.post(path, command.form | {"file": page}, format="multipart")
        else:
            answer = worker.get(f"{path}?{urlencode(command.query)}")
        statuses.append(answer.status_code)
        if command.keeps:
            known[command.keeps] = answer.json()["record"]

    assert statuses == [200, 201, 200, 201, 200, 201, 201, *[200] * 7, 422]  # no department asks for the file


def test_the_page_names_every_status_of_a_delivery_a_system_and_an_answer() -> None:
    assert [word for word in (*STATUSES, *MOVE_WORDS, *STATES) if f"`{word}`" not in PAGE] == []
    numbers = {str(problems.document(code, words=dict.fromkeys(WORDS, 1))["status"]) for code in problems.CODES}
    assert numbers - set(re.findall(r"\d{3}", PAGE)) == set()


def test_each_of_the_ten_kinds_of_attack_has_three_tests_that_there_are() -> None:
    folders = (TESTS / "api", TESTS / "webhooks")
    there = {name for folder in folders for path in folder.glob("test_*.py")
             for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)}  # fmt: skip

    rows = re.findall(r"^\| API(\d+) .*", PAGE, re.MULTILINE)
    named = [re.findall(r"`(test_\w+)`", line) for line in PAGE.splitlines() if line.startswith("| API")]

    assert rows == [str(number) for number in range(1, 11)]
    assert [row for row in named if len(row) < 3] == []
    assert [name for row in named for name in row if name not in there] == []


def test_the_page_names_every_scope_and_every_operation() -> None:
    paths = [path.replace("entry_id", "id").replace("record_id", "id").replace("endpoint_id", "id") for path in PATHS]

    assert [scope for scope in Scope.values if f"`{scope}`" not in PAGE] == []
    assert [path for path in paths if path not in PAGE] == []


WORDS = ("line", "column", "expected", "method", "most", "count", "wait", "scope")
