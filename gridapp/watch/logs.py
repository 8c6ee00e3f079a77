"""One event, one line, no resident in it: what every log line of every process goes through last.

Our own lines carry ids and target keys, and nothing that somebody typed. What libraries say is cut to what cannot quote
a request, a statement or a message; an exception stands with its type and its place, never with its text; and whatever
still looks like a document or phone number is masked.
"""

from __future__ import annotations

import logging
import re
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from gridapp.dictionary import mask_text

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; "" elsewhere."""

EXTRAS = ("target", "alarm", "method", "route", "ids", "status", "milliseconds")
"""What a line may carry beside its words; whatever else libraries hang on a record stays behind."""

_NAMED = ("delivery", "record", "entry", "sheet", "workbook", "call", "user")
_PLACEHOLDER = re.compile(r"(?:\b(\w+) )?%[-+ #0-9.]*([a-zA-Z%])")
_KEY = re.compile(r"[A-Z][A-Z0-9_-]{0,31}")
_QUERY = re.compile(r"\?[^\s\"'<>]*")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")  # what a department may repeat
# What ends a line for a terminal, a collector or JavaScript; what moves a terminal's cursor; halves of a pair
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Lines(logging.Formatter):
    """For people: time, level, logger, words, on one line whatever the words are."""

    def format(self, record: logging.LogRecord) -> str:
        known = fields(record)
        first = [known.pop(name) for name in ("time", "level", "logger", "message")]
        return " ".join([*map(str, first), *(f"{name}={value}" for name, value in known.items())])


class Json(JsonFormatter):
    """For collectors: one JSON object a line, see `fields`."""

    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=False)

    def format(self, record: logging.LogRecord) -> str:
        return str(self.serialize_log_record(fields(record)))


class Console(logging.StreamHandler[Any]):
    """Standard error. A line that cannot be written is told by its place: what Python would print has the arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        broken = sys.exception()
        place = f"{Path(record.pathname).name}:{record.lineno}"
        sys.stderr.write(f'{{"level": "ERROR", "logger": "{_one_line(record.name)}", "message": "the line of {place} ')
        sys.stderr.write(f'cannot be written: {type(broken).__name__}"}}\n')


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """time (ISO 8601), level, logger, message; where known target, delivery and other ids, request_id, error.

    A line that begins with `%s: ` is about the target of that key; `delivery %d` in it names a delivery, and so on.
    """
    moment = datetime.fromtimestamp(record.created, UTC).astimezone()
    known: dict[str, Any] = {
        "time": moment.isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": clean(_said(record)),
    }
    known |= dict(_ids(record))
    known |= {name: _plain(value) for name in EXTRAS if (value := getattr(record, name, None)) not in (None, "")}
    if asked := request_id.get():
        known["request_id"] = asked
    if record.exc_info and record.exc_info[1] is not None:
        known["error"] = place(record.exc_info[1])
    return known


def clean(text: str) -> str:
    """On one line, with what looks like a document or phone number masked."""
    return _one_line(mask_text(text.translate(_FULL_WIDTH)))


def place(error: BaseException) -> str:
    """What broke and where, from the outermost exception to the one it began with; never an exception's text."""
    steps = []
    seen: set[int] = set()
    step: BaseException | None = error
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        frames = [f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in walk_tb(step.__traceback__)]
        steps.append(" < ".join([type(step).__name__, *frames[-6:][::-1]]))
        step = step.__cause__ or step.__context__
    return "; from ".join(steps)


def _one_line(text: str) -> str:
    return _BREAKS.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return (
        value if isinstance(value, int | float) else str(value) if isinstance(value, uuid.UUID) else clean(str(value))
    )


def _said(record: logging.LogRecord) -> str:
    known = next((say for name, say in _OTHERS.items() if f"{record.name}.".startswith(f"{name}.")), None)
    if known is not None:
        return known(record)
    text = _own(record)
    return text if _is_ours(record) else _QUERY.sub("", text.partition("\n")[0])


def _own(record: logging.LogRecord) -> str:
    """The line with its arguments, exceptions among them by type and place."""
    if isinstance(record.msg, BaseException):
        return place(record.msg)
    args: Any = record.args
    if isinstance(args, Mapping):
        return str(record.msg) % {name: _named(value) for name, value in args.items()}
    return str(record.msg) % tuple(_named(value) for value in args) if args else str(record.msg)


def _named(value: Any) -> Any:
    return place(value) if isinstance(value, BaseException) else value


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in ("gridapp", "connectors")


def _ids(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    args = record.args
    if not isinstance(args, tuple) or not args or not _is_ours(record):
        return
    text = str(record.msg)
    if text.startswith("%s: ") and isinstance(args[0], str) and _KEY.fullmatch(args[0]):
        yield "target", args[0]
    found = [(word, kind) for word, kind in _PLACEHOLDER.findall(text) if kind != "%"]
    for (word, _), value in zip(found, args, strict=False):
        if word in _NAMED and isinstance(value, int | str | uuid.UUID):
            yield word, value if isinstance(value, int) else clean(str(value))


def _request(record: logging.LogRecord) -> str:
    """Django's lines about an answer name the path as it came; ours name where it leads."""
    request = getattr(record, "request", None)
    matched = getattr(request, "resolver_match", None)
    status = getattr(record, "status_code", "")
    return f"{status} {matched.route if matched else 'no such page'}".strip()


def _refused(record: logging.LogRecord) -> str:
    return f"refused: {record.name.rpartition('.')[2]}"


def _task(record: logging.LogRecord) -> str:
    """Celery's lines about a task repeat its arguments and the text of what broke."""
    told: Mapping[str, Any] = record.args if isinstance(record.args, Mapping) else {}
    return f"task {told.get('name', '')}[{told.get('id', '')}] {told.get('description', '')}".rstrip()


def _server(record: logging.LogRecord) -> str:
    """gunicorn repeats the address that was asked for, and what it could not read of a request."""
    text = _own(record)
    cut = next((words for words in ("Error handling request", "Invalid request") if text.startswith(words)), None)
    return cut or text.partition("\n")[0]


def _first_line(record: logging.LogRecord) -> str:
    return str(record.msg).partition("\n")[0]  # the rest is the repr of what broke


_OTHERS: Mapping[str, Callable[[logging.LogRecord], str]] = {
    "django.request": _request,
    "django.security": _refused,
    "celery.app.trace": _task,
    "gunicorn.error": _server,
    "asyncio": _first_line,
}
"""Loggers whose words may quote what somebody typed, and what is said instead."""
