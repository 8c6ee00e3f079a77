"""What the work safety department's consumer refuses, before it looks into its books."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from typing import Any

REASONS = {
    "AQ-0000": "成功",
    "AQ-1001": "场所已存在",
    "AQ-1002": "坐标不在辖区范围",
    "AQ-1003": "隐患描述过短",
    "AQ-2001": "退回:隐患照片缺失",
    "AQ-2002": "非监管对象",
    "AQ-5000": "消费失败,已进入死信队列",
}
KINDS = {"PLACE_UPSERT", "HAZARD_REPORT", "PLACE_CLOSE"}
USES = {"RES", "COM", "OFF", "IND", "STO", "MIX", "OTH"}
HAZARDS = {"XF01", "ZA01", "MD01", "WH01", "CR01", "QT99"}
SHARED = {"2", "4", "6"}
PLACES = {"1", "2", "3", "4"}
MAINLAND = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north."""

Box = tuple[float, float, float, float]
Event = dict[str, Any]


class RefusalError(Exception):
    """The code that is published for an event."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnreadableError(Exception):
    """An event that cannot be consumed: it goes to the dead letters."""


def check(event: Event, *, area: Box, wants_photo: Collection[str]) -> None:
    """Raises RefusalError, or UnreadableError for what is no event of theirs at all.

    `area`: the jurisdiction, in GCJ-02. `wants_photo`: hazards that are not believed without a picture.
    """
    check_frame(event)
    if not isinstance(event.get("addr"), str) or not event["addr"] or event.get("useKind") not in USES:
        raise UnreadableError
    if not isinstance(event.get("occupants"), int) or not event.get("ownerName") or not event.get("ownerTel"):
        raise UnreadableError
    hazards = event.get("hazards", [])
    if not isinstance(hazards, list) or any(one.get("type") not in HAZARDS for one in hazards_of(event)):
        raise UnreadableError
    if not hazards and event.get("rentMode") not in SHARED and event.get("placeKind") not in PLACES:
        raise RefusalError("AQ-2002")
    _check_position(event, area)
    if any(not isinstance(one.get("desc"), str) or len(one["desc"]) < 5 for one in hazards):
        raise RefusalError("AQ-1003")
    if photo(event) is None and any(one["type"] in wants_photo for one in hazards):
        raise RefusalError("AQ-2001")


def check_frame(event: Event) -> None:
    """What every event has. Raises UnreadableError."""
    code = event.get("houseCode")
    if not isinstance(code, str) or not re.fullmatch(r"\d{25}", code) or event.get("eventType") not in KINDS:
        raise UnreadableError
    if not isinstance(event.get("occurTime"), int) or event["occurTime"] < 10**12 or not event.get("reporter"):
        raise UnreadableError  # seconds instead of milliseconds are before 2001


def hazards_of(event: Event) -> list[dict[str, Any]]:
    """What was found in a flat, and what was found in a small place (一企一隐患)."""
    small_place = [{"type": event["orgHazard"], "desc": ""}] if event.get("orgHazard") else []
    return [*event.get("hazards", []), *small_place]


def photo(event: Event) -> dict[str, Any] | None:
    """What is kept of the photo in an event: its kind, size and digest; None without one. Raises UnreadableError."""
    told = event.get("hazardPhoto")
    if told is None:
        return None
    try:
        content = base64.b64decode(told["content"], validate=True)
    except (TypeError, KeyError, binascii.Error) as error:
        raise UnreadableError from error
    if told.get("mediaType") != "image/jpeg" or not content.startswith(b"\xff\xd8"):
        raise RefusalError("AQ-2001")
    return {"mediaType": "image/jpeg", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _check_position(event: Event, area: Box) -> None:
    west, south, east, north = area
    try:
        longitude, latitude = float(event["lng"]), float(event["lat"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError from error
    if not (west <= longitude <= east and south <= latitude <= north):
        raise RefusalError("AQ-1002")
