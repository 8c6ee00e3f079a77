"""Connectors for the bench alone: one that answers at once, and the plain one with eight records in flight.

Workers find them the way they find a third party's: by the entry points of a distribution on their path.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from gridapp.contract import Capabilities, Connector, Delivered, Outcome, Parcel

GROUP = "gridapp.connectors"
EIGHT = 8

_plain: Any = next(iter(entry_points(group=GROUP, name="plain_json"))).load()


class AtOnce(Connector):
    """Nothing is rendered and nothing leaves the process: what is left is the engine."""

    profile = replace(_plain.profile, key="AT_ONCE", slug="at_once")
    capabilities = Capabilities(batch=500, deadline=30.0, resend_safe=True)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [Delivered()] * len(parcels)


class ByEight(_plain):  # type: ignore[misc]  # the plain connector, found by its entry point
    """The plain connector with eight records in flight instead of its own number."""

    profile = replace(_plain.profile, key="BY_EIGHT", slug="by_eight")
    capabilities = replace(_plain.capabilities, concurrency=EIGHT)


OWN: Mapping[str, type[Connector]] = {"at_once": AtOnce, "by_eight": ByEight}


@contextlib.contextmanager
def installed(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment in which both are installed, while the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        distribution = Path(folder) / "gridapp_bench-0.dist-info"
        distribution.mkdir()
        (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: gridapp-bench\nVersion: 0\n")
        lines = [f"{slug} = {__name__}:{speaks.__name__}" for slug, speaks in OWN.items()]
        (distribution / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]))
        path = [folder, *filter(None, [os.environ.get("PYTHONPATH")])]
        yield {**environment, "PYTHONPATH": os.pathsep.join(path)}
