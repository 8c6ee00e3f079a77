"""Known-bad ways to take work and to hold it: leases, tokens, clocks, wake-ups, shared slots."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from gridapp.delivery.models import Status
from gridapp.delivery.transitions import Move

from .mutants_patching import replaced, reworded

DELIVERY = "gridapp.delivery"
SHORT = 0.05
"""Seconds of a lease that no call ends in."""
BEHIND = 240
"""Seconds that a worker's clock is behind; that of every second worker twice as many."""
ASLEEP = 8.0
"""Seconds of a worker that stands still, longer than any lease of a run."""
_rng = random.Random(os.getpid())
_pause = threading.Event()


def mark_before_sending() -> None:
    """Delivered as soon as it is claimed; the answer is of no interest."""

    def claimed_is_delivered(claim: Any) -> Any:
        def claim_and_mark(target_id: int, **options: Any) -> Any:
            made = claim(target_id, **options)
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE delivery_delivery SET status = 'delivered', lease_until = NULL, token = NULL, "
                    "held_digest = sent_digest, held_version = sent_version, maybe_sent = FALSE "
                    "WHERE token = %s AND status = 'sending'",
                    [options["token"]],
                )
            return made

        return claim_and_mark

    replaced(f"{DELIVERY}.claim", "claim", claimed_is_delivered)


def short_lease() -> None:
    """A claim, and the lane with it, is somebody else's before any call can have ended."""
    replaced(f"{DELIVERY}.lane", "lease_of", lambda lease_of: lambda connector: SHORT)

    def briefly(take: Any) -> Any:
        return lambda target_id, *, token, lease: take(target_id, token=token, lease=min(lease, SHORT))

    replaced(f"{DELIVERY}.breaker", "take", briefly)


def no_token() -> None:
    """Rows are claimed, given back and settled by their id alone, also by a worker that slept meanwhile."""
    reworded(f"{DELIVERY}.settle", "d.token = %(token)s", "TRUE", where="delivery_delivery")
    reworded(f"{DELIVERY}.claim", "AND EXISTS (SELECT FROM delivery_lane WHERE target_id = %(target)s AND "
             "token = %(token)s)", "", where="delivery_delivery")  # fmt: skip
    reworded(f"{DELIVERY}.breaker", "AND (token IS NULL OR token = %(token)s OR lease_until < now())", "",
             where="delivery_lane")  # fmt: skip
    sleepy_before_settling()


def sleepy_before_settling() -> None:
    """Now and then a worker stands still between the answer and writing it down: harmless where tokens are checked."""

    def slept(settle: Any) -> Any:
        def settle_late(*args: Any, **options: Any) -> Any:
            if options.get("token") is not None and _rng.random() < 0.1:
                _pause.wait(ASLEEP)
            return settle(*args, **options)

        return settle_late

    replaced(f"{DELIVERY}.settle", "settle", slept)


def doubt_cleared() -> None:
    """What a dead worker had in hand goes out again unasked, as if it had never been tried."""

    def as_if_never_sent(expire: Any) -> Any:
        return lambda target_id, **options: expire(target_id, **{**options, "resend_safe": True})

    replaced(f"{DELIVERY}.claim", "expire", as_if_never_sent)


def counted_at_the_end() -> None:
    """A try counts when it has ended: one that ends its worker never counts."""
    reworded(f"{DELIVERY}.claim", "crashes = crashes + 1", "crashes = crashes", where="delivery_delivery")


def unknown_is_success() -> None:
    """No answer is taken for a yes; so is the death of a worker that had something in hand."""

    def fine(in_doubt: Any) -> Any:
        return lambda reason, **options: Move(Status.DELIVERED, "unknown", reason, holds=True)

    replaced(f"{DELIVERY}.transitions", "in_doubt", fine)

    def taken_for_arrived(expire: Any) -> Any:
        def mark(target_id: int, **options: Any) -> int:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE delivery_delivery SET status = 'delivered', lease_until = NULL, token = NULL, "
                    "held_digest = sent_digest, held_version = sent_version, maybe_sent = FALSE "
                    "WHERE target_id = %s AND status = 'sending' AND lease_until < now()",
                    [target_id],
                )
                return int(cursor.rowcount)

        return mark

    replaced(f"{DELIVERY}.claim", "expire", taken_for_arrived)


def wake_up_only() -> None:
    """Nobody looks by themselves: what a lost hint loses stays lost."""
    replaced(f"{DELIVERY}.sweep", "sweep", lambda sweep: list)
    settings.LANE_LINGER = 0.0


def own_clock() -> None:
    """The time is the worker's, minutes behind: what is due now is not, and leases are what each worker thinks."""
    behind = BEHIND * (1 + os.getpid() % 2)
    for module in ("claim", "breaker", "settle"):
        reworded(f"{DELIVERY}.{module}", "now()", f"(now() - interval '{behind} seconds')", where="delivery_")
        behind = 0  # one rewording is enough for all statements; the others make sure that there is one to reword


def shared_pool() -> None:
    """One slot for all the lanes of all workers, and no breaker: whoever hangs holds it."""

    def in_the_pool(send: Any) -> Any:
        def send_in_turn(*args: Any, **options: Any) -> Any:
            with _slot(Path(settings.VAR) / "slot"):
                return send(*args, **options)

        return send_in_turn

    replaced(f"{DELIVERY}.dispatch", "send", in_the_pool)
    replaced(f"{DELIVERY}.breaker", "went_wrong", lambda went_wrong: lambda target_id, **options: None)


@contextlib.contextmanager
def _slot(path: Path) -> Iterator[None]:
    """Ours while it lasts, or until this process dies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
