"""Tablets that ask and enter, each at its own pace: a process of its own, which knows nothing of Django."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp


@dataclass(frozen=True)
class Step:
    """One request; `name`: what it is counted as. `form`: urlencoded, None for a GET. `good`: the status of success."""

    name: str
    address: str
    form: str | None = None
    good: int = 200


@dataclass(frozen=True)
class Tablet:
    """`cookies` of a worker who is signed in, and what they do, one step after the other."""

    cookies: dict[str, str]
    csrf: str
    steps: Sequence[Step]


@dataclass
class Seen:
    """`took`: step -> milliseconds of each that was answered as it should be; `wrong`: step and status -> how many."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)


def carried(base: str, tablets: Sequence[Tablet], pause: float, seed: int = 1) -> Seen:
    """All steps of all tablets, one every `pause` seconds and tablet, no two of them in step. A process's work."""
    return asyncio.run(_carried(base, tablets, pause, random.Random(seed)))


async def _carried(base: str, tablets: Sequence[Tablet], pause: float, chance: random.Random) -> Seen:
    seen = Seen()
    waits = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(
        base, connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), timeout=waits,
        trust_env=False,
    ) as line:  # fmt: skip
        await asyncio.gather(*(_one(line, tablet, pause, chance.uniform(0, pause), seen) for tablet in tablets))
    return seen


async def _one(line: aiohttp.ClientSession, tablet: Tablet, pause: float, late: float, seen: Seen) -> None:
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in tablet.cookies.items()),
        "X-CSRFToken": tablet.csrf,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    began = time.monotonic() + late
    for number, step in enumerate(tablet.steps):
        await asyncio.sleep(max(0.0, began + number * pause - time.monotonic()))
        await _ask(line, step, headers, seen)


async def _ask(line: aiohttp.ClientSession, step: Step, headers: dict[str, str], seen: Seen) -> None:
    began = time.monotonic()
    try:
        async with line.request(
            "GET" if step.form is None else "POST", step.address, data=step.form, headers=headers, allow_redirects=False
        ) as answer:
            await answer.read()
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        seen.wrong[f"{step.name}: {type(error).__name__}"] += 1
        return
    if status == step.good:
        seen.took[step.name].append((time.monotonic() - began) * 1000)
    else:
        seen.wrong[f"{step.name}: {status}"] += 1
