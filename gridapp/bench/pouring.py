"""Pouring calls that nobody signed over an address: a process of its own, which knows nothing of Django."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import time
from collections import Counter

import aiohttp


def pour(url: str, calls: int, rate: int) -> Counter[str]:
    """So many calls that nobody signed, `rate` a second, 0 as fast as they go; status -> how many. A process's work."""
    os.nice(19)  # in truth it has a machine of its own: here it takes what the servers leave
    return asyncio.run(_pour(url, calls, rate))


async def _pour(url: str, calls: int, rate: int) -> Counter[str]:
    seen = Counter[str]()
    left, began = iter(range(calls)), time.monotonic()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=16), trust_env=False) as session:

        async def caller() -> None:
            for number in left:
                if rate and (early := began + number / rate - time.monotonic()) > 0:
                    await asyncio.sleep(early)
                try:
                    async with session.post(url, data=b'{"declareNo":"1"}', headers=_unsigned()) as answer:
                        seen[str(answer.status)] += 1
                except aiohttp.ClientError as error:
                    seen[type(error).__name__] += 1

        await asyncio.gather(*(caller() for _ in range(16)))
    return seen


def _unsigned() -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-App-Key": "bench",
        "X-Timestamp": str(time.time_ns() // 1_000_000),
        "X-Nonce": secrets.token_hex(16),
        "X-Sign": base64.b64encode(b"\x30\x44\x02\x20" + b"\x01" * 32 + b"\x02\x20" + b"\x02" * 32).decode(),
    }
