"""What a target's mapping is, as one short word: another word means that all records must be planned for it again.

The profile's rows as data; where rows have functions, also the Python source of the connector's package, for no row
says what a function does. Not followed: the dictionary and the formats that all connectors share. What they change
the nightly plan of everything finds.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from gridapp.contract import Connector, Layout, Profile, Row

_A_DEPARTMENT = "sandbox"
"""How modules are called that play the department: they change nothing of what is sent."""


@cache
def fingerprint(connector: type[Connector]) -> str:
    """64 hex digits, the same in every process that runs this source, whichever Python it runs on.

    Read once a process: a file that is replaced under a running process does not change what that process does.
    """
    profile = connector.profile
    said = orjson.dumps(_of(profile), option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(said)
    if any(row.format or row.whole for layout in profile.layouts.values() for row in layout.rows):
        for path in _sources(connector.__module__):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _of(profile: Profile) -> dict[str, Any]:
    return {
        "layouts": {str(kind): _layout(layout) for kind, layout in profile.layouts.items()},
        "needs": sorted(profile.needs),
        "gives": dict(profile.gives),
        "gives_for": {name: str(kind) for name, kind in profile.gives_for.items()},
        "permits": sorted(profile.permits),
    }


def _layout(layout: Layout) -> dict[str, Any]:
    return {
        "rows": [_row(row) for row in layout.rows],
        "applies": layout.applies.as_json(),
        "closes": layout.closes.as_json(),
        "actions": sorted(layout.actions),
    }


def _row(row: Row) -> list[Any]:
    return [row.source, row.name, row.required.as_json(), sorted(row.reads), _name(row.format), _name(row.whole)]


def _name(function: Callable[..., Any] | None) -> str:
    """Which function it is; never its address, which is another one in every process."""
    if function is None:
        return ""
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"


def _sources(module: str) -> Iterator[Path]:
    """The files of the package that the module is in, or its own where it is in none; nothing where there are none."""
    loaded = sys.modules[module]
    own = Path(loaded.__file__ or "")
    if not loaded.__package__:
        yield from [own] if own.suffix == ".py" else []
        return
    for path in sorted(own.parent.rglob("*.py")):
        if not path.relative_to(own.parent).parts[0].startswith(_A_DEPARTMENT):
            yield path
