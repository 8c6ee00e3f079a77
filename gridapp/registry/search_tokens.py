"""Blind search tokens: what a name, a number or an address can be found by, and what a query asks for.

Both sides are cut into the same small texts and each text becomes a keyed 64-bit number, so the index holds no name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice, product
from string import ascii_lowercase
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.db.models import Q
from pypinyin import Style, pinyin

from gridapp import sealing

_LONGEST_QUERY = 64
_SUBSTRING = 4  # characters of Chinese text
_PINYIN = 16  # letters of a full reading that a query is matched on
_INITIALS = 8
_READINGS = 24  # of one text, where several characters have several readings each
_PIECE = re.compile(r"(?=[a-z]*[0-9])[0-9a-z]+(?:号楼|单元|[栋幢座号室房楼层])?|[a-z]+|[^\x00-\x7f]+")
_NUMBERED = re.compile(r"([0-9a-z]+)(.*)")
_LEVEL = {"号楼": "栋", "幢": "栋", "座": "栋", "室": "", "房": "", "楼": "层"}
_LEVELS = {"door_no": "号", "building_no": "栋", "unit_no": "单元", "floor_no": "层", "room_no": ""}
_LEVEL_WORD = re.compile("(号楼|单元|[号栋幢座])$")
_LINKS = re.compile(r"[·•・‧∙'’\-]")
_RENTED = "#rented"
"""Stands among the tokens of a home that is let. No query is cut into it: `#` is in none of its pieces."""


_KEY = "#key"
"""Stands among the tokens of every record: with which index key it was made can be asked of the database."""


def of_resident(fields: Mapping[str, Any]) -> list[int]:
    """The tokens of a resident's names, and of document and phone: their last four characters and the whole."""
    texts: set[str] = set()
    for name in ("name", "former_name"):
        texts |= _of_text(str(fields.get(name) or ""))
    texts |= _of_text(f"{fields.get('foreign_surname') or ''} {fields.get('foreign_given_name') or ''}")
    for name in ("id_number", "phone"):
        number = "".join(_PIECE.findall(_plain(str(fields.get(name) or ""))))
        if len(number) >= _SUBSTRING:
            texts |= {number[-4:], number}
    return _blinded({*texts, _KEY})


def of_housing(fields: Mapping[str, Any]) -> list[int]:
    """The tokens of an address: road and estate by any part or pinyin; door, building, unit, floor, room by number."""
    texts = _of_text(str(fields.get("housing.road") or "")) | _of_text(str(fields.get("housing.estate_name") or ""))
    for name, level in _LEVELS.items():
        for piece in _pieces(str(fields.get(f"housing.{name}") or "")):
            number = _NUMBERED.match(piece)
            if number is None:
                texts |= _substrings(piece)
                continue
            # 301 finds 301A as well
            texts |= {piece, number[1], number[1] + level, number[1].rstrip(ascii_lowercase) or number[1]}
    return _blinded({*texts, _KEY, _RENTED} if fields.get("housing.is_rental") is True else {*texts, _KEY})


def ways_of_rented() -> list[list[int]]:
    """The token that every home has that is let, and no other record; one a key."""
    return [_blinded([_RENTED], key) for key in sealing.index_keys()]


def of_key() -> int:
    """The token that every record has whose index was made with the key that writes now."""
    return _blinded([_KEY])[0]


def having(ways: Iterable[list[int]], *, of: str = "tokens") -> Q:
    """Who has all the tokens of one of the ways."""
    found = Q()
    for tokens in ways:
        found |= Q(**{f"{of}__contains": tokens})
    return found


def bare_level(text: str) -> str:
    """One level of an address without its word: `12号` and `12` are one door, `3幢` and `3栋` one building."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    return _LEVEL_WORD.sub("", plain)


def of_query(query: str) -> list[int]:
    """The tokens a record must have, all of them; none for a query too short or too odd to search by."""
    return next(iter(ways_of_query(query)), [])


def ways_of_query(query: str) -> list[list[int]]:
    """The same for each index key: a record must have all of one of them."""
    wanted = _wanted(query)
    return [_blinded(wanted, key) for key in sealing.index_keys()] if wanted else []


def _wanted(query: str) -> set[str]:
    if len(query) > _LONGEST_QUERY:
        return set()
    pieces = _pieces(query)
    if not any(_is_telling(piece) for piece in pieces):
        return set()
    wanted: set[str] = set()
    for piece in pieces:
        if piece.isascii() and piece.isalpha():
            wanted |= {piece[:_PINYIN]} if len(piece) > 1 else set()
        elif _NUMBERED.match(piece):
            wanted.add(piece)
        else:
            size = min(_SUBSTRING, len(piece))
            wanted |= {piece[at : at + size] for at in range(len(piece) - size + 1)}
    return wanted


def is_read_as(text: str, letters: str) -> bool:
    """True where pinyin or initials of a Chinese text begin with the letters, in any of its readings."""
    wanted = _plain(letters)[:_PINYIN]
    return any(wanted in _readings_of(piece) for piece in _pieces(text) if not piece.isascii())


def _is_telling(piece: str) -> bool:
    """One Chinese character, two letters or three figures: less would match half the district."""
    if not piece.isascii():
        return True
    return len(piece) >= (2 if piece.isalpha() else 3)


def _plain(text: str) -> str:
    return _LINKS.sub("", unicodedata.normalize("NFKC", text).lower().replace("ü", "v"))


def _pieces(text: str) -> list[str]:
    """`幸福花园3幢301` -> 幸福花园, 3栋, 301: words, numbers with the level of the address they stand for."""
    found = []
    for piece in _PIECE.findall(_plain(text)):
        number = _NUMBERED.fullmatch(piece)
        found.append(number[1] + _LEVEL.get(number[2], number[2]) if number else piece)
    return found


def _of_text(text: str) -> set[str]:
    found: set[str] = set()
    for piece in _pieces(text):
        if not piece.isascii():
            found |= _substrings(piece) | _readings_of(piece)
        elif piece.isalpha():
            found |= _prefixes(piece, _PINYIN)
        else:
            found.add(piece)
    return found


def _substrings(text: str) -> set[str]:
    return {text[at : at + size] for size in range(1, _SUBSTRING + 1) for at in range(len(text) - size + 1)}


def _prefixes(text: str, longest: int) -> set[str]:
    return {text[:size] for size in range(2, min(len(text), longest) + 1)}


def _readings_of(text: str) -> set[str]:
    """Prefixes of the full pinyin and of the initials, for every reading: 单 is dan, chan and, as a surname, shan."""
    found: set[str] = set()
    for syllables in _combined([_readings(character) for character in text]):
        found |= _prefixes("".join(syllables), _PINYIN)
        found |= _prefixes("".join(syllable[0] for syllable in syllables), _INITIALS)
    return found


def _combined(readings: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Combinations of readings; those of the first character, the surname, change fastest so that none is cut off."""
    known = [one for one in readings if one]
    return (backward[::-1] for backward in islice(product(*reversed(known)), _READINGS if known else 0))


@lru_cache(maxsize=8192)
def _readings(character: str) -> tuple[str, ...]:
    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    plain = [reading for reading in (found[0] if found else []) if reading.isascii() and reading.isalpha()]
    # A passport writes lü as lyu, a keyboard as lv.
    return tuple(plain + [reading.replace("v", "yu") for reading in plain if "v" in reading])


def _blinded(texts: Iterable[str], key: str = "") -> list[int]:
    keyed = _keyed(key or sealing.index_keys()[0])
    return sorted(_token(keyed.copy(), text) for text in texts)


def _token(keyed: HMAC, text: str) -> int:
    keyed.update(text.encode("utf-8", "replace"))
    return int.from_bytes(keyed.finalize()[:8], "big", signed=True)


@lru_cache(maxsize=2)
def _keyed(index_key: str) -> HMAC:
    # HMAC-SM3 with a key of its own, prepared once: a record has a hundred tokens, each is to cost two microseconds.
    return HMAC(sealing.blind_with(index_key, "key of the search tokens", purpose="search"), SM3())
