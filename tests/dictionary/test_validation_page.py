"""docs/validation.md: every rule of values together, in both languages, and every limit of a file that is read."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from connectors.transport import workbook
from gridapp.api import body, callbacks
from gridapp.delivery import archive_files
from gridapp.dictionary import agreement, attachments
from gridapp.dictionary.refusals import refusal
from gridapp.ocr import engine
from gridapp.registry import ledgers_reading
from gridapp.settings import DATA_UPLOAD_MAX_MEMORY_SIZE, DATA_UPLOAD_MAX_NUMBER_FIELDS, FILE_UPLOAD_MAX_MEMORY_SIZE

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "validation.md").read_text()
MB = 1024 * 1024


def rows(heading: str) -> list[list[str]]:
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [[one.strip() for one in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")][
        2:
    ]


def rules() -> list[tuple[str, str, str]]:
    """(field, code, the other field or "") of everything that agreement.py can refuse, in its order."""
    calls = [one for one in ast.walk(ast.parse(inspect.getsource(agreement))) if isinstance(one, ast.Call)]
    calls = [one for one in calls if ast.unparse(one.func) == "refusal"]
    said = [one.args for one in calls if all(isinstance(word, ast.Constant) for word in one.args)]
    told = [[ast.literal_eval(word) for word in words] for words in said]
    found = [(field, code, "") for field, code in told]
    found += [(field, code, "") for field, code in agreement._NOT_IN_FUTURE.items()]
    found += [(field, "before_birth", "") for field in agreement._NOT_BEFORE_BIRTH]
    found += [(field, code, other) for field, other, code in agreement._ORDER]
    return list(dict.fromkeys(found))


def written(field: str, code: str, other: str) -> list[str]:
    words = refusal(field, code, other=other) if other else refusal(field, code)
    return [f"`{field}`", f"`{code}`", words.zh, words.en]


def test_every_rule_of_values_together_is_on_the_page_in_the_words_that_people_read() -> None:
    expected = [written(*rule) for rule in rules()]

    assert len(expected) >= 30
    assert rows("Values that must agree") == expected


@pytest.mark.parametrize(
    ("what", "limits"),
    [
        ("a form of a page", [f"{DATA_UPLOAD_MAX_MEMORY_SIZE // MB} MB", f"{DATA_UPLOAD_MAX_NUMBER_FIELDS} fields"]),
        ("a request with files", [f"{FILE_UPLOAD_MAX_MEMORY_SIZE // MB} MB"]),
        ("JSON of the API, a callback", [f"{body.LARGEST // 1024} KiB", f"{callbacks.LARGEST // 1024} KiB"]),
        ("a scan for a department", [f"{attachments.LARGEST // MB} MB"]),
        ("a picture of a card", [f"{engine._MOST_PIXELS // 1_000_000} million pixels"]),
        ("a ledger", [
            f"{ledgers_reading.LARGEST // MB} MB", f"unpacked {ledgers_reading.LIMITS.unpacked // MB} MB",
            f"{ledgers_reading.LIMITS.ratio} times", f"{ledgers_reading.LIMITS.parts} parts",
            f"{ledgers_reading.LIMITS.rows:,} rows", f"{ledgers_reading.LIMITS.columns} columns",
            f"{ledgers_reading.LIMITS.memory // MB} MB of memory", f"{ledgers_reading.LIMITS.seconds} s",
        ]),
        ("a workbook of a department", [
            f"{workbook.LIMITS.size // MB} MB", f"unpacked {workbook.LIMITS.unpacked // MB} MB",
            f"{workbook.LIMITS.ratio} times", f"{workbook.LIMITS.parts} parts", f"{workbook.LIMITS.rows:,} rows",
            f"{workbook.LIMITS.columns} columns", f"{workbook.LIMITS.memory // MB} MB of memory",
            f"{workbook.LIMITS.seconds} s",
        ]),
        ("an archive package that is checked", [f"{archive_files.LARGEST // MB} MB"]),
    ],
)  # fmt: skip
def test_every_limit_of_a_file_is_on_the_page(what: str, limits: list[str]) -> None:
    (said,) = [" ".join(row) for row in rows("Files that are taken") if row[0] == what]

    assert [limit for limit in limits if not re.search(rf"(?<![\d,]){re.escape(limit)}", said)] == []
