"""The conformance kit finds what it is there to find: connectors that break one promise each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from connectors import testing
from connectors.plain_json.connector import PlainJson
from connectors.plain_json.sandbox import PlainReceiver
from connectors.trial import Subject, Trial
from gridapp.contract import Delivered, Misconfigured, Outcome, Parcel, Rejected, Unavailable


class TakesAnyAnswerForAYes(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        await super().send(parcels)
        return [Delivered()] * len(parcels)


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


class IsCurious(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        for parcel in parcels:
            parcel.fields.get("religion")
        return await super().send(parcels)


class ForgetsOne(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return (await super().send(parcels))[1:]


class BlamesTheWorkerForEverything(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        try:
            return await super().send(parcels)
        except (Unavailable, Misconfigured) as error:
            return [Rejected("", str(error))] * len(parcels)


class TellsTales(PlainJson):
    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        try:
            return await super().send(parcels)
        except Unavailable as error:
            raise Unavailable(f"{parcels[0].fields['id_number']}: {error.reason}", maybe_sent=False) from error


BROKEN: list[tuple[type[PlainJson], list[Callable[[Trial], None]]]] = [
    (TakesAnyAnswerForAYes, [testing.bad_days.an_error_under_status_200_is_no_success]),
    (
        IsNeverInDoubt,
        [
            testing.bad_days.a_lost_answer_is_in_doubt_and_sending_again_stores_once,
            testing.bad_days.a_department_that_hangs_ends_within_the_deadline_in_doubt,
        ],
    ),
    (IsAlwaysInDoubt, [testing.bad_days.down_is_unavailable_and_certainly_not_sent]),
    (UsesANewKeyEachTime, [testing.arriving.the_same_key_sent_twice_is_stored_once]),
    (IsCurious, [testing.arriving.nothing_undeclared_is_read]),
    (ForgetsOne, [testing.arriving.a_batch_gets_one_answer_each_in_order]),
    (
        BlamesTheWorkerForEverything,
        [
            testing.bad_days.wrong_credentials_are_for_the_operator,
            testing.bad_days.a_server_error_is_unavailable,
            testing.bad_days.a_cut_connection_is_unavailable,
            testing.bad_days.a_page_instead_of_an_answer_is_no_success,
        ],
    ),
    (TellsTales, [testing.bad_days.down_is_unavailable_and_certainly_not_sent]),
]


@pytest.fixture(scope="module")
def department() -> Iterator[PlainReceiver]:
    running = PlainReceiver()
    running.start()
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        pytest.param(broken, check, id=f"{broken.__name__}-{check.__name__}")
        for broken, found in BROKEN
        for check in found
    ],
)
def test_a_broken_promise_is_found(
    broken: type[PlainJson], check: Callable[[Trial], None], department: PlainReceiver
) -> None:
    trial = Trial(Subject(broken, "connectors.plain_json", PlainReceiver), department)

    with pytest.raises(AssertionError):
        check(trial)


def test_every_promise_is_one_of_the_checks() -> None:
    names = [check.__name__ for check in testing.CHECKS]

    assert len(names) == len(set(names)) >= 20
    assert "gives_the_claimed_outcome" not in names
