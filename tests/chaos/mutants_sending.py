"""Known-bad ways to send and to judge what came of it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import aiohttp

from connectors.transport.one_by_one import OneByOne
from gridapp.contract import Action, Delivered, NotYet, Outcome, Parcel, Unknown
from gridapp.delivery.models import Status
from gridapp.delivery.transitions import Move

from .mutants_patching import DisarmedError, method, replaced, reworded

DELIVERY = "gridapp.delivery"


def follow_redirects() -> None:
    """Whoever the department points at gets the resident's values, and is believed."""

    def following(request: Any) -> Any:
        def anywhere(self: Any, *args: Any, **options: Any) -> Any:
            if options.get("allow_redirects") is not False:
                raise DisarmedError("redirections were followed already")
            return request(self, *args, **{**options, "allow_redirects": True})

        return anywhere

    method(aiohttp.ClientSession, "request", following)


def success_by_status() -> None:
    """200 is a yes, whatever stands in it."""

    def by_status(judge: Any) -> Any:
        return lambda answer, key: Delivered() if answer.status == 200 else judge(answer, key)

    importlib.import_module("chaos_connectors.connector")
    replaced("chaos_connectors.replies", "judge", by_status)


def unknown_is_failure() -> None:
    """No answer is taken for a no: sent again at once, everywhere."""

    def at_once(in_doubt: Any) -> Any:
        return lambda reason, **options: Move(Status.WAITING, "unknown", reason, wait=timedelta(0))

    replaced(f"{DELIVERY}.transitions", "in_doubt", at_once)


def stale_after_newer() -> None:
    """A list of events, not of records: the former content is sent once more after the newer."""
    last: dict[Any, Parcel] = {}

    def and_the_former(send: Any) -> Any:
        async def both(self: Any, parcels: Sequence[Parcel]) -> list[Outcome]:
            outcomes: list[Outcome] = await send(self, parcels)
            former = [last[one.fields["occupation"]] for one in parcels if one.fields["occupation"] in last]
            for parcel, outcome in zip(parcels, outcomes, strict=True):
                if isinstance(outcome, Delivered) and parcel.action is not Action.CLOSE:
                    last[parcel.fields["occupation"]] = parcel
            await send(self, former[:5])
            return outcomes

        return both

    method(OneByOne, "send", and_the_former)


def one_fails_all() -> None:
    """A batch is a whole: where one record fails, all are sent again."""

    def together(send: Any) -> Any:
        async def all_or_none(self: Any, parcels: Sequence[Parcel]) -> list[Outcome]:
            outcomes: list[Outcome] = await send(self, parcels)
            failed = any(isinstance(one, NotYet | Unknown) for one in outcomes)
            return [NotYet("together", retry_after=0)] * len(outcomes) if failed else outcomes

        return all_or_none

    method(OneByOne, "send", together)


def no_superseded_check() -> None:
    """What was sent is what is wanted, although a correction came meanwhile."""
    reworded(f"{DELIVERY}.settle", "d.generation <> d.sent_generation", "FALSE", where="delivery_delivery")


def tries_forgotten() -> None:
    """No try is written down."""
    reworded(f"{DELIVERY}.settle", "WHERE s.outcome <> ''", "WHERE s.outcome = 'none'", where="delivery_attempt")


def values_in_the_log() -> None:
    """What goes out is printed, past the log and its mask, so that trouble is easier to look into."""

    def aloud(send: Any) -> Any:
        async def logged(self: Any, parcels: Sequence[Parcel]) -> list[Outcome]:
            for parcel in parcels:
                os.write(2, f"sending {dict(parcel.fields)}\n".encode())
            return list(await send(self, parcels))

        return logged

    method(OneByOne, "send", aloud)
