"""安全生产系统: events into a message queue, their results out of another one, matched by the id of the event."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from connectors.transport.broker_line import Line as BrokerLine
from connectors.transport.queue import Fate, Letter, Queue, Received
from gridapp.contract import (
    Capabilities,
    Connector,
    Inexpressible,
    Misconfigured,
    NotYet,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Setting,
    Submitted,
    Unknown,
)

from . import events
from .mapping import PROFILE
from .replies import Result, Untrusted, event_of, judge, read

ANSWER_WITHIN = 15.0
"""Seconds for the confirms of one batch, or for one look into the results."""
OVERDUE = timedelta(hours=6)
"""After this a result is not coming any more; usually it takes less than five seconds."""
DISTRUST = 10.0
"""Seconds in which nothing but results without our signature may come: as long as their own may take to follow."""
_REMEMBERED = 20_000
_NOT_OURS = Misconfigured("hmac", "结果消息的签名与本方密钥不符，请核对密钥")

Results = dict[str, list[tuple[Received, Result]]]
"""By the event they are about; there may be several of one."""


class WorkSafety(Connector):
    """They know duplicates by the id of the event, which is the parcel's key: what is told twice is done once."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=200, per_second=1000.0, deadline=20.0, asynchronous=True, resend_safe=True, track_every=30.0
    )
    settings = (
        Setting("url", "消息队列地址(amqp:// 或 amqps://)", "Address of the broker (amqp:// or amqps://)"),
        Setting("user", "用户名", "User"),
        Setting("password", "密码", "Password", secret=True),
        Setting("exchange", "上报主题(交换机)", "Topic of the events (exchange)", default="grid.safety.place.v1"),
        Setting("result_queue", "结果队列", "Queue of the results"),
        Setting("hmac_key", "消息校验密钥(HMAC-SM3)", "Key of the signature (HMAC-SM3)", secret=True),
        Setting(
            "authorities",
            "对方证书的签发机构(PEM，公共机构签发的不填)",
            "Authority of their certificate (PEM; empty for a public one)",
            required=False,
        ),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._key = self.setting["hmac_key"].encode()
        self._given: dict[str, Result] = {}  # acknowledged, and said again to whoever asks again
        self._doubted_at: float | None = None

    async def __aenter__(self) -> Self:
        told = self.setting
        line = BrokerLine(
            told["url"],
            user=told["user"],
            password=told["password"],
            exchange=told["exchange"],
            authorities=told["authorities"],
        )
        self._queue = Queue(line, results=told["result_queue"], address=told["url"], deadline=ANSWER_WITHIN)
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._queue.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        if self._distrusts:
            raise _NOT_OURS  # they could not read what they were told, and would not be able to read this either
        outcomes: dict[str, Outcome] = {}
        letters: list[Letter] = []
        for parcel in parcels:
            try:
                letters.append(events.letter(parcel, self._key))
            except Inexpressible as error:
                outcomes[parcel.key] = Rejected("inexpressible", error.reason, (error.field,))
        told = [parcel for parcel in parcels if parcel.key not in outcomes]
        fates = await self._queue.publish(letters)
        now = datetime.now(UTC)
        outcomes |= {parcel.key: _sent(fate, parcel, now) for parcel, fate in zip(told, fates, strict=True)}
        return [outcomes[parcel.key] for parcel in parcels]

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        """What has come of these. Results about other events stay where they are, for whoever asks for them."""
        asked = [events.told_at(ticket) for ticket in tickets]
        results, nobodys, forged = self._sorted(await self._queue.look())
        outcomes: list[Outcome | None] = []
        for event, told_at in asked:
            copies = results.pop(event, [])
            self._queue.take(received for received, _ in copies)
            self._remember(event, [result for _, result in copies])
            given = self._given.get(event)
            outcomes.append(judge(given) if given else self._missed(told_at))
        self._queue.leave([*nobodys, *(received for copies in results.values() for received, _ in copies)])
        self._distrust(bool(forged & {event for event, _ in asked}) and not any(outcomes))
        return outcomes

    def preview(self, parcel: Parcel) -> Preview:
        return events.preview(parcel)

    async def check(self) -> None:
        """Address, credentials, and that exchange and queue are there; publishes nothing and reads nothing."""
        await self._queue.check()

    def _sorted(self, came: Sequence[Received]) -> tuple[Results, list[Received], set[str]]:
        """Results by their event; what is none, or nobody signed; the events that the latter speak of."""
        results: Results = {}
        nobodys: list[Received] = []
        forged: set[str] = set()
        for received in came:
            try:
                result = read(received.body, received.headers, self._key)
            except Untrusted:
                forged.add(event_of(received.body))
                result = None
            if result is None:
                nobodys.append(received)
            else:
                results.setdefault(result.event, []).append((received, result))
        return results, nobodys, forged

    def _remember(self, event: str, copies: Sequence[Result]) -> None:
        """What they said last counts: a message that went to the dead letters may have been consumed after all."""
        if copies:
            if len(self._given) > _REMEMBERED:
                self._given.clear()
            held = [self._given[event]] if event in self._given else []
            self._given[event] = max((*held, *copies), key=lambda result: result.at)

    def _distrust(self, doubts: bool) -> None:
        """Raises Misconfigured when for a while only results without our signature came, about what was asked.

        Anybody may write into a queue; but if nothing else comes, it is our key that is wrong.
        """
        self._doubted_at = (self._doubted_at or time.monotonic()) if doubts else None
        if self._distrusts:
            raise _NOT_OURS

    @property
    def _distrusts(self) -> bool:
        return self._doubted_at is not None and time.monotonic() - self._doubted_at >= DISTRUST

    def _missed(self, told_at: datetime | None) -> Outcome | None:
        """Nothing came. After some hours the event is told again: they answer a duplicate with its old result."""
        late = told_at is not None and datetime.now(UTC) - told_at > OVERDUE
        if late and self._queue.read_to_end:
            return NotYet("对方逾期没有返回结果，重新上报", retry_after=0.0, code="overdue")
        return None


def _sent(fate: Fate, parcel: Parcel, now: datetime) -> Outcome:
    """For a batch of which the broker has confirmed something; the lane hears of the trouble with the next one."""
    match fate:
        case None:
            return Submitted(events.ticket(parcel, now=now))
        case Misconfigured():
            return NotYet(fate.reason, code=fate.code)
    return Unknown(fate.reason) if fate.maybe_sent else NotYet(fate.reason, retry_after=fate.retry_after)
