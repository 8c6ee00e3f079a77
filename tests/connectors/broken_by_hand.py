"""Connectors of targets that a person fills, whole and broken in one promise each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from connectors.plain_json.connector import PlainJson
from connectors.provincial_governance.connector import ProvincialGovernance
from connectors.sandbox import Channel, Department
from connectors.transport import workbook
from gridapp.contract import (
    ByHand,
    Delivered,
    Evidence,
    Inexpressible,
    Line,
    Manual,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Sheet,
    UnreadableError,
)

# --- A workbook ------------------------------------------------------------------------------------------------------


class SendsByItself(ProvincialGovernance):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [Delivered()] * len(parcels)


class TakesEveryRowForDone(ProvincialGovernance):
    def read_sheet(self, sent: bytes, came_back: bytes) -> Sequence[Outcome]:
        return [Delivered()] * (len(workbook.read(sent)) - 2)


class TakesAnyFileForAnAnswer(ProvincialGovernance):
    def read_sheet(self, sent: bytes, came_back: bytes) -> Sequence[Outcome]:
        try:
            return super().read_sheet(sent, came_back)
        except UnreadableError:
            return [Delivered()] * (len(workbook.read(sent)) - 2)


class MatchesRowsByPlace(ProvincialGovernance):
    """Reads the rows that came back as if they were the first ones that were sent."""

    def read_sheet(self, sent: bytes, came_back: bytes) -> Sequence[Outcome]:
        bad = [Rejected(row[-1], row[-1]) for row in workbook.read(came_back)[2:]]
        return [*bad, *[Delivered()] * (len(workbook.read(sent)) - 2 - len(bad))]


class PutsEverythingIntoOneSheet(ProvincialGovernance):
    def sheet(self, parcels: Sequence[Parcel]) -> Sheet:
        return super().sheet([one for one in parcels if one.kind is parcels[0].kind][:500])


# --- A card ----------------------------------------------------------------------------------------------------------


class Card(PlainJson):
    """The whole one: what PlainJson would say, on a card."""

    capabilities = replace(PlainJson.capabilities, by_hand=ByHand.CARD, evidence=Evidence.SAID)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [self._waiting(parcel) for parcel in parcels]

    def _waiting(self, parcel: Parcel) -> Outcome:
        try:
            self.preview(parcel)
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        return Manual("by_hand", "等待代填")


class CutsWhatItShows(Card):
    def preview(self, parcel: Parcel) -> Preview:
        fields = {name: value[:50] if isinstance(value, str) else value for name, value in parcel.fields.items()}
        shown = super().preview(replace(parcel, fields=fields))
        return Preview(tuple(Line(line.name, line.value[:50]) for line in shown.lines))


class IsReadyBeforeAnybodyTypes(Card):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [Delivered()] * len(parcels)


class PaperOffice(Department):
    """An office with a counter and no wire."""

    key = "JSON"
    slug = "plain_json"

    def channel(self) -> Channel:
        return _Counter()

    def settings(self) -> dict[str, str]:
        return {"url": "http://127.0.0.1:9/"}


class _Counter:
    def open(self, port: int) -> int:
        return 0

    def close(self) -> Any:
        """There is no door."""
