"""A document in a log is seen, and only there."""

from __future__ import annotations

from pathlib import Path

from tests import factories
from tests.left_behind import documents, logs


def test_a_document_in_a_log_is_seen(tmp_path: Path) -> None:
    number = factories.id_number()
    (tmp_path / "deep").mkdir()
    log = tmp_path / "deep" / "server.log"
    log.write_text("well\n")
    before = logs(tmp_path)
    log.write_text(f"well\nKey (identity)=({number}) already exists\n")

    assert documents(logs(tmp_path), before) == [f"{log} at 21"]
    assert documents(logs(tmp_path), logs(tmp_path)) == []
    log.unlink()  # the run itself looks there at its end


def test_other_numbers_and_other_files_are_not(tmp_path: Path) -> None:
    number = factories.id_number()
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    (tmp_path / "server.log").write_text(f"{wrong} 9{number} 9901010010010000001\n")
    (tmp_path / "sample.csv").write_text(number)

    assert documents(logs(tmp_path), {}) == []
