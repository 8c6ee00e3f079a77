"""The one abstract class: a connector speaks to one departmental system in its own words over its own channel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .callback import Call, Notice, Signed
from .outcomes import Outcome
from .parcel import Parcel
from .preview import ByHand, Line, Preview, Sheet

if TYPE_CHECKING:
    from .layout import Profile


class Evidence(StrEnum):
    """How sure a success is, strongest first."""

    CONFIRMED = "confirmed"  # the interface said so
    RECEIPT = "receipt"  # a return file or result row
    SEEN = "seen"  # a screen showed it
    SAID = "said"  # a person said so


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the target allows, from its documentation. `per_second` counts calls; `deadline` is seconds for one send().

    `batch_is_one_call`: a whole batch travels in one call; else each parcel is a call of its own. `per_day`: records a
    calendar day (Asia/Shanghai). `by_hand`: a person fills it, send() answers Manual("by_hand", …) unless it can do
    better. `calls_back`: verify() and notices() are there.
    """

    batch: int = 1
    batch_is_one_call: bool = False
    concurrency: int = 1
    per_second: float | None = None
    per_day: int | None = None
    deadline: float = 20.0
    asynchronous: bool = False
    calls_back: bool = False
    by_hand: ByHand | None = None
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
        """What became of tickets given as Submitted; None while the department has not decided.

        Unknown where it answered and the answer does not fit (a return file with a row too few): nobody may take that
        for a yes, and the delivery becomes `uncertain`.
        """
        raise NotImplementedError

    def verify(self, call: Call) -> Signed:
        """Whether a call to our address comes from this target, by its signature over the raw body. Raises Forged.

        Cheap, without the channel: it is asked before anything else is done.
        """
        raise NotImplementedError

    def notices(self, body: bytes) -> Sequence[Notice]:
        """What a verified call says. Raises ValueError where it says nothing that can be read."""
        raise NotImplementedError

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """What the target holds of parcels that may have arrived, or that should be there.

        NotYet where it holds nothing of them, Differs where it holds something else, Unknown where it cannot say.
        """
        raise NotImplementedError

    def preview(self, parcel: Parcel) -> Preview:
        """What send() would tell the target, in its own words; what a clerk copies where no wire goes.

        Raises Inexpressible. The default says the layout's fields; a connector adds the message it makes of them.
        """
        content = self.profile.layouts[parcel.kind].content(parcel.fields)
        return Preview(tuple(Line(name, str(value)) for name, value in content.items() if value is not None))

    def sheet_group(self, parcel: Parcel) -> str:
        """What parcels of one kind must have in common to stand in one file (the target's template), a short text."""
        return ""

    def sheet(self, parcels: Sequence[Parcel]) -> Sheet:
        """The file a person uploads for these parcels of one kind and group, a row each in their order.

        Raises Inexpressible; ValueError for parcels that do not go together or are more than a batch.
        """
        raise NotImplementedError

    def read_sheet(self, sent: bytes, came_back: bytes) -> Sequence[Outcome]:
        """One outcome for every row of the sheet `sent`, from the file that came back for it.

        Unknown for a row whose answer does not fit by position and own key alike. Raises UnreadableError.
        """
        raise NotImplementedError

    async def check(self) -> None:
        """A harmless call that proves address and credentials. Raises Unavailable or Misconfigured."""
        raise NotImplementedError
