"""Connectors that break one promise each, as people break them: in a hurry, with good intentions, by a copied line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

import aiohttp
import orjson

from connectors.plain_json.connector import ANSWER_WITHIN, PlainJson
from connectors.plain_json.replies import judge
from connectors.self_declaration.connector import SelfDeclaration
from connectors.transport.http import Answer, Http
from gridapp.contract import (
    AlreadyThere,
    Call,
    Delivered,
    Forged,
    Inexpressible,
    Line,
    Misconfigured,
    NotYet,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Signed,
    Submitted,
    Unavailable,
)

SUCCESS = (Delivered, AlreadyThere)


def without(parcel: Parcel, *names: str) -> Parcel:
    return replace(parcel, fields={name: value for name, value in parcel.fields.items() if name not in names})


# --- Of one record at a time -----------------------------------------------------------------------------------------


class DropsAField(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return await super().send([without(parcel, "birth_date") for parcel in parcels])


class CutsAValue(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        def cut(fields: Mapping[str, Any]) -> dict[str, Any]:
            return {name: value[:30] if isinstance(value, str) else value for name, value in fields.items()}

        return await super().send([replace(parcel, fields=cut(parcel.fields)) for parcel in parcels])


class DropsARareCharacter(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        def named(parcel: Parcel) -> Parcel:
            name = parcel.fields["name"].encode("gbk", errors="replace").decode("gbk")
            return replace(parcel, fields={**parcel.fields, "name": name})

        return await super().send([named(parcel) for parcel in parcels])


class RetriesARejection(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        said = list(await super().send(parcels))
        again = [place for place, one in enumerate(said) if isinstance(one, Rejected)]
        for place, outcome in zip(again, await super().send([parcels[place] for place in again]), strict=True):
            said[place] = outcome
        return said


class CallsARejectionTemporary(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        said = await super().send(parcels)
        return [NotYet(one.reason) if isinstance(one, Rejected) else one for one in said]


class TakesAnyAnswerForAYes(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        await super().send(parcels)
        return [Delivered()] * len(parcels)


class IgnoresPartialResults(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        said = await super().send(parcels)
        well = any(isinstance(one, SUCCESS) for one in said)
        return [Delivered(f"R-{parcel.key}") for parcel in parcels] if well else said


class SendsTwice(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        await super().send(parcels)
        return await super().send(parcels)


class FollowsARedirect(PlainJson):
    async def _post(self, parcel: Parcel) -> Outcome:
        body = orjson.dumps({"key": parcel.key, "action": parcel.action, "idNumber": parcel.fields["id_number"]})
        async with (
            aiohttp.ClientSession(headers=self._headers) as session,
            session.post(self.setting["url"], data=body) as reply,
        ):
            return judge(Answer(reply.status, reply.headers, await reply.read()))


class HasNoDeadline(PlainJson):
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self._http.__aexit__()
        self._http = Http(self.setting["url"], deadline=3600.0, concurrency=self.capabilities.concurrency)
        await self._http.__aenter__()
        return self


class PromisesNoTimeForACall(PlainJson):
    capabilities = replace(PlainJson.capabilities, deadline=ANSWER_WITHIN / 2)


class LeaksAnUndeclaredField(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        for parcel in parcels:
            parcel.fields.get("religion")
        return await super().send(parcels)


class ShowsWhatItDoesNotSend(PlainJson):
    def preview(self, parcel: Parcel) -> Preview:
        shown = super().preview(parcel)
        return Preview((*shown.lines, Line("religion", "无")), shown.message)


class SwallowsAnException(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        try:
            return await super().send(parcels)
        except (Unavailable, Misconfigured) as error:
            return [NotYet(error.reason)] * len(parcels)


class BlamesTheWorkerForEverything(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        try:
            return await super().send(parcels)
        except (Unavailable, Misconfigured) as error:
            return [Rejected("", str(error))] * len(parcels)


class IsNeverInDoubt(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        try:
            return await super().send(parcels)
        except Unavailable as error:
            raise Unavailable(error.reason, maybe_sent=False) from error


class IsAlwaysInDoubt(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        try:
            return await super().send(parcels)
        except Unavailable as error:
            raise Unavailable(error.reason, maybe_sent=True) from error


class UsesANewKeyEachTime(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return await super().send([replace(parcel, key=uuid4().hex) for parcel in parcels])


class ForgetsOne(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return (await super().send(parcels))[1:]


class StopsForOneBadRecord(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        for parcel in parcels:
            try:
                self.profile.layouts[parcel.kind].content(parcel.fields)
            except Inexpressible as error:
                return [Rejected("inexpressible", error.reason, (error.field,))] * len(parcels)
        return await super().send(parcels)


class TellsTales(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        try:
            return await super().send(parcels)
        except Unavailable as error:
            raise Unavailable(f"{parcels[0].fields['id_number']}: {error.reason}", maybe_sent=False) from error


class QuotesItsToken(PlainJson):
    def __repr__(self) -> str:
        return f"PlainJson({self.setting})"


class CallsASecretNoSecret(PlainJson):
    settings = tuple(replace(one, secret=False) for one in PlainJson.settings)  # type: ignore[assignment]


class ChecksNothing(PlainJson):
    async def check(self) -> None:
        """Proves nothing."""


# --- Of many at once, decided later ----------------------------------------------------------------------------------


class LosesTheTicket(SelfDeclaration):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        said = await super().send(parcels)
        return [Submitted("1") if isinstance(one, Submitted) else one for one in said]


class RemembersTicketsInItself(SelfDeclaration):
    async def __aenter__(self) -> Self:
        self._mine: set[str] = set()
        return await super().__aenter__()

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        said = await super().send(parcels)
        self._mine |= {one.ticket for one in said if isinstance(one, Submitted)}
        return said

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        found = await super().track(tickets)
        return [one if ticket in self._mine else None for ticket, one in zip(tickets, found, strict=True)]


class MatchesByPosition(SelfDeclaration):
    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        known = [one for one in await super().track(sorted(tickets)) if isinstance(one, SUCCESS)]
        return [*known, *[None] * (len(tickets) - len(known))]


class TakesTheRestForDone(SelfDeclaration):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        said = await super().send(parcels)
        return [one if isinstance(one, (*SUCCESS, Submitted, Rejected)) else Delivered() for one in said]


class BelievesEveryCall(SelfDeclaration):
    def verify(self, call: Call) -> Signed:
        try:
            return super().verify(call)
        except Forged:
            return Signed(datetime.now(UTC))


class ReadsOnlyWhatIsSigned(SelfDeclaration):
    """Checks the signature over what it has parsed: whoever adds a space, or a second key, is believed."""

    def verify(self, call: Call) -> Signed:
        return super().verify(Call(call.body.strip(), call.headers))


class FindsEverything(SelfDeclaration):
    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [AlreadyThere()] * len(parcels)


class FindsWhateverHasTheKey(SelfDeclaration):
    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        found = await super().read_back(parcels)
        return [AlreadyThere() if type(one).__name__ in ("NotYet", "Differs") else one for one in found]
