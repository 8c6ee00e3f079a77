"""A line of the log: one event, one line, what it is about, and nothing of a resident."""

from __future__ import annotations

import json
import logging
import sys
import uuid
from typing import Any

import pytest
from django.conf import settings

from gridapp.watch.logs import Console, Json, Lines, fields, request_id

from .conftest import Heard

NUMBER, PHONE, NAME = "990101199203040017", "13912340000", "王小明"
ours = logging.getLogger("gridapp.delivery.lane")


def test_a_line_says_when_how_bad_who_and_what(heard: Heard) -> None:
    ours.warning("%s: the lane's lease was lost", "FWBM")

    (line,) = heard.lines
    assert list(line)[:4] == ["time", "level", "logger", "message"]
    assert line["level"] == "WARNING"
    assert line["logger"] == "gridapp.delivery.lane"
    assert line["message"] == "FWBM: the lane's lease was lost"
    assert line["target"] == "FWBM"
    assert line["time"][10] == "T" and line["time"][-6] in "+-"


def test_ids_that_a_line_names_are_fields_of_their_own(heard: Heard) -> None:
    record = uuid.uuid4()
    ours.error("%s: delivery %d is parked: its process ended with %d", "JZDJ", 815, -9)
    ours.info("user %s saw what record %s sends to %s in full", 7, record, "WG")

    first, second = heard.lines
    assert (first["target"], first["delivery"]) == ("JZDJ", 815)
    assert (second["user"], second["record"]) == (7, str(record))
    assert "target" not in second


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"{NUMBER} is there", "990***********0017 is there"),
        ("130503670401001 is there", "130********1001 is there"),
        (f"call {PHONE}", "call 139****0000"),
        ("９９０１０１１９９２０３０４００１７", "990***********0017"),
        ("１３９１２３４００００", "139****0000"),
        ("delivery 815 of 14 targets", "delivery 815 of 14 targets"),
    ],
)
def test_what_looks_like_a_number_of_a_person_is_masked(heard: Heard, said: str, shown: str) -> None:
    ours.warning(said)
    ours.warning("%s", said)

    assert [line["message"] for line in heard.lines] == [shown, shown]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1b[2J", "\x85", "\u2028", "\u2029", "\0"])
@pytest.mark.parametrize("form", [Json(), Lines()], ids=["json", "lines"])
def test_one_event_is_one_line_whatever_is_in_it(end: str, form: logging.Formatter) -> None:
    record = logging.LogRecord("gridapp.x", logging.ERROR, "x.py", 1, "%s: %s", ("WG", f"a{end}ERROR b"), None)

    line = form.format(record)

    assert len(line.splitlines()) == 1
    assert end not in line


def test_half_a_character_does_not_lose_the_line() -> None:
    # Written by the formatter alone: what runs tests in several processes cannot carry half a character between them.
    said = ours.makeRecord(ours.name, logging.WARNING, __file__, 1, "a name with \ud83d in it", (), None)

    line = Json().format(said)

    assert json.loads(line.encode())["message"] == r"a name with \ud83d in it"


def test_an_exception_stands_with_its_place_and_without_its_words(heard: Heard) -> None:
    def inner() -> None:
        raise ValueError(f"Key (id_no)=({NUMBER}) of {NAME}")

    try:
        try:
            inner()
        except ValueError as error:
            raise RuntimeError(NAME) from error
    except RuntimeError as error:
        ours.exception("it broke")
        ours.error("WG: asking failed: %s", error)
        ours.error(error)

    assert NAME not in heard.text
    assert NUMBER[:6] not in heard.text
    assert all("RuntimeError" in line and "ValueError" in line for line in heard.text.splitlines())
    assert "test_log_lines.py" in heard.lines[0]["error"]


def test_what_hangs_on_a_record_stays_behind_unless_it_is_known(heard: Heard) -> None:
    ours.warning("x", extra={"request": NAME, "data": {"args": NAME}, "status": 200, "route": f"a/{NUMBER}/"})

    (line,) = heard.lines
    assert NAME not in heard.text
    assert (line["status"], line["route"]) == (200, "a/990***********0017/")


def test_the_request_that_is_answered_is_named(heard: Heard) -> None:
    held = request_id.set("abcdef123456")
    ours.warning("during")
    request_id.reset(held)
    ours.warning("after")

    first, second = heard.lines
    assert first["request_id"] == "abcdef123456"
    assert "request_id" not in second


def test_what_libraries_say_is_cut_to_what_cannot_quote(heard: Heard) -> None:
    logging.getLogger("celery.worker.consumer").error("unregistered task of type %s.\nbody: %r", "x", NAME)
    logging.getLogger("asyncio").error(f"Task exception was never retrieved\nfuture: <ValueError('{NAME}')>")
    logging.getLogger("gunicorn.error").error("Error handling request %s", f"/search/?q={NAME}")
    logging.getLogger("gunicorn.error").warning(f"Invalid request from ip=10.0.0.1: Invalid header: {NAME!r}")
    logging.getLogger("django.server").info('"GET /search/?q=%s HTTP/1.1" 200 12', NAME)
    logging.getLogger("django.security.DisallowedHost").error(f"Invalid HTTP_HOST header: {NAME!r}.")

    assert NAME not in heard.text
    assert [line["message"] for line in heard.lines] == [
        "unregistered task of type x.",
        "Task exception was never retrieved",
        "Error handling request",
        "Invalid request",
        '"GET /search/ HTTP/1.1" 200 12',
        "refused: DisallowedHost",
    ]


def test_a_task_that_broke_is_named_without_its_arguments(heard: Heard) -> None:
    told = {"name": "gridapp.delivery.tasks.sweep_lanes", "id": "1-2", "description": "raised unexpected",
            "exc": NAME, "args": f"[{NUMBER}]"}  # fmt: skip
    logging.getLogger("celery.app.trace").error(
        "Task %(name)s[%(id)s] %(description)s: %(exc)s", told, extra={"data": told}
    )

    assert heard.lines[0]["message"] == "task gridapp.delivery.tasks.sweep_lanes[1-2] raised unexpected"
    assert NAME not in heard.text


def test_a_line_that_cannot_be_written_is_told_by_its_place_alone(capsys: pytest.CaptureFixture[str]) -> None:
    handler = Console(sys.stderr)
    handler.setFormatter(Json())

    handler.handle(logging.LogRecord("gridapp.x", logging.ERROR, "lane.py", 7, "%d rows", (NAME,), None))

    told = json.loads(capsys.readouterr().err)
    assert told["message"] == "the line of lane.py:7 cannot be written: TypeError"


def test_below_a_warning_libraries_are_not_heard_whatever_the_level() -> None:
    told: dict[str, Any] = dict(settings.LOGGING)

    assert told["root"]["level"] in {"WARNING", "ERROR"}
    assert told["loggers"]["django"]["handlers"] == []
    assert told["loggers"]["gunicorn.access"] == {"handlers": [], "propagate": False}


def test_for_people_the_same_stands_in_words() -> None:
    record = logging.LogRecord("gridapp.x", logging.ERROR, "x.py", 1, "%s: closed", ("WG",), None)

    line = Lines().format(record)

    assert line.endswith("ERROR gridapp.x WG: closed target=WG")
    assert fields(record)["target"] == "WG"
