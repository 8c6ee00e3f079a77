"""Which system waits for which other's number: rings that would wait for ever, and numbers that nobody gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gridapp.contract import NEVER, Kind, Profile

Place = tuple[str, Kind]
"""One system's part for one kind of record: the code of a flat does not wait for what is known of a person."""


def rings(profiles: Sequence[Profile]) -> list[list[str]]:
    """Systems that wait for each other in a ring, by their keys, each ring once and from its first key on."""
    waits = {place: sorted(set(_waits_for(place, profiles))) for place in _places(profiles)}
    found = {ring for place in waits for ring in _rings_from(place, waits)}
    return [list(ring) for ring in sorted(found)]


def ungiven(profiles: Sequence[Profile]) -> list[tuple[str, str]]:
    """(system, what it waits for) where no system here is that one, or gives that number."""
    keys, given = {one.key for one in profiles}, set(_givers(profiles))
    missing = [(one.key, need) for one in profiles for need in one.needs if need not in keys]
    missing += [(one.key, name) for one in profiles for name in _numbers(one) if name not in given]
    return sorted(set(missing))


def _places(profiles: Sequence[Profile]) -> list[Place]:
    return [(one.key, kind) for one in profiles for kind in one.layouts]


def _givers(profiles: Sequence[Profile]) -> Mapping[str, Profile]:
    return {name: one for one in profiles for name in one.gives.values()}


def _numbers(one: Profile, kind: Kind | None = None) -> Iterator[str]:
    """The numbers of others that must be there before it is sent: `WG.personId`, never a field of the dictionary."""
    for own, layout in one.layouts.items():
        if kind in (None, own):
            rows = (row for row in layout.content_rows if row.required is not NEVER)
            yield from (row.source for row in rows if row.source.partition(".")[0].isupper())


def _waits_for(place: Place, profiles: Sequence[Profile]) -> Iterator[Place]:
    key, kind = place
    by_key, givers = {one.key: one for one in profiles}, _givers(profiles)
    own = by_key[key]
    for need in own.needs:
        if (other := by_key.get(need)) is not None:
            yield from ((need, its) for its in other.layouts if its is kind or kind not in other.layouts)
    layout = own.layouts[kind]
    for row in layout.content_rows:
        giver = givers.get(row.source) if row.required is not NEVER else None
        if giver is not None and giver.key != key:
            only = giver.gives_for.get(row.source)
            yield from ((giver.key, its) for its in giver.layouts if only in (None, its))


def _rings_from(start: Place, waits: Mapping[Place, Sequence[Place]]) -> Iterator[tuple[str, ...]]:
    """Every ring that leads back to `start`; told from its first key on, so that it is one whoever begins."""
    ways: list[tuple[Place, ...]] = [(start,)]
    while ways:
        way = ways.pop()
        for after in waits.get(way[-1], ()):
            if after == start:
                keys = [key for key, _ in way]
                first = keys.index(min(keys))
                yield (*keys[first:], *keys[:first])
            elif after not in way:
                ways.append((*way, after))
