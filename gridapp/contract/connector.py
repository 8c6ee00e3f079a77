"""The one abstract class: a connector speaks to one departmental system in its own words over its own channel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .outcomes import Outcome
from .parcel import Parcel

if TYPE_CHECKING:
    from .layout import Profile


class Evidence(StrEnum):
    """How sure a success is, strongest first."""

    CONFIRMED = "confirmed"  # the interface said so
    RECEIPT = "receipt"  # a return file or result row
    SEEN = "seen"  # a screen showed it
    SAID = "said"  # a person said so


@dataclass(frozen=True, slots=True)
class Window:
    """When a target takes anything, in local time (Asia/Shanghai). `opens == closes` is round the clock.

    `closed_weekday` with `closed_from`/`closed_until`: a weekly maintenance (0 Monday … 6 Sunday).
    """

    opens: time = time(0)
    closes: time = time(0)
    closed_weekday: int | None = None
    closed_from: time = time(0)
    closed_until: time = time(0)

    def is_open(self, at: datetime) -> bool:
        clock = at.time()
        if at.weekday() == self.closed_weekday and self.closed_from <= clock < self.closed_until:
            return False
        return self.opens == self.closes or self.opens <= clock < self.closes

    def next_opening(self, at: datetime) -> datetime:
        """The first minute from `at` on at which the window is open; `at` itself when it is open now."""
        if self.is_open(at):
            return at
        starts = sorted(
            datetime.combine(at.date() + timedelta(days=days), clock, at.tzinfo)
            for days in range(9)
            for clock in {self.opens, self.closed_until}
        )
        return next(start for start in starts if start > at and self.is_open(start))


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the target allows, from its documentation. `per_second` counts calls; `deadline` is seconds for one send().

    `batch_is_one_call`: a whole batch travels in one call; else each parcel is a call of its own.
    """

    batch: int = 1
    batch_is_one_call: bool = False
    concurrency: int = 1
    per_second: float | None = None
    deadline: float = 20.0
    asynchronous: bool = False
    resend_safe: bool = False  # the target keys on our key (or on the record): sending twice stores once
    can_read_back: bool = False
    evidence: Evidence = Evidence.CONFIRMED
    track_every: float = 60.0  # seconds between questions about an old ticket; a new one is asked sooner


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a target, rendered as its form. Secrets are sealed at rest and write-only on the page."""

    name: str
    zh: str
    en: str
    secret: bool = False
    required: bool = True
    default: str = ""


class Connector(ABC):
    """One open channel to one target. Used as an async context manager by one lane at a time."""

    profile: ClassVar[Profile]
    capabilities: ClassVar[Capabilities]
    settings: ClassVar[tuple[Setting, ...]] = ()

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.setting = {one.name: settings.get(one.name, one.default) for one in self.settings}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        return None

    @abstractmethod
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """One outcome per parcel, in order. Raises Unavailable or Misconfigured for the whole call."""

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        """What became of tickets given as Submitted; None while the department has not decided."""
        raise NotImplementedError

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """What the target holds of parcels that may have arrived; NotYet where it holds nothing of them."""
        raise NotImplementedError

    async def check(self) -> None:
        """A harmless call that proves address and credentials. Raises Unavailable or Misconfigured."""
        raise NotImplementedError
