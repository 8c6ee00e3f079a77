"""Formats of texts: what a target takes of a text, and what it refuses, said in Chinese and on record as data."""

from __future__ import annotations

from .layout import Format
from .limits import limited


def characters(most: int, least: int = 0) -> Format:
    """Text of `least` to `most` characters."""

    words = f"对方系统要求{f'{least}–{most}个字' if least else f'{most}个字以内'},现有{{count}}个字"

    def counted(text: str) -> str:
        if not least <= len(text) <= most:
            raise ValueError(words.format(count=len(text)))
        return text

    return limited(counted, ("characters", words, least, most))


def exactly(*lengths: int) -> Format:
    """Text of one of these lengths, in characters."""

    words = f"对方系统要求{'或'.join(map(str, lengths))}位，现有{{count}}位"

    def measured(text: str) -> str:
        if len(text) not in lengths:
            raise ValueError(words.format(count=len(text)))
        return text

    return limited(measured, ("exactly", words, lengths))


def encodable(charset: str, most: int | None = None) -> Format:
    """Text that `charset` has, of at most `most` bytes in it."""

    outside = f"含{charset.upper()}字符集以外的字“{{character}}”"
    too_long = f"对方系统限{most}字节({charset.upper()}),现有{{count}}字节"

    def encoded(text: str) -> str:
        try:
            size = len(text.encode(charset))
        except UnicodeEncodeError as error:
            raise ValueError(outside.format(character=text[error.start])) from None
        if most is not None and size > most:
            raise ValueError(too_long.format(count=size))
        return text

    longest = () if most is None else (("bytes", too_long, charset, most),)
    return limited(encoded, ("charset", outside, charset), *longest)


def escaped(charset: str) -> Format:
    """Characters outside `charset` as &#xXXXX; the rest as it is."""

    def escape(text: str) -> str:
        try:
            text.encode(charset)
        except UnicodeEncodeError:
            return "".join(_escape(character, charset) for character in text)
        return text

    return limited(escape, ("escape", "", charset))


def _escape(character: str, charset: str) -> str:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return f"&#x{ord(character):04X};"
    return character


def free_of(*forbidden: str) -> Format:
    """Text without what their format uses as a separator."""

    refused = [(mark, f"含对方系统不能接收的字符“{mark.strip() or '换行'}”") for mark in forbidden]

    def checked(text: str) -> str:
        for mark, words in refused:
            if mark in text:
                raise ValueError(words)
        return text

    return limited(checked, *(("free_of", words, mark) for mark, words in refused))


_ONLY_MOBILES = "对方系统只接收1开头的11位手机号"


def mobile(text: str) -> str:
    """A mainland mobile number: 11 digits starting with 1. A landline is refused."""
    if len(text) != 11 or not text.isdecimal() or text[0] != "1":
        raise ValueError(_ONLY_MOBILES)
    return text


limited(mobile, ("mobile", _ONLY_MOBILES))
