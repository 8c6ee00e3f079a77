"""What somebody sees of a message who may not see everything: each sensitive value masked, or nothing of it at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from gridapp.contract import Inexpressible, Layout, Row
from gridapp.dictionary import FIELDS, mask, mask_text

_UNMISTAKABLE = 4
"""Characters from which on a value is replaced wherever it stands (Chinese: from two on); a shorter one only beside its
own name."""
_BETWEEN = r"[^0-9A-Za-z\u3400-\u9fff]{1,16}"


@dataclass(frozen=True, slots=True)
class _Secret:
    """One value that not every eye should see: the name it goes under, as it goes out, as it is shown."""

    name: str
    value: str
    shown: str


class Mask:
    """The masks of one record's values under one target's names. `child`: the record is of somebody under 14."""

    def __init__(self, layout: Layout, view: Mapping[str, Any], *, child: bool) -> None:
        self._child = child
        self._rows = {row.name: row for row in layout.content_rows}
        self._secrets = sorted(self._found(layout, view), key=lambda one: -len(one.value))

    def value(self, name: str, value: str) -> str:
        """One value under the target's own name for it; under a name that is not in the table, as any text."""
        row = self._rows.get(name)
        return self.of_row(row, value) if row is not None else self._anywhere(value)

    def of_row(self, row: Row, value: str) -> str:
        """As the most sensitive field that the value is made of asks for."""
        fields = [FIELDS[name] for name in row.inputs if name in FIELDS]
        fields.sort(key=lambda one: one.sensitivity, reverse=True)
        masked = (mask(one.name, value, child=self._child) for one in fields)
        return next((shown for shown in masked if shown != value), value)

    def message(self, text: str) -> str | None:
        """A whole message, or None where a sensitive value in it cannot be told from the rest."""
        for secret in self._secrets:
            if _is_unmistakable(secret.value):
                continue
            beside = rf"(?<={re.escape(secret.name)})({_BETWEEN}){re.escape(secret.value)}(?![0-9A-Za-z])"
            parts = re.split(beside, text)
            if len(parts) == 1:
                return None
            text = secret.shown.join(
                f"{before}{mark}" for before, mark in zip(parts[::2], [*parts[1::2], ""], strict=True)
            )
        return self._anywhere(text)

    def _anywhere(self, text: str) -> str:
        for secret in self._secrets:
            if _is_unmistakable(secret.value):
                for written in _ways_to_write(secret.value):
                    text = text.replace(written, secret.shown)
        return mask_text(text)

    def _found(self, layout: Layout, view: Mapping[str, Any]) -> Iterator[_Secret]:
        for row in layout.content_rows:
            theirs = _said(row, view)
            if theirs and (shown := self.of_row(row, theirs)) != theirs:
                yield _Secret(row.name, theirs, shown)
            for name in row.inputs:
                ours = str(view.get(name) or "")
                if _is_unmistakable(ours) and (shown := _shown(name, ours, self._child)) != ours:
                    yield _Secret(row.name, ours, shown)


def _said(row: Row, view: Mapping[str, Any]) -> str:
    try:
        value = row.value(view)
    except Inexpressible:
        return ""  # it does not go out; the raw value is masked all the same
    return "" if value is None else str(value)


def _shown(name: str, value: str, child: bool) -> str:
    return mask(name, value, child=child) if name in FIELDS else value


def _is_unmistakable(value: str) -> bool:
    return len(value) >= _UNMISTAKABLE or (len(value) > 1 and not value.isascii())


def _ways_to_write(value: str) -> set[str]:
    """A text as messages carry it: as it is, in JSON, in XML, in an address."""
    return {value, json.dumps(value)[1:-1], escape(value), escape(value, {'"': "&quot;", "'": "&apos;"}), quote(value)}
