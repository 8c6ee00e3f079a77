"""Answers that end a careless caller: drop by drop, without end, or "please go there instead"."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import web

HOST = "127.0.0.1"
DROP_EVERY = 0.1
"""Seconds between two bytes where the fault names none."""
_BLOCK = b" " * 65536


class Elsewhere:
    """Another address on this machine: notes who comes, what they bring, and says yes to everything."""

    def __init__(self, ledger: Any) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes([web.route("*", "/{path:.*}", self._welcome)])
        self._ledger = ledger
        self._server = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        self._url = ""

    async def open(self) -> None:
        await self._server.setup()
        await web.TCPSite(self._server, HOST, 0).start()
        host, port = self._server.addresses[0][:2]
        self._url = f"http://{host}:{port}"

    async def close(self) -> None:
        await self._server.cleanup()

    def redirect(self, request: web.Request, status: Any) -> web.Response:
        """Sends a visitor there: 302, or the status that the fault names (307 and 308 ask for the body again)."""
        code = 302 if status is True else int(status)
        return web.Response(status=code, headers={"Location": f"{self._url}{request.path_qs}"})

    async def _welcome(self, request: web.Request) -> web.Response:
        body = await request.read()
        self._ledger.add(request.path, request.method, size=len(body), headers=sorted(request.headers))
        return web.json_response({"ok": True, "code": 0, "errcode": 0, "appcode": "0"})


async def drip(request: web.Request, answer: web.StreamResponse, every: Any) -> web.StreamResponse:
    """The answer, a byte every so many seconds."""
    body = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b" "
    pause = DROP_EVERY if every is True else float(every)
    dripping = web.StreamResponse(status=answer.status, headers={"Content-Type": _type(answer)})
    dripping.content_length = len(body)
    with suppress(ConnectionError):  # they have given up
        await dripping.prepare(request)
        for place in range(len(body)):
            await asyncio.sleep(pause)
            await dripping.write(body[place : place + 1])
    return dripping


async def pour(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """The answer, and then spaces for ever: whoever reads to the end reads for ever."""
    body = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""
    pouring = web.StreamResponse(status=answer.status, headers={"Content-Type": _type(answer)})
    with suppress(ConnectionError):
        await pouring.prepare(request)
        await pouring.write(body)
        while True:
            await pouring.write(_BLOCK)
    return pouring


def _type(answer: web.StreamResponse) -> str:
    return answer.headers.get("Content-Type", "application/octet-stream")
