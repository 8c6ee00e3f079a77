"""The yardstick: a bare aiohttp loop that posts the same bodies to the same targets and keeps nothing."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Sequence

import aiohttp

NAME = "bare aiohttp loop"
IN_FLIGHT = 48
"""Connections of one process, as in the published ceilings."""


def posts_per_second(urls: Sequence[str], bodies: Sequence[bytes], *, processes: int) -> float:
    """Every body to every url, split over `processes`; the rate over all, first post to last answer."""
    context = multiprocessing.get_context("spawn")
    shares = [list(bodies[number::processes]) for number in range(processes)]
    with context.Pool(processes) as pool:
        pool.map(_warm, range(processes))
        times = pool.starmap(_run, [(list(urls), share) for share in shares])
    began, ended = min(start for start, _ in times), max(end for _, end in times)
    return len(urls) * len(bodies) / (ended - began)


def _warm(number: int) -> int:
    return number


def _run(urls: list[str], bodies: list[bytes]) -> tuple[float, float]:
    began = time.monotonic()
    asyncio.run(_post(urls, bodies))
    return began, time.monotonic()


async def _post(urls: list[str], bodies: list[bytes]) -> None:
    work = ((url, body) for body in bodies for url in urls)
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT), trust_env=False) as session:

        async def worker() -> None:
            for url, body in work:
                async with session.post(url, data=body, headers=headers) as answer:
                    await answer.read()

        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
