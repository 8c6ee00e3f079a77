"""The door of a department that speaks HTTP: an aiohttp server in its own thread, and the faults that all can have."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .faults import Faults
from .strange import HOST, Elsewhere, drip, pour

if TYPE_CHECKING:
    from .department import Department

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ErrorIn200 = Callable[[], web.Response]

GENERIC = frozenset(
    {
        "reset",
        "slow",
        "hang",
        "error_5xx",
        "too_many",
        "html_instead",
        "error_in_200",
        "answer_lost",
        "redirect",
        "drip",
        "huge",
    }
)
"""The faults that every department with this channel has."""
SIGN_IN_PAGE = "<!DOCTYPE html><html><title>统一身份认证</title><form>用户名 密码</form></html>"


def _error_in_200() -> web.Response:
    return web.json_response({"code": "500", "msg": "系统繁忙,请稍后再试"})


class HttpChannel:
    """Serves `routes` on 127.0.0.1. `error_in_200` makes the department's own error under status 200.

    `spares`: paths that no fault of this channel touches, such as a sign-in in front of what is tried.
    """

    def __init__(
        self,
        department: Department,
        routes: Iterable[web.AbstractRouteDef],
        *,
        error_in_200: ErrorIn200 = _error_in_200,
        largest: int = 4 * 1024 * 1024,
        spares: Collection[str] = (),
    ) -> None:
        self._elsewhere = Elsewhere(department.elsewhere)
        misbehaving = _misbehaving(department, error_in_200, self._elsewhere, spares)
        self._app = web.Application(middlewares=[misbehaving], client_max_size=largest)
        self._app.add_routes(routes)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def open(self, port: int) -> int:
        """Serve in a thread of its own. Raises OSError when the port is taken."""
        opened: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(port, opened), name=f"sandbox-http-{port}", daemon=True)
        self._thread.start()
        return opened.result()

    def close(self) -> None:
        """Refuse from now on; requests in the middle are cut off."""
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _run(self, port: int, opened: Future[int]) -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            # The shutdown time-out is short: a department that goes down does not wait for its visitors.
            server = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.05)
            try:
                served = loop.run_until_complete(_listen(server, port))
                loop.run_until_complete(self._elsewhere.open())
            except OSError as error:
                loop.run_until_complete(server.cleanup())
                opened.set_exception(error)
                return
            self._loop = loop
            opened.set_result(served)
            loop.run_forever()
            loop.run_until_complete(server.cleanup())
            loop.run_until_complete(self._elsewhere.close())


async def _listen(server: web.AppRunner, port: int) -> int:
    await server.setup()
    await web.TCPSite(server, HOST, port, reuse_address=True).start()
    address: tuple[str, int] = server.addresses[0]
    return address[1]


def _misbehaving(
    department: Department, error_in_200: ErrorIn200, elsewhere: Elsewhere, spares: Collection[str]
) -> Any:
    """The faults that need no knowledge of the department, before and after its own handler."""
    faults = department.faults

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in spares:
            return await handler(request)
        if faults.take("reset"):
            return _cut(request)
        await asyncio.sleep(department.waits() + float(faults.take("slow") or 0))
        if faults.take("hang"):
            await asyncio.sleep(24 * 3600)
        refusal = _refusal(faults, error_in_200)
        if refusal is not None:
            return refusal
        redirect = faults.take("redirect")
        if redirect:
            return elsewhere.redirect(request, redirect)
        answer = await handler(request)
        if faults.take("answer_lost"):
            return _cut(request)
        every = faults.take("drip")
        if every:
            return await drip(request, answer, every)
        return await pour(request, answer) if faults.take("huge") else answer

    return middleware


def _refusal(faults: Faults, error_in_200: ErrorIn200) -> web.Response | None:
    """What is said without a look at the request."""
    if faults.take("error_5xx"):
        return web.Response(status=503, text="<html>503 Service Temporarily Unavailable</html>")
    retry_after = faults.take("too_many")
    if retry_after is not None:
        headers = {} if retry_after is True else {"Retry-After": str(retry_after)}
        return web.Response(status=429, text="请求过于频繁", headers=headers)
    if faults.take("html_instead"):
        return web.Response(text=SIGN_IN_PAGE, content_type="text/html")
    return error_in_200() if faults.take("error_in_200") else None


def _cut(request: web.Request) -> web.Response:
    """Close the connection with a reset instead of an answer."""
    transport = request.transport
    if transport is not None:
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
