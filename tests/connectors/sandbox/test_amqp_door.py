"""The door of a department with a message queue: up, down, up again on its port, and no door without a clerk."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import pytest

from connectors.sandbox.amqp import Broker
from connectors.sandbox.amqp_door import QueueChannel
from connectors.sandbox.faults import Faults
from tests.conftest import Until


async def dozing(port: int, sits: Callable[[], None]) -> None:
    sits()
    await asyncio.get_running_loop().create_future()


async def at_a_loss(port: int, sits: Callable[[], None]) -> None:
    raise ConnectionError("the broker of the others is not there")


def lets_in(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except ConnectionError:
        return False


def doors() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "sandbox-queue"]


def test_it_comes_up_again_on_its_port() -> None:
    broker = Broker(Faults(), {})
    door = QueueChannel(broker, dozing)
    port = door.open(0)
    assert lets_in(port)

    door.close()
    assert not lets_in(port)

    again = QueueChannel(broker, dozing)
    assert again.open(port) == port
    assert lets_in(port)
    again.close()
    assert doors() == []


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address already in use"):
            QueueChannel(Broker(Faults(), {}), dozing).open(taken.getsockname()[1])
    assert doors() == []


def test_without_its_clerk_it_does_not_open() -> None:
    with pytest.raises(ConnectionError, match="not there"):
        QueueChannel(None, at_a_loss).open(5672)
    assert doors() == []


def test_a_clerk_who_is_driven_from_the_counter_sits_down_again(until: Until, caplog: pytest.LogCaptureFixture) -> None:
    sat: list[int] = []

    async def driven_away(port: int, sits: Callable[[], None]) -> None:
        sits()
        sat.append(port)
        if len(sat) == 1:
            raise ConnectionError("the broker of the others went away")
        await asyncio.get_running_loop().create_future()

    door = QueueChannel(Broker(Faults(), {}), driven_away)
    port = door.open(0)
    until(lambda: len(sat) == 2)
    door.close()

    assert sat == [port, port]
    assert [record.getMessage() for record in caplog.records if "clerk" in record.getMessage()] == [
        "sandbox-queue: the clerk sits down again after ConnectionError"
    ]
    assert doors() == []


def test_who_is_connected_when_it_closes_is_cut_off() -> None:
    door = QueueChannel(Broker(Faults(), {}), dozing)
    with socket.create_connection(("127.0.0.1", door.open(0)), timeout=30) as visitor:
        visitor.sendall(b"AMQP\x00\x00\x09\x01")
        assert visitor.recv(1) == b"\x01"
        door.close()
        while visitor.recv(65536):  # what it still had to say
            pass


def test_who_speaks_something_else_is_told_what_is_spoken_here() -> None:
    door = QueueChannel(Broker(Faults(), {}), dozing)
    with socket.create_connection(("127.0.0.1", door.open(0)), timeout=30) as visitor:
        visitor.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert visitor.recv(8) == b"AMQP\x00\x00\x09\x01"
    door.close()


def test_something_is_done_in_its_loop_or_at_once() -> None:
    seen: list[str] = []
    door = QueueChannel(Broker(Faults(), {}), dozing)
    door.do(lambda: seen.append(threading.current_thread().name))
    door.open(0)
    door.do(lambda: seen.append(threading.current_thread().name))
    door.close()

    assert seen == [threading.current_thread().name, "sandbox-queue"]
