"""A small message broker (AMQP 0-9-1) inside the process: what a department's broker does for those who use it.

Topic exchanges, durable queues, accounts that may do no more than they need, confirms, returns, redelivery. What it
holds outlives its door: messages are there again when the department comes up after an outage. Not here: transactions,
virtual hosts, priorities, lifetimes, and anything about more than one machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pamqp.frame
from pamqp import commands as spec
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from .faults import Faults

FRAME_MAX = 131_072
GENERIC = frozenset(
    {
        "reset",
        "slow",
        "hang",
        "error_5xx",
        "too_many",
        "html_instead",
        "answer_lost",
        "wrong_credentials",
        "callback_early",
    }
)
"""The faults that every department with this broker has; see amqp_session.py."""


@dataclass(slots=True)
class Message:
    """One message in a queue."""

    exchange: str
    key: str
    properties: spec.Basic.Properties
    body: bytes
    redelivered: bool = False


@dataclass(slots=True, eq=False)
class MessageQueue:
    """Messages in their order, given to its consumers in turn."""

    name: str
    ready: deque[Message] = field(default_factory=deque)
    consumers: deque[Consumer] = field(default_factory=deque)

    def put(self, message: Message) -> None:
        self.ready.append(message)
        self.hand_out()

    def put_back(self, message: Message) -> None:
        """To where it came from, as far as that can be said: the head."""
        message.redelivered = True
        self.ready.appendleft(message)

    def hand_out(self) -> None:
        """As long as there is a message and a consumer with a free hand."""
        busy = 0
        while self.ready and busy < len(self.consumers):
            consumer = self.consumers[0]
            self.consumers.rotate(-1)
            if consumer.has_room:
                busy = 0
                consumer.give(self.ready.popleft())
            else:
                busy += 1


@dataclass(eq=False)
class Consumer:
    """Somebody who wants the messages of a queue as they come."""

    channel: Channel
    tag: str
    queue: MessageQueue
    acknowledges: bool

    @property
    def has_room(self) -> bool:
        prefetch = self.channel.prefetch
        return not self.acknowledges or not prefetch or len(self.channel.unacknowledged) < prefetch

    def give(self, message: Message) -> None:
        tag = self.channel.note(self.queue, message, keep=self.acknowledges)
        deliver = spec.Basic.Deliver(self.tag, tag, message.redelivered, message.exchange, message.key)
        self.channel.send_message(deliver, message)


@dataclass(eq=False)
class Channel:
    """One channel of a connection: what was handed out on it, and the message that is just coming in."""

    number: int
    write: Callable[[bytes], None]
    prefetch: int = 0
    confirms: bool = False
    published: int = 0
    handed: int = 0
    unacknowledged: dict[int, tuple[MessageQueue, Message]] = field(default_factory=dict)
    consumers: dict[str, Consumer] = field(default_factory=dict)
    coming: spec.Basic.Publish | None = None
    header: ContentHeader | None = None
    body: bytearray = field(default_factory=bytearray)

    def send(self, frame: Any) -> None:
        self.write(pamqp.frame.marshal(frame, self.number))

    def send_message(self, method: Any, message: Message) -> None:
        """A method that brings a message along."""
        self.send(method)
        self.send(ContentHeader(body_size=len(message.body), properties=message.properties))
        room = FRAME_MAX - 8
        for start in range(0, len(message.body), room):
            self.send(ContentBody(message.body[start : start + room]))

    def note(self, queue: MessageQueue, message: Message, *, keep: bool) -> int:
        """The delivery tag of a message that is handed out now."""
        self.handed += 1
        if keep:
            self.unacknowledged[self.handed] = (queue, message)
        return self.handed

    def settle(self, tag: int, *, multiple: bool, requeue: bool) -> None:
        """Acknowledged, or given back; `tag` 0 with `multiple` is everything."""
        chosen = [one for one in self.unacknowledged if one <= tag or not tag] if multiple else [tag]
        touched = {consumer.queue.name: consumer.queue for consumer in self.consumers.values()}
        for one in sorted(chosen, reverse=True):
            if one in self.unacknowledged:
                queue, message = self.unacknowledged.pop(one)
                if requeue:
                    queue.put_back(message)
                    touched[queue.name] = queue
        for queue in touched.values():
            queue.hand_out()

    def end(self) -> None:
        """Its consumers go, and what they had in hand goes back."""
        for consumer in self.consumers.values():
            consumer.queue.consumers.remove(consumer)
        self.consumers.clear()
        self.settle(0, multiple=True, requeue=True)


@dataclass(frozen=True)
class Account:
    """Who may come in. `publishes`, `reads`: the exchanges and queues it may use.

    `staff`: may declare and use everything, and meets no fault.
    """

    password: str
    publishes: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    staff: bool = False


class Broker:
    """What lasts: accounts, exchanges, queues. Used in the one loop that serves it."""

    def __init__(self, faults: Faults, accounts: dict[str, Account]) -> None:
        self.faults = faults
        self.accounts = accounts
        self.exchanges: set[str] = set()
        self.queues: dict[str, MessageQueue] = {}
        self._bindings: list[tuple[str, str, str]] = []

    def declare_queue(self, name: str) -> MessageQueue:
        return self.queues.setdefault(name, MessageQueue(name))

    def bind(self, exchange: str, pattern: str, queue: str) -> None:
        if (exchange, pattern, queue) not in self._bindings:
            self._bindings.append((exchange, pattern, queue))

    def unbind(self, queue: str) -> None:
        """Nothing comes into this queue any more."""
        self._bindings = [one for one in self._bindings if one[2] != queue]

    def route(self, message: Message) -> bool:
        """Into every queue that wants it; False when there is none."""
        wanted = {
            queue
            for exchange, pattern, queue in self._bindings
            if exchange == message.exchange and _fits(pattern.split("."), message.key.split("."))
        }
        for name in wanted:
            self.queues[name].put(Message(message.exchange, message.key, message.properties, message.body))
        return bool(wanted)

    def clear(self) -> None:
        """All messages are gone, wherever they were."""
        for queue in self.queues.values():
            queue.ready.clear()
            for consumer in queue.consumers:
                consumer.channel.unacknowledged.clear()


def _fits(pattern: list[str], key: list[str]) -> bool:
    """Words of a topic: * is one word, # any number of them."""
    if not pattern:
        return not key
    if pattern[0] == "#":
        return _fits(pattern[1:], key) or (bool(key) and _fits(pattern, key[1:]))
    return bool(key) and pattern[0] in ("*", key[0]) and _fits(pattern[1:], key[1:])
