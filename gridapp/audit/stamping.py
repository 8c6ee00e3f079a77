"""Has anchors stamped by a time-stamping authority (RFC 3161), and checks its stamps.

An authority that is away costs nothing but the stamp: the anchor stands, and is stamped later.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from cryptography import x509
from django.conf import settings
from django.db import transaction
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from . import anchoring
from .models import Anchor, Stamp

logger = logging.getLogger(__name__)

FILE = "stamps.jsonl"
_MOST = 20
_LONGEST = 64 * 1024
_QUERY = "application/timestamp-query"


class NoStamp(Exception):
    """The authority is away, or what it said is no stamp that the given CA vouches for."""


def missing() -> list[Anchor]:
    """The anchors that wait for a stamp, the oldest first."""
    stamped = Stamp.objects.values("anchor_id")
    return list(Anchor.objects.exclude(pk__in=stamped).order_by("id")[:_MOST]) if settings.AUDIT_TSA_URL else []


def stamp(anchor: Anchor) -> Stamp:
    """Asks for a stamp on the anchor's line, checks it and keeps it in the database and beside the anchors.

    Raises NoStamp, and OSError where it cannot be written: then it is kept nowhere.
    """
    request = TimestampRequestBuilder().data(anchor.line.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _ask(request.as_bytes())
    stamped_at = _check(answer, anchor.line, nonce=request.nonce)
    made = Stamp(anchor_id=anchor.pk, token=answer, stamped_at=stamped_at)
    line = {"anchor": anchoring.digest_of(anchor.line), "token": base64.b64encode(answer).decode()}
    with transaction.atomic():  # a stamp that is not in the file is got once more
        made.save(force_insert=True)
        anchoring.append(FILE, orjson.dumps(line).decode())
    logger.info("audit: anchor %d is stamped", anchor.pk)
    return made


def read(where: Path) -> Mapping[str, bytes]:
    """Digest of an anchor's line -> the stamp on it, from a folder."""
    path, stamps = where / FILE, {}
    for text in path.read_text(errors="replace").splitlines() if path.exists() else ():
        try:
            said = orjson.loads(text)
            stamps[str(said["anchor"])] = base64.b64decode(said["token"])
        except (ValueError, KeyError, TypeError):
            logger.warning("audit: a line of %s is no stamp", FILE)
    return stamps


def wrong(token: bytes, line: anchoring.Line) -> str:
    """What a stamp has against the line it is said to be on; "" where it holds."""
    try:
        stamped_at = _check(token, line.text)
    except NoStamp as error:
        return str(error)
    # The authority's clock and ours; it may have been away for long, but it never stamps what is not there yet.
    return "stamped before it was made" if stamped_at < line.at - timedelta(minutes=5) else ""


def _check(token: bytes, line: str, *, nonce: int | None = None) -> datetime:
    try:
        answer: TimeStampResponse = decode_timestamp_response(token)
        builder = VerifierBuilder()
        for root in x509.load_pem_x509_certificates(Path(settings.AUDIT_TSA_CA).read_bytes()):
            builder = builder.add_root_certificate(root)
        (builder if nonce is None else builder.nonce(nonce)).build().verify_message(answer, line.encode())
        return answer.tst_info.gen_time
    except (VerificationError, ValueError, OSError) as error:
        raise NoStamp(type(error).__name__) from error


def _ask(query: bytes) -> bytes:
    """One POST, without following anybody anywhere."""
    url = urlsplit(settings.AUDIT_TSA_URL)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    line = kind(url.hostname or "", url.port, timeout=settings.AUDIT_TSA_TIMEOUT)
    try:
        line.request("POST", url.path or "/", query, {"Content-Type": _QUERY})
        answer = line.getresponse()
        if answer.status != 200:
            raise NoStamp(f"HTTP {answer.status}")
        return answer.read(_LONGEST)
    except (OSError, HTTPException) as error:
        raise NoStamp(type(error).__name__) from error
    finally:
        line.close()
