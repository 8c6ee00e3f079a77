"""What is told to the work safety system: one event in JSON, with the HMAC-SM3 of its bytes beside it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from connectors.transport.guomi import hmac_sm3
from connectors.transport.queue import Letter
from gridapp.contract import Action, Inexpressible, Line, Parcel, Preview
from gridapp.contract.formats import epoch_milliseconds

from .mapping import PROFILE

MAC = "hmac-sm3"
"""The header with the signature, in hexadecimal."""
UPSERT, HAZARD, CLOSE = "PLACE_UPSERT", "HAZARD_REPORT", "PLACE_CLOSE"
PHOTO = "attachment.hazard_photo"

_TYPES, _DESCRIPTION, _PHOTO = "hazards[].type", "hazards[].desc", "hazardPhoto"
_ENOUGH_TO_CLOSE = frozenset({"houseCode"})


def event_id(parcel: Parcel) -> str:
    """The parcel's key as a UUID: the same for the same content, which is what they know duplicates by."""
    return str(UUID(hex=parcel.key))


def event(parcel: Parcel) -> dict[str, Any]:
    """The event without its photo; what is not known is left out. Raises Inexpressible."""
    content = _content(parcel)
    types, description = content.pop(_TYPES, None), content.pop(_DESCRIPTION, None)
    hazards = [{"type": one, "desc": description} for one in types or ()]
    return {
        "eventId": event_id(parcel),
        "eventType": _kind(parcel, content, types),
        **content,
        **({"hazards": hazards} if hazards else {}),
        "occurTime": epoch_milliseconds(parcel.made_at),
        "reporter": parcel.worker.no,
    }


def letter(parcel: Parcel, key: bytes) -> Letter:
    """The message as it goes out: the routing key is the housing code. Raises Inexpressible."""
    told = event(parcel)
    photo = parcel.attachments.get(PHOTO)
    if photo is not None and told["eventType"] == HAZARD:
        told[_PHOTO] = {"mediaType": photo.media_type, "content": base64.b64encode(photo.content).decode()}
    body = orjson.dumps(told)
    return Letter(told["eventId"], told["houseCode"], body, {MAC: hmac_sm3(key, body).hex()})


def preview(parcel: Parcel) -> Preview:
    """Their fields, and the event; of a photo only that it goes along. Raises Inexpressible."""
    told = event(parcel)
    content = _content(parcel)
    types = content.get(_TYPES)
    if types:
        content[_TYPES] = "、".join(types)
    made = {name: told[name] for name in ("eventId", "eventType", "occurTime", "reporter")}
    lines = tuple(Line(name, str(value)) for name, value in {**made, **content}.items())
    photo = parcel.attachments.get(PHOTO)
    if photo is not None and told["eventType"] == HAZARD:
        told[_PHOTO] = {"mediaType": photo.media_type, "content": f"…（Base64，原文件{len(photo.content)}字节）"}
    return Preview(lines, orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


def ticket(parcel: Parcel, *, now: datetime) -> str:
    """Event and moment: `uuid/seconds`, so that a result that never comes is missed one day."""
    return f"{event_id(parcel)}/{int(now.timestamp())}"


def told_at(ticket: str) -> tuple[str, datetime | None]:
    """The event of a ticket and when it was told; None for a ticket that is none of ours."""
    name, _, seconds = ticket.partition("/")
    known = seconds.isascii() and seconds.isdigit()
    return name, datetime.fromtimestamp(int(seconds[:12]), UTC) if known else None


def _content(parcel: Parcel) -> dict[str, Any]:
    """Their fields with what is known. To close a place its code is enough: a field that no longer fits must not keep
    it open there."""
    layout = PROFILE.layouts[parcel.kind]
    if parcel.action is Action.CLOSE:
        values = {row.name: row.value(parcel.fields) for row in layout.content_rows if row.name in _ENOUGH_TO_CLOSE}
    else:
        values = {name: value for name, value in layout.content(parcel.fields).items() if name != _PHOTO}
    known = {name: value for name, value in values.items() if value not in (None, "", [])}
    if "houseCode" not in known:
        raise Inexpressible("housing.housing_code", "没有房屋编码，对方无法登记")
    return known


def _kind(parcel: Parcel, content: dict[str, Any], types: list[str] | None) -> str:
    if parcel.action is Action.CLOSE:
        return CLOSE
    return HAZARD if types or content.get("orgHazard") else UPSERT
