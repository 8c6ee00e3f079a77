"""What `manage.py check` finds out about the audit before the first note: keys that can be read, and its digest."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from . import digests


@register(Tags.security)
def chains_can_be_made(app_configs: object, **options: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    try:
        digests.parse_keys(settings.AUDIT_KEYS)
    except ValueError as error:
        problems.append(Error(f"AUDIT_KEYS cannot be used: {error}", id="gridapp.audit.E001"))
    if settings.AUDIT_DIGEST not in hashlib.algorithms_available:
        problems.append(Error(f"This Python has no {settings.AUDIT_DIGEST}.", id="gridapp.audit.E002"))
    return problems
