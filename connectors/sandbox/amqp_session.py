"""One connection with the small broker, from the handshake to the last frame, and the faults that a broker can have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from pamqp import commands as spec
from pamqp.body import ContentBody
from pamqp.exceptions import PAMQPException
from pamqp.header import ContentHeader

from .amqp import FRAME_MAX, Broker, Channel, Consumer, Message
from .amqp_wire import CutOffError, RefusalError, Wire

LARGEST = 16 * 1024 * 1024
"""Bytes of a message that it takes."""
EARLY = 0.3
"""Seconds that its confirm comes after the message has been read by others (fault callback_early)."""
PAGE = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html><html><title>统一身份认证</title></html>"
PRODUCT: dict[str, Any] = {
    "product": "sandbox",
    "capabilities": {"publisher_confirms": True, "basic.nack": True, "authentication_failure_close": True},
}


class Session:
    """One client. `run` serves it to its end."""

    def __init__(self, broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._broker = broker
        self._wire = Wire(reader, writer)
        self._channels: dict[int, Channel] = {}
        self._name = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._methods: Mapping[type[Any], Callable[[Channel, Any], None]] = {
            spec.Channel.Close: self._close_channel,
            spec.Confirm.Select: self._confirm,
            spec.Exchange.Declare: self._declare_exchange,
            spec.Queue.Declare: self._declare_queue,
            spec.Queue.Bind: self._bind,
            spec.Basic.Qos: self._prefetch,
            spec.Basic.Consume: self._consume,
            spec.Basic.Cancel: self._cancel,
            spec.Basic.Get: self._get,
            spec.Basic.Ack: lambda channel, ack: channel.settle(ack.delivery_tag, multiple=ack.multiple, requeue=False),
            spec.Basic.Nack: lambda channel, nack: channel.settle(
                nack.delivery_tag, multiple=nack.multiple, requeue=nack.requeue
            ),
            spec.Basic.Reject: lambda channel, one: channel.settle(
                one.delivery_tag, multiple=False, requeue=one.requeue
            ),
        }

    async def run(self) -> None:
        try:
            await self._shake_hands()
            await self._serve()
        except RefusalError as refusal:
            self._wire.send(spec.Connection.Close(refusal.code, refusal.text, 0, 0))
        except (CutOffError, asyncio.IncompleteReadError, OSError, PAMQPException):
            self._wire.cut()
        finally:
            for task in self._tasks:
                task.cancel()
            for channel in self._channels.values():
                channel.end()
            self._wire.close()

    async def _shake_hands(self) -> None:
        wire = self._wire
        await wire.be_greeted()
        if self._broker.faults.take("html_instead"):
            await wire.say_and_leave(PAGE.encode())
        wire.send(spec.Connection.Start(0, 9, PRODUCT, "PLAIN", "en_US"))
        self._sign_in(str((await wire.expect(spec.Connection.StartOk)).response))
        wire.send(spec.Connection.Tune(64, FRAME_MAX, 60))
        every = (await wire.expect(spec.Connection.TuneOk)).heartbeat
        await wire.expect(spec.Connection.Open)
        wire.send(spec.Connection.OpenOk())
        if every:
            self._later(wire.beat(every / 2))

    def _sign_in(self, told: str) -> None:
        self._name, _, password = told.removeprefix("\0").partition("\0")
        account = self._broker.accounts.get(self._name)
        meets_faults = account is not None and not account.staff
        refuses = meets_faults and self._broker.faults.is_on("wrong_credentials")
        if account is None or account.password != password or refuses:
            raise RefusalError(403, "ACCESS_REFUSED - Login was refused using PLAIN", whole=True)

    async def _serve(self) -> None:
        while True:
            number, frame = await self._wire.read()
            if isinstance(frame, spec.Connection.Close):
                self._wire.send(spec.Connection.CloseOk())
                return
            if isinstance(frame, spec.Channel.Open):
                self._channels[number] = Channel(number, self._wire.write)
                self._channels[number].send(spec.Channel.OpenOk())
            channel = self._channels.get(number)  # what still comes for a channel that was ended is not read
            if channel is None:
                continue
            try:
                await self._take(channel, frame)
            except RefusalError as refusal:
                if refusal.whole:
                    raise
                self._channels.pop(number).end()
                channel.send(spec.Channel.Close(refusal.code, refusal.text, 0, 0))

    async def _take(self, channel: Channel, frame: Any) -> None:
        method = self._methods.get(type(frame))
        if method is not None:
            method(channel, frame)
        elif isinstance(frame, spec.Basic.Publish):
            channel.coming, channel.header = frame, None
            channel.body.clear()
        elif isinstance(frame, ContentHeader):
            channel.header = frame
        elif isinstance(frame, ContentBody):
            channel.body += frame.value
            if len(channel.body) > LARGEST:
                raise RefusalError(406, "PRECONDITION_FAILED - message too large")
        if channel.coming and channel.header and len(channel.body) >= channel.header.body_size:
            publish, properties = channel.coming, channel.header.properties
            message = Message(publish.exchange, publish.routing_key, properties, bytes(channel.body))
            channel.coming = None
            await self._publish(channel, message, mandatory=publish.mandatory)

    # --- Publishing --------------------------------------------------------------------------------------------------

    async def _publish(self, channel: Channel, message: Message, *, mandatory: bool) -> None:
        account, faults = self._broker.accounts[self._name], self._broker.faults
        if not account.staff and message.exchange not in account.publishes:
            raise RefusalError(403, f"ACCESS_REFUSED - access to exchange '{message.exchange}' refused")
        if message.exchange not in self._broker.exchanges:
            raise RefusalError(404, f"NOT_FOUND - no exchange '{message.exchange}'")
        channel.published += 1
        number = channel.published
        if account.staff:
            self._accept(channel, message, number, mandatory=mandatory)
            return
        if faults.take("reset"):
            raise CutOffError
        if faults.take("hang"):
            return
        if faults.take("error_5xx"):
            raise RefusalError(541, "INTERNAL_ERROR")
        if faults.take("too_many"):
            channel.send(spec.Basic.Nack(number))
            return
        slow, early = float(faults.take("slow") or 0), faults.take("callback_early")
        if slow or early:
            self._later(self._accept_late(channel, message, number, slow, mandatory=mandatory))
            return
        lost = faults.take("answer_lost")
        self._accept(channel, message, number, mandatory=mandatory, silently=bool(lost))
        if lost:
            raise CutOffError

    async def _accept_late(
        self, channel: Channel, message: Message, number: int, slow: float, *, mandatory: bool
    ) -> None:
        """After some time, or (`slow` 0) with the confirm long after the message has gone its way."""
        await asyncio.sleep(slow)
        self._accept(channel, message, number, mandatory=mandatory, silently=not slow)
        if not slow:
            await asyncio.sleep(EARLY)
            channel.send(spec.Basic.Ack(number))

    def _accept(
        self, channel: Channel, message: Message, number: int, *, mandatory: bool, silently: bool = False
    ) -> None:
        routed = self._broker.route(message)
        if mandatory and not routed:
            channel.send_message(spec.Basic.Return(312, "NO_ROUTE", message.exchange, message.key), message)
        if channel.confirms and not silently:
            channel.send(spec.Basic.Ack(number))

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- Methods -----------------------------------------------------------------------------------------------------

    def _close_channel(self, channel: Channel, close: Any) -> None:
        self._channels.pop(channel.number).end()
        channel.send(spec.Channel.CloseOk())

    def _confirm(self, channel: Channel, select: Any) -> None:
        channel.confirms = True
        channel.send(spec.Confirm.SelectOk())

    def _declare_exchange(self, channel: Channel, declare: Any) -> None:
        if declare.passive and declare.exchange not in self._broker.exchanges:
            raise RefusalError(404, f"NOT_FOUND - no exchange '{declare.exchange}'")
        if not declare.passive:
            self._staff_only(declare.exchange)
            self._broker.exchanges.add(declare.exchange)
        channel.send(spec.Exchange.DeclareOk())

    def _declare_queue(self, channel: Channel, declare: Any) -> None:
        if declare.passive and declare.queue not in self._broker.queues:
            raise RefusalError(404, f"NOT_FOUND - no queue '{declare.queue}'")
        if not declare.passive:
            self._staff_only(declare.queue)
        queue = self._broker.declare_queue(declare.queue)
        channel.send(spec.Queue.DeclareOk(queue.name, len(queue.ready), len(queue.consumers)))

    def _bind(self, channel: Channel, bind: Any) -> None:
        self._staff_only(bind.queue)
        self._broker.bind(bind.exchange, bind.routing_key, bind.queue)
        channel.send(spec.Queue.BindOk())

    def _prefetch(self, channel: Channel, qos: Any) -> None:
        channel.prefetch = qos.prefetch_count
        channel.send(spec.Basic.QosOk())

    def _consume(self, channel: Channel, consume: Any) -> None:
        self._reader_only(consume.queue)
        queue = self._broker.queues[consume.queue]
        tag = consume.consumer_tag or f"ctag{channel.number}.{len(channel.consumers) + 1}"
        consumer = Consumer(channel, tag, queue, acknowledges=not consume.no_ack)
        channel.consumers[tag] = consumer
        channel.send(spec.Basic.ConsumeOk(tag))
        queue.consumers.append(consumer)
        queue.hand_out()

    def _cancel(self, channel: Channel, cancel: Any) -> None:
        consumer = channel.consumers.pop(cancel.consumer_tag, None)
        if consumer is not None:
            consumer.queue.consumers.remove(consumer)
        channel.send(spec.Basic.CancelOk(cancel.consumer_tag))

    def _get(self, channel: Channel, get: Any) -> None:
        self._reader_only(get.queue)
        queue = self._broker.queues[get.queue]
        if not queue.ready:
            channel.send(spec.Basic.GetEmpty())
            return
        message = queue.ready.popleft()
        tag = channel.note(queue, message, keep=not get.no_ack)
        said = spec.Basic.GetOk(tag, message.redelivered, message.exchange, message.key, len(queue.ready))
        channel.send_message(said, message)

    def _staff_only(self, name: str) -> None:
        if not self._broker.accounts[self._name].staff:
            raise RefusalError(403, f"ACCESS_REFUSED - access to '{name}' refused for user '{self._name}'")

    def _reader_only(self, name: str) -> None:
        account = self._broker.accounts[self._name]
        if not account.staff and name not in account.reads:
            raise RefusalError(403, f"ACCESS_REFUSED - access to queue '{name}' refused for user '{self._name}'")
        if name not in self._broker.queues:
            raise RefusalError(404, f"NOT_FOUND - no queue '{name}'")
