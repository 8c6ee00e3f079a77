"""What a web process asks the reading process: a picture there, values with their crops back."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

from django.conf import settings

from .card import Crop, Reading, Unread, Value
from .engine import NotAPicture

_PATIENCE = 15.0  # seconds; a tablet's worker has typed the number by then


class Away(Exception):
    """The reading process does not run or does not answer."""


class Busy(Exception):
    """One card is being read and another waits."""


class _ToSocket(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def ask(picture: bytes) -> Reading:
    """What stands on the card. Raises NotAPicture, Busy, Away."""
    asked = _ToSocket(settings.CARD_READER)
    try:
        asked.request("POST", "/", picture, {"Content-Type": "application/octet-stream"})
        answer = asked.getresponse()
        told = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise Away from error
    finally:
        asked.close()
    if answer.status == http.HTTPStatus.OK:
        return _reading(json.loads(told))
    raise {503: Busy, 415: NotAPicture, 413: NotAPicture}.get(answer.status, Away)


def _reading(told: dict[str, Any]) -> Reading:
    values = {name: Value(one["value"], Crop(**one["crop"])) for name, one in told["values"].items()}
    unread = {
        name: Unread(one["code"], Crop(**one["crop"]) if one["crop"] else None) for name, one in told["unread"].items()
    }
    return Reading(values, unread)
