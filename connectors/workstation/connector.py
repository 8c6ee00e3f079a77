"""Speaks to the community work station, which has nothing but a web page: a clerk with a copy-card, or a browser.

Without an agent's account every record waits for a clerk. With one a real Chromium does what the clerk would do.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

from connectors.transport.browser import Browser
from connectors.transport.one_by_one import OneByOne
from gridapp.contract import (
    ByHand,
    Capabilities,
    Connector,
    Evidence,
    Inexpressible,
    Manual,
    Misconfigured,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Setting,
    Unavailable,
    Unknown,
)

from .clerk import Clerk
from .entry import enter, held
from .mapping import PROFILE
from .replies import CAPTCHA, CaptchaAsked, SessionLost

OPENS_WITHIN = 12.0
"""Seconds in which a browser starts and signs in, on a machine that has other things to do; usually it takes two."""
PAGE_WITHIN = 10.0
"""Seconds for one page; they take half a second."""

BY_HAND = Manual("by_hand", "请按代填单录入")
LOST_AGAIN = "对方反复要求重新登录"

Work = Callable[[Clerk, Parcel, Mapping[str, str]], Awaitable[Outcome]]


class Workstation(Connector):
    """Looks every record up before it enters it, so that sending again enters nothing twice.

    One form at a time, every two seconds at most: it is six pages of up to half a second, so this is one clerk who
    never stops, where each of 150 stations has one; a normal day's 7,680 forms are in after four and a half hours.
    """

    profile = PROFILE
    capabilities = Capabilities(
        per_second=0.5,
        deadline=60.0,
        by_hand=ByHand.CARD,
        resend_safe=True,
        can_read_back=True,
        evidence=Evidence.SEEN,
    )
    settings = (
        Setting("url", "登录页地址", "Address of the sign-in page", required=False),
        Setting("account", "代填账号", "Account of the agent", required=False),
        Setting("password", "代填账号口令", "Password of the agent", secret=True, required=False),
        Setting("agent", "由浏览器代填（填 yes）", "Filled in by a browser (yes)", required=False),
    )

    async def __aenter__(self) -> Self:
        by_agent = self.setting["agent"].strip().lower() in ("yes", "是")
        self._browser = Browser(self.setting["url"], deadline=PAGE_WITHIN) if by_agent else None
        self._clerk: Clerk | None = None
        self._pressed = False
        self._queue = OneByOne(self._enter, concurrency=1, seconds=self.capabilities.deadline / 2)
        return self

    async def __aexit__(self, *error: Any) -> None:
        if self._browser is not None:
            await self._browser.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        if self._browser is None:
            return [BY_HAND] * len(parcels)
        if len(parcels) == 1:
            return [await self._enter(parcels[0])]  # what stops the lane stops it at once, with its picture
        return await self._queue.send(parcels)

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """By the page's own search; Unknown where there is nobody to look."""
        if self._browser is None:
            return [Unknown("没有代填账号，无法查询")] * len(parcels)
        outcomes: list[Outcome] = []
        until = asyncio.get_running_loop().time() + self.capabilities.deadline / 2
        for parcel in parcels:
            late = bool(outcomes) and asyncio.get_running_loop().time() > until
            outcome = Unknown("未及查询") if late else await self._work(parcel, held)
            # What cannot be written there cannot be there, and a picture to be read hides what is there.
            outcomes.append(Unknown(outcome.reason) if isinstance(outcome, Manual) else outcome)
        return outcomes

    async def check(self) -> None:
        """Signs in and looks at the first page."""
        if self._browser is not None:
            try:
                await self._signed_in(self._browser)
            except CaptchaAsked:
                raise Misconfigured("captcha", CAPTCHA.reason) from None

    async def _enter(self, parcel: Parcel) -> Outcome:
        return await self._work(parcel, enter)

    async def _work(self, parcel: Parcel, work: Work) -> Outcome:
        """One record from first to last. Raises Unavailable or Misconfigured."""
        try:
            content = PROFILE.layouts[parcel.kind].content(parcel.fields)
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        values = {label: str(value).strip() for label, value in content.items() if value is not None}
        self._pressed = False
        try:
            async with asyncio.timeout(0.9 * self.capabilities.deadline):  # the rest is for giving up in good order
                return await self._with_one_more_sign_in(parcel, values, work)
        except CaptchaAsked:
            return CAPTCHA
        except TimeoutError:
            raise Unavailable("没有在规定时间内录完", maybe_sent=self._pressed) from None

    async def _with_one_more_sign_in(self, parcel: Parcel, values: Mapping[str, str], work: Work) -> Outcome:
        """The session may be lost once. Lost twice, and the form handed in: their search says whether it arrived."""
        for _ in range(2):
            with contextlib.suppress(SessionLost):
                return await self._once(parcel, values, work)
        if not self._pressed:
            return NotYet(LOST_AGAIN, code="session")
        try:
            found = await self._once(parcel, values, held)
        except SessionLost:
            return Unknown(LOST_AGAIN)
        return NotYet(LOST_AGAIN, code="session") if isinstance(found, NotYet) else found

    async def _once(self, parcel: Parcel, values: Mapping[str, str], work: Work) -> Outcome:
        assert self._browser is not None  # noqa: S101 - for the type checker: nobody works without one
        clerk = await self._signed_in(self._browser)
        clerk.visit.sending, clerk.visit.private = False, values.values()
        try:
            async with clerk.witnessed():
                return await work(clerk, parcel, values)
        except BaseException:
            self._clerk = None  # whatever is open there now: the next one begins at the door
            self._pressed = self._pressed or clerk.visit.sending
            raise

    async def _signed_in(self, browser: Browser) -> Clerk:
        if self._clerk is None:
            clerk = Clerk(await browser.visit())
            async with clerk.witnessed():
                await clerk.sign_in(self.setting["account"], self.setting["password"])
            self._clerk = clerk
        return self._clerk
