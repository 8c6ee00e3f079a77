"""Where residents must not be found: every guise in which a number, a phone or a name can lie about in bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote

_SHORTEST = 8
"""Bytes: what is shorter is found by chance."""


def guises(text: str) -> set[bytes]:
    """The text as it may be written, escaped, quoted, in hexadecimal figures, or inside of a base64 at any place."""
    plain = {text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
    words = {quote(text), json.dumps(text)[1:-1], json.dumps(json.dumps(text))[3:-3], ascii(text)[1:-1]}
    told = plain | {word.encode() for word in words}
    told |= {one.hex().encode() for one in plain} | {one.hex().upper().encode() for one in plain}
    told |= {guise for one in (text.encode(), json.dumps(text)[1:-1].encode()) for guise in _in_base64(one)}
    return {one for one in told if len(one) >= _SHORTEST}


def _in_base64(plain: bytes) -> set[bytes]:
    """What of it stands in a base64 whatever comes before and behind: at each of three places, without the ends."""
    found = set[bytes]()
    for before in range(3):
        known = len(plain) - (-before % 3)
        coded = base64.b64encode(plain[-before % 3 :][: known // 3 * 3])
        found |= {coded, coded.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def found(canaries: Iterable[str], there: bytes) -> list[str]:
    """Which of them are there, in any guise."""
    return [canary for canary in canaries if any(guise in there for guise in guises(canary))]
