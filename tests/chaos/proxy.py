"""The wire between workers and a department, as bad as it is told to be.

    python tests/chaos/proxy.py --folder DIR --name NAME --to PORT_FILE

Listens on the port it writes to DIR/NAME.proxy and passes on to the port in PORT_FILE, read anew for every connection.
DIR/NAME.mode says what it does, looked at five times a second; no file is `pass`:

    pass            nothing
    delay SECONDS   every piece of an answer comes so much later
    drip            an answer comes byte by byte, ten a second
    cut BYTES       a connection is reset after so many bytes of an answer
    blackhole       what is said in either direction vanishes

What is asked goes on at once or never: a question that arrives after its sender has given up would be one that no
sender can ever be sure of.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import struct
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import uvloop

LOOK = 0.2
DRIP = 0.1
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing throws away what is left and says so


@dataclass
class Mode:
    """What the wire does now. `number`: seconds of a delay, bytes before a cut."""

    word: str = "pass"
    number: float = 0.0

    def read(self, path: Path) -> None:
        """A file that is just being written, or says what nobody understands, changes nothing."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            said = path.read_text().split()
            number = float(said[1]) if said[0] in ("delay", "cut") else 0.0
            if said[0] in ("pass", "delay", "drip", "cut", "blackhole"):
                self.word, self.number = said[0], number


class Side(asyncio.Protocol):
    """One end of a connection; what it hears goes to `heard`."""

    def __init__(self, pair: Pair, *, asks: bool) -> None:
        self._pair, self._asks = pair, asks
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own class is none of asyncio's
        if self._asks:
            self._pair.begin()

    def data_received(self, chunk: bytes) -> None:
        (self._pair.asked if self._asks else self._pair.answered)(chunk)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        self._pair.ended(by_asker=self._asks)

    def write(self, chunk: bytes) -> None:
        if self.transport is not None:
            self.transport.write(chunk)

    def drop(self, *, reset: bool = False) -> None:
        if self.transport is None:
            return
        if reset:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()


class Pair:
    """A worker's connection and the one it stands for."""

    def __init__(self, mode: Mode, to: Path) -> None:
        self._mode, self._to = mode, to
        self.asker, self._answerer = Side(self, asks=True), Side(self, asks=False)
        self._early: list[bytes] = []
        self._slow: asyncio.Queue[bytes] = asyncio.Queue()
        self._passed = 0
        self._lost = False
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        self._start(self._connect())
        self._start(self._pour())

    def asked(self, chunk: bytes) -> None:
        if self._swallowed():
            return
        self._passed = 0
        if self._answerer.transport is None:
            self._early.append(chunk)
        else:
            self._answerer.write(chunk)

    def answered(self, chunk: bytes) -> None:
        if self._swallowed():
            return
        if self._mode.word == "pass" and self._slow.empty():
            self._pass_on(chunk)
        elif self._mode.word == "cut" and self._passed + len(chunk) >= self._mode.number:
            self._pass_on(chunk[: max(0, int(self._mode.number) - self._passed)])
            self.asker.drop(reset=True)
        else:
            self._slow.put_nowait(chunk)

    def ended(self, *, by_asker: bool) -> None:
        """Either end going ends both: at once what was to be asked, after what is still to be said the rest."""
        if by_asker:
            for task in self._tasks:
                task.cancel()
            self._answerer.drop()
        elif not self._swallowed():
            self._slow.put_nowait(b"")

    def _swallowed(self) -> bool:
        """A connection that fell into the hole once never comes out: half a question is none."""
        self._lost = self._lost or self._mode.word == "blackhole"
        return self._lost

    def _pass_on(self, chunk: bytes) -> None:
        self._passed += len(chunk)
        self.asker.write(chunk)

    async def _connect(self) -> None:
        if self._swallowed():
            return
        try:
            port = int(self._to.read_text())
            await asyncio.get_running_loop().create_connection(lambda: self._answerer, "127.0.0.1", port)
        except (OSError, ValueError):
            self.asker.drop(reset=True)  # nobody is there
            return
        if self.asker.transport is None:
            self._answerer.drop()
            return
        for chunk in self._early:
            self._answerer.write(chunk)
        self._early.clear()

    async def _pour(self) -> None:
        """What does not go out at once, in its order."""
        while chunk := await self._slow.get():
            if self._mode.word == "drip":
                for position in range(len(chunk)):
                    await asyncio.sleep(DRIP if self._mode.word == "drip" else 0)
                    self._pass_on(chunk[position : position + 1])
                continue
            if self._mode.word == "delay":
                await asyncio.sleep(self._mode.number)
            self._pass_on(chunk)
        if self.asker.transport is not None:
            self.asker.transport.close()

    def _start(self, step: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def run(folder: Path, name: str, to: Path) -> None:
    mode, told = Mode(), folder / f"{name}.mode"
    mode.read(told)
    server = await asyncio.get_running_loop().create_server(lambda: Pair(mode, to).asker, "127.0.0.1", 0, backlog=512)
    at = folder / f"{name}.proxy"
    part = at.with_suffix(".proxy.part")
    part.write_text(str(server.sockets[0].getsockname()[1]))
    part.replace(at)
    while True:
        await asyncio.sleep(LOOK)
        mode.read(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--to", type=Path, required=True, help="file with the port of the department")
    told = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(told.folder, told.name, told.to))


if __name__ == "__main__":
    main()
