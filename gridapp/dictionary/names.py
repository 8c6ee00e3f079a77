"""Names of people: the whole repertoire of GB 18030-2022, one middle dot, nothing that names do not have."""

from __future__ import annotations

import re

from .characters import fit, half_width
from .fields import Field
from .refusals import Refused

DOT = "\u00b7"
# Unified ideographs with extensions A-J, 〇, and the twelve compatibility characters that are unified after all.
_HAN = (
    "\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27-\ufa29"
    "\U00020000-\U0002a6df\U0002a700-\U0002ebef\U0002ebf0-\U0002ee5f\U00030000-\U0003134f\U00031350-\U000323af"
    "\U000323b0-\U00033479"
)
_MIDDLE = "\u00b7\u2022\u2027\u2219\u22c5\u2e31\u30fb\uff65\uff0e\u16eb\u25cf\u0387"
_MIDDLE_DOTS = re.compile(f" ?[{_MIDDLE}] ?")
_DOTS = re.compile(f" ?[{_MIDDLE}.] ?")
_CHINESE = re.compile(f"[{_HAN}]+(?:{DOT}[{_HAN}]+)*")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]+(?:[ .'\-]{1,2}[A-Za-z\u00c0-\u024f]+)*\.?")
_ANY_HAN = re.compile(f"[{_HAN}]")
_ANY_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_ANY_UNKNOWN = re.compile("[\u2e80-\u2fff\u303e\u31c0-\u31ef\ue000-\uf8ff\U000f0000-\U0010ffff]")
_MACHINE_READABLE = re.compile(r"[A-Z]+(?:[ '\-]{1,2}[A-Z]+)*")
_PARTY = re.compile(f"[{_HAN}A-Za-z0-9\u00c0-\u024f{DOT}()()《》“”\"'&,、,.\\- ]+")


def person(text: str, field: Field) -> str:
    """A name in Chinese or, for foreigners, in Latin letters; dots of any kind become U+00B7. Raises Refused."""
    if _CHINESE.fullmatch(text):
        return fit(text, field)
    if _ANY_HAN.search(text):
        text = _DOTS.sub(DOT, text)
        if _CHINESE.fullmatch(text):
            return fit(text, field)
    else:
        text = half_width(text).replace("’", "'")
        if _LATIN.fullmatch(text):
            return fit(text, field)
    raise Refused(_fault(text))


def _fault(text: str) -> str:
    """Which rule a text breaks that is no name."""
    if any(character.isdigit() for character in text):
        return "name_digits"
    if _ANY_UNKNOWN.search(text):
        return "name_unknown_character"
    if _ANY_HAN.search(text):
        if _ANY_LATIN.search(half_width(text)):
            return "name_mixed"
        if " " in text:
            return "name_space"
        if DOT in text and _CHINESE.fullmatch(text.replace(DOT, "")):
            return "name_dot"
    return "name_punctuation" if not text.isalpha() else "name_unknown_character"


def machine_readable(text: str, field: Field) -> str:
    """A surname or given name as in a passport's machine-readable zone: A-Z, space, - and '. Raises Refused."""
    upper = half_width(text).replace("’", "'").upper()
    if not _MACHINE_READABLE.fullmatch(upper):
        raise Refused("latin_only")
    return fit(upper, field)


def party(text: str, field: Field) -> str:
    """The name of somebody who owns or lets: a person or an organisation. Raises Refused."""
    if _CHINESE.fullmatch(text):
        return fit(text, field)
    text = _MIDDLE_DOTS.sub(DOT, text)
    if not _PARTY.fullmatch(text):
        raise Refused("name_punctuation")
    return fit(text, field)
