"""DATABASE_URL, read as libpq reads it: what else it says (sslmode, sslrootcert, …) counts, not only who and where."""

from __future__ import annotations

import os
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_NAMED = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
_HERE = ("", "localhost", "127.0.0.1", "::1")
TLS = "verify-full"
"""The one mode in which certificate and name of the server are looked at: the others take anybody's, or do without."""


def read(url: str, options: dict[str, Any]) -> dict[str, Any]:
    """Django's NAME, USER, PASSWORD, HOST, PORT, OPTIONS. `options` are ours; those of the address are added to them.

    Raises ImproperlyConfigured, without repeating the address: a password stands in it.
    """
    try:
        said = conninfo_to_dict(url)
    except ProgrammingError:
        raise ImproperlyConfigured("DATABASE_URL is not written as libpq reads it: postgresql://…") from None
    more = {name: str(value) for name, value in said.items() if name not in _NAMED}
    if "options" in more:
        more["options"] = f"{options.get('options', '')} {more['options']}".strip()
    return {ours: str(said.get(name) or "") for name, ours in _NAMED.items()} | {"OPTIONS": {**options, **more}}


def refuse(read: dict[str, Any]) -> None:
    """Raises ImproperlyConfigured where another machine would be spoken to without TLS, or whoever it is."""
    options = read["OPTIONS"]
    if _is_here(read["HOST"], options) or (options.get("sslmode") or os.environ.get("PGSSLMODE", "")) == TLS:
        return
    raise ImproperlyConfigured(
        f"DATABASE_URL must end in ?sslmode={TLS}&sslrootcert=… where the database is another machine: sslrootcert is "
        "the file of the authority that made the server's certificate, or system"
    )


def _is_here(host: str, options: dict[str, Any]) -> bool:
    """Whether it is a socket or a loopback address of this machine, each of them where several are named."""
    if options.get("service") or os.environ.get("PGSERVICE"):
        return False  # a file that we do not read says where
    asked = (options.get("hostaddr"), host, os.environ.get("PGHOSTADDR"), os.environ.get("PGHOST"))
    places = str(next(filter(None, asked), "")).split(",")
    return all(place in _HERE or place.startswith(("/", "@")) for place in places)
