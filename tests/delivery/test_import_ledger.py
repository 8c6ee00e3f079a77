"""manage.py import_ledger: a file on the machine becomes entries in somebody's name, once."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gridapp.org.models import User
from gridapp.registry.models import Ledger
from tests.delivery.test_ledgers import home_code, people, supervisor  # noqa: F401 - fixtures
from tests.registry.ledger_books import book, person

pytestmark = pytest.mark.usefixtures("scripted")
# ruff: noqa: F811


def imported(file: Path, *options: str) -> str:
    said = io.StringIO()
    call_command("import_ledger", str(file), "--by", "supervisor", *options, stdout=said)
    return said.getvalue()


def test_a_ledger_is_imported_from_the_command_line_and_again_is_the_same(
    supervisor: User, home_code: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(book(person(home_code), person(home_code, phone="12")))

    guessed = imported(file)
    done = imported(file, "--start")
    again = imported(file, "--start")

    assert "身份证号码 = id_number" in guessed
    assert "done: 1 entered, 0 known already, 0 differ, 1 wrong" in done
    assert again == done.splitlines()[-1] + "\n"
    assert Ledger.objects.count() == 1


def test_the_command_says_what_is_lacking_and_takes_it(supervisor: User, home_code: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    row = person(home_code)
    titles = "姓名,证号,电话,居住方式,入住时间,房屋编码\n"
    file.write_text(titles + ",".join([row[1], row[2], row[3], row[5], row[6], row[7]]) + "\n", encoding="utf-8")

    with pytest.raises(CommandError, match="id_number, ethnicity"):
        imported(file, "--start")
    with pytest.raises(CommandError, match="no field nothing"):
        imported(file, "--column", "证号=nothing")
    done = imported(file, "--start", "--column", "证号=id_number", "--set", "ethnicity=01")

    assert "done: 1 entered" in done


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--by", "worker"], "may import"),
        (["--grid", "990102001001001"], "none of their areas"),
        ([], "no ledger: empty"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(supervisor: User, tmp_path: Path, options: list[str], said: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"")

    with pytest.raises(CommandError, match=said):
        call_command("import_ledger", str(file), *(["--by", "supervisor"] if "--by" not in options else []), *options)
