"""The smallest department there can be, to test what all of them share."""

from __future__ import annotations

import http.client
from contextlib import closing

from aiohttp import web

from connectors.sandbox import Department, HttpChannel


class Office(Department):
    """Keeps what is posted to it; the body is the key."""

    key = "OFFICE"
    slug = "office"
    takes = (0.5, 2.0)

    def channel(self) -> HttpChannel:
        return HttpChannel(self, [web.post("/in", self._receive)])

    def settings(self) -> dict[str, str]:
        return {"url": f"http://127.0.0.1:{self.port}/in"}

    async def _receive(self, request: web.Request) -> web.Response:
        key = await request.text()
        self.ledger.add(key, "keep")
        if not self.faults.take("lose"):
            self.store.put("kept", key, {"key": key})
        return web.json_response({"ok": True})

    def post(self, key: str, *, seconds: float = 5) -> tuple[int, str, dict[str, str]]:
        """Status, body, headers. Raises OSError where there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        with closing(connection):
            connection.request("POST", "/in", key.encode())
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), dict(answer.headers)
