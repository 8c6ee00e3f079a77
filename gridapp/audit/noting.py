"""Notes an act in the transaction that does it."""

from __future__ import annotations

import orjson
from django.db import connection

from . import origin
from .acts import Act

# Neither number, time nor transaction: the database gives them, and the running role may not say them
_INSERT = """
INSERT INTO audit_note (act, by, about, result, what, request_id, address, process)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


def note(
    act: Act, *, by: int | None = None, about: str = "", result: str = "done", **what: str | int | bool | list[str]
) -> None:
    """One row; it stands or falls with the act itself. `what` never holds a person's value."""
    here = origin.current()
    if here.process == origin.WEB:
        here.noted.append((str(act), result))
    told = orjson.dumps(what).decode()
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [str(act), by, about[:80], result, told, here.request_id, here.address, here.process])
