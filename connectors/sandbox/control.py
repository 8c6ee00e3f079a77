"""The control server of the sandbox: look into the departments' stores and ledgers, tell them to misbehave.

For tests, the demo and a person with curl; it listens on this machine only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from .department import Department
from .faults import WORDS
from .honoured import honoured

Act = Callable[[Department], None]


class Control:
    """`GET /faults/`, `GET /departments/`, `GET /departments/{key}/` with `store/`, `ledger/`, `elsewhere/` below it,
    `POST` and `DELETE` of its `faults/`, `POST` of its `stop/`, `start/`, `reset/`, `upload/`, `POST /reset/` for all.
    """

    def __init__(self, departments: Mapping[str, Department]) -> None:
        self._departments = departments
        self._runner: web.AppRunner | None = None

    async def open(self, port: int = 0) -> str:
        """Serve on this machine; returns the address. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        one = "/departments/{key}/"
        app.add_routes(
            [
                web.get("/faults/", self._words),
                web.get("/departments/", self._all),
                web.get(one, self._one),
                web.get(f"{one}store/", self._store),
                web.get(f"{one}ledger/", self._ledger),
                web.get(f"{one}elsewhere/", self._elsewhere),
                web.get(f"{one}faults/", self._faults),
                web.post(f"{one}faults/", self._set_faults),
                web.delete(f"{one}faults/", self._doing(lambda department: department.faults.clear())),
                web.post(f"{one}stop/", self._doing(lambda department: department.stop())),
                web.post(f"{one}start/", self._doing(lambda department: department.start())),
                web.post(f"{one}reset/", self._doing(lambda department: department.reset())),
                web.post(f"{one}upload/", self._upload),
                web.post("/reset/", self._reset_all),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True).start()
        host, served = self._runner.addresses[0][:2]
        return f"http://{host}:{served}/"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _words(self, request: web.Request) -> web.Response:
        return web.json_response({name: {"zh": chinese, "en": english} for name, (chinese, english) in WORDS.items()})

    async def _all(self, request: web.Request) -> web.Response:
        return web.json_response({key: _standing(department) for key, department in self._departments.items()})

    async def _one(self, request: web.Request) -> web.Response:
        return web.json_response(_standing(self._named(request)))

    async def _store(self, request: web.Request) -> web.Response:
        return web.json_response(self._named(request).store.dump())

    async def _ledger(self, request: web.Request) -> web.Response:
        return web.json_response(self._named(request).ledger.lines())

    async def _elsewhere(self, request: web.Request) -> web.Response:
        return web.json_response(self._named(request).elsewhere.lines())

    async def _upload(self, request: web.Request) -> web.Response:
        department = self._named(request)
        content = await request.read()
        try:
            came_back = await asyncio.to_thread(department.upload, content)
        except NotImplementedError as error:
            raise web.HTTPNotImplemented(text=f"nothing is uploaded at {department.key}") from error
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.Response(body=came_back)

    async def _faults(self, request: web.Request) -> web.Response:
        return web.json_response(self._named(request).faults.as_json())

    async def _set_faults(self, request: web.Request) -> web.Response:
        department = self._named(request)
        try:
            told = await request.json()
            # In a thread: the fault "down" waits until the department's own thread has ended.
            await asyncio.to_thread(department.faults.read, told)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise web.HTTPBadRequest(text=f"cannot read the faults: {error}") from error
        return web.json_response(_standing(department))

    def _doing(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            department = self._named(request)
            await asyncio.to_thread(act, department)
            return web.json_response(_standing(department))

        return handler

    async def _reset_all(self, request: web.Request) -> web.Response:
        for department in self._departments.values():
            await asyncio.to_thread(department.reset)
        return await self._all(request)

    def _named(self, request: web.Request) -> Department:
        key = request.match_info["key"]
        if key not in self._departments:
            raise web.HTTPNotFound(text=f"no department {key}, there are {', '.join(self._departments)}")
        return self._departments[key]


def _standing(department: Department) -> dict[str, Any]:
    return {
        "slug": department.slug,
        "running": department.running,
        "port": department.port,
        "store": department.store.sizes(),
        "ledger": len(department.ledger),
        "faults": department.faults.as_json(),
        "honours": sorted(honoured(type(department))),
    }
