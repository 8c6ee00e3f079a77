"""What `manage.py check` and `migrate` find out before it is too late: ciphers and digests, the database's letters."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from gridapp import sealing, tablet_keys

_SAMPLE = "检查"


@register(Tags.security)
def ciphers_work(app_configs: object, **options: Any) -> list[CheckMessage]:
    """The configured keys seal and open, and SM3 is there for blind indexes: a library may be built without them."""
    problems: list[CheckMessage] = []
    try:
        opened = sealing.unseal(sealing.seal(_SAMPLE.encode(), bound_to="check"), bound_to="check").decode()
        if opened != _SAMPLE:
            problems.append(Error("A sealed value does not open as what it was.", id="gridapp.E001"))
    except (ValueError, UnsupportedAlgorithm) as error:
        problems.append(Error(f"SEALING_KEYS cannot be used: {error}", id="gridapp.E001"))
    try:
        hmac.digest(settings.INDEX_KEY.encode(), b"", "sm3")
    except ValueError:
        hint = "Use a Python whose OpenSSL has SM3 (1.1.1 or newer)."
        problems.append(Error("This Python has no SM3.", hint=hint, id="gridapp.E002"))
    return problems


@register(Tags.security)
def tablets_can_seal(app_configs: object, **options: Any) -> list[CheckMessage]:
    """TABLET_KEYS can be read: found out here, and not when the first tablet asks for one."""
    try:
        tablet_keys.known()
    except ValueError as error:
        return [Error(f"TABLET_KEYS cannot be used: {error}", hint="manage.py tabletkey makes one.", id="gridapp.E004")]
    return []


@register(Tags.database)
def letters_are_letters(
    app_configs: object, databases: Sequence[str] | None = None, **options: Any
) -> list[CheckMessage]:
    """With LC_CTYPE C a database takes no Chinese character for a letter: search indexes stay empty, silently."""
    problems: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT %s ~ '^[[:alpha:]]+$', current_setting('server_encoding')", [_SAMPLE])
            letters, encoding = cursor.fetchone()
        if not letters or encoding != "UTF8":
            hint = "CREATE DATABASE … ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' TEMPLATE template0"
            problems.append(
                Error("The database takes Chinese characters for no letters.", hint=hint, id="gridapp.E003")
            )
    return problems
