"""Which connectors are installed: found through the entry-point group, ours and third parties' alike, loaded once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from gridapp.contract import Connector, Profile

GROUP = "gridapp.connectors"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Installed:
    """What the entry points gave. `connectors` has those that can speak; `broken` says why others did not load."""

    profiles: Mapping[str, Profile]
    connectors: Mapping[str, type[Connector]]
    broken: Mapping[str, str]


def profiles() -> Mapping[str, Profile]:
    """Slug -> profile of every installed connector, in the order of pages."""
    return _installed().profiles


def connector(slug: str) -> type[Connector] | None:
    """The class that speaks to this kind of system; None where only its table exists yet, or nothing of that name."""
    return _installed().connectors.get(slug)


def broken() -> Mapping[str, str]:
    """Entry point -> why it could not be loaded, for the page of targets."""
    return _installed().broken


def district() -> list[Profile]:
    """The systems a district has by itself, in the order of pages: no example, no bench counterpart."""
    return [profile for profile in profiles().values() if profile.listed]


@cache
def _installed() -> Installed:
    return load(entry_points(group=GROUP))


def load(points: Iterable[EntryPoint]) -> Installed:
    """Loads entry points. One that does not load, or is not what it should be, is logged and set aside."""
    found: dict[str, Profile] = {}
    connectors: dict[str, type[Connector]] = {}
    broken: dict[str, str] = {}
    for point in points:
        try:
            profile, speaks = _read(point)
            if profile.slug in found:
                raise TypeError(f"slug {profile.slug} is taken by another connector")
        except Exception as error:  # a third party's package must not take the house down, whatever it does at import
            logger.exception("connector %s (%s) cannot be loaded", point.name, point.value)
            broken[point.name] = f"{type(error).__name__}: {error}"
            continue
        found[profile.slug] = profile
        if speaks is not None:
            connectors[profile.slug] = speaks
    ordered = dict(sorted(found.items(), key=lambda one: (one[1].position, one[1].key)))
    return Installed(MappingProxyType(ordered), MappingProxyType(connectors), MappingProxyType(broken))


def _read(point: EntryPoint) -> tuple[Profile, type[Connector] | None]:
    loaded = point.load()
    if isinstance(loaded, Profile):
        return loaded, None
    if isinstance(loaded, type) and issubclass(loaded, Connector):
        return loaded.profile, loaded
    raise TypeError(f"{point.value} is neither a Connector class nor a Profile")
