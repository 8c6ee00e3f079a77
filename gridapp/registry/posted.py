"""What a form of our pages says when it is posted: canonical name -> raw text, as it stood in the field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.http import QueryDict

from gridapp.dictionary import FIELDS

_CODE_AND_NAME = re.compile(r"\s*(\d{6})(?!\d)")
"""A division stands in its field with its name, as it was chosen."""


def typed(form: QueryDict, names: Iterable[str]) -> dict[str, Any]:
    """The fields of `names` that were sent; a list of texts where several codes can be chosen, else one text."""
    found: dict[str, Any] = {}
    for name in names:
        if name not in form:
            continue
        kind = FIELDS[name].type
        raw = str(form[name]).strip()
        code = _CODE_AND_NAME.match(raw) if kind == "division" else None
        found[name] = form.getlist(name) if kind == "codes" else code[1] if code else raw
    return found
