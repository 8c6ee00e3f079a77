"""Words that stand in ledgers for fields and codes besides the dictionary's own: read from ledgers_words.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_READ: Mapping[str, Any] = json.loads(Path(__file__).with_name("ledgers_words.json").read_text(encoding="utf-8"))

HEADINGS: Mapping[str, Sequence[str]] = _READ["headings"]
"""Canonical name -> what people head its column with."""
CODES: Mapping[str, Mapping[str, str]] = _READ["codes"]
"""Code table -> word -> code."""
YES: frozenset[str] = frozenset(_READ["yes"])
NO: frozenset[str] = frozenset(_READ["no"])
ROOM: str = _READ["room"]
"""What may stand behind the number of a room."""
