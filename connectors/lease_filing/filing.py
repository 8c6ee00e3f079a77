"""One filing as it goes out: a JSON document, and beside it the files that the window asked for."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from gridapp.contract import ATTACHMENT, Attachment, Line, Parcel

from .mapping import HOUSING

PARTS: Mapping[str, str] = {row.source: row.name for row in HOUSING.rows if row.source.startswith(ATTACHMENT)}
"""Our name of an attachment -> their name of the part."""
_ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg"}


def fields(parcel: Parcel) -> dict[str, Any]:
    """Their field (`lessor.name`) -> value, of what is known; no attachments. Raises Inexpressible."""
    parts = set(PARTS.values())
    content = HOUSING.content(parcel.fields)
    return {name: value for name, value in content.items() if value is not None and name not in parts}


def nested(told: Mapping[str, Any]) -> dict[str, Any]:
    """`lessor.name` becomes `name` inside `lessor`."""
    document: dict[str, Any] = {}
    for name, value in told.items():
        outer, _, inner = name.partition(".")
        if inner:
            document.setdefault(outer, {})[inner] = value
        else:
            document[name] = value
    return document


def document(parcel: Parcel) -> dict[str, Any]:
    """The JSON document. Raises Inexpressible."""
    return {"requestId": parcel.key, **nested(fields(parcel))}


async def body(told: Mapping[str, Any], attachments: Mapping[str, Attachment]) -> tuple[bytes, str]:
    """The body and its content type: plain JSON, or a form with the document as `filing` and a part for each file."""
    plain = orjson.dumps(told)
    if not attachments:
        return plain, "application/json"
    form = aiohttp.MultipartWriter("form-data")
    part = form.append(plain, {"Content-Type": "application/json"})
    part.set_content_disposition("form-data", name="filing")
    for source, attachment in attachments.items():
        name = PARTS[source]
        part = form.append(io.BytesIO(attachment.content), {"Content-Type": attachment.media_type})
        part.set_content_disposition("form-data", name=name, filename=f"{name}.{_ENDINGS[attachment.media_type]}")
    return await form.as_bytes(), form.content_type


def lines(parcel: Parcel) -> tuple[Line, ...]:
    """What goes out, line by line; a file is told by the SHA-256 of its content. Raises Inexpressible."""
    said = [Line(name, str(value)) for name, value in fields(parcel).items()]
    files = [Line(name, str(parcel.fields[source])) for source, name in PARTS.items() if parcel.fields.get(source)]
    return (*said, *files)
