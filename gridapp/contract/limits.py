"""What a format refuses, as data: so that a tablet without a network can tell what a target cannot express.

A format that is not described here is not judged on the tablet; the server judges it when the entry arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

Limit = tuple[Any, ...]
"""`("characters", words, least, most)`, `("exactly", words, lengths)`, `("free_of", words, mark)`,
`("charset", words, charset)`, `("bytes", words, charset, most)`, `("mobile", words)`, `("digits", words, most)`, and
`("escape", "", charset)`, which refuses nothing and changes what the next one sees.

`words`: the reason in Chinese, with {count}, {character} or {value} where it names them."""

_LIMITS: WeakKeyDictionary[Callable[[Any], Any], tuple[Limit, ...]] = WeakKeyDictionary()


def limited(form: Callable[[Any], Any], *limits: Limit) -> Callable[[Any], Any]:
    """The format itself, with what it refuses on record."""
    _LIMITS[form] = limits
    return form


def limits_of(form: Callable[[Any], Any] | None) -> tuple[Limit, ...]:
    """What a format refuses, in the order in which it looks; empty where it refuses nothing or nothing is known."""
    return _LIMITS.get(form, ()) if form is not None else ()


def limits_of_all(forms: tuple[Callable[[Any], Any], ...]) -> Iterator[Limit]:
    """Those of formats that follow each other, as far as it is known what each of them makes of a text."""
    for form in forms:
        limits = limits_of(form)
        if not limits:
            return
        yield from limits
