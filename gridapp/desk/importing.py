"""A tablet's outbox that came as a file: handed in for whose it is, by the very code a tablet's own post passes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gridapp.desk import outbox, photos
from gridapp.desk.outbox import Envelope
from gridapp.desk.session import owner
from gridapp.org import scope
from gridapp.org.models import User

FORMAT = "gridapp outbox 1"


class NotAnOutbox(Exception):
    """The file is something else."""


@dataclass(frozen=True, slots=True)
class Handed:
    """`said`: state or reason, as a tablet is told. `is_taken` False: it is nowhere but in the file."""

    id: str
    said: str
    is_taken: bool


def hand_in(text: str, *, accounts: Mapping[str, User]) -> Iterator[Handed]:
    """Each form with its photos first, in the order of the file; again is the same. Raises NotAnOutbox.

    `accounts`: whose forms are taken, by the name that tablets know them by. A file says of itself whose it is, and a
    seal does not: who hands it in answers for whose it may be.
    """
    try:
        said = json.loads(text)
        forms = [dict(one) for one in said["forms"]] if said["format"] == FORMAT else None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise NotAnOutbox from None
    if forms is None:
        raise NotAnOutbox
    return (_handed(one, accounts) for one in forms)


def of(users: Iterable[User]) -> dict[str, User]:
    """These accounts, by the name that tablets know them by."""
    return {owner(user): user for user in users if user.is_active}


def _handed(form: dict[str, Any], accounts: Mapping[str, User]) -> Handed:
    try:
        parts = [
            Envelope.read({**part, "id": form["id"], "owner": form["owner"], "part": number})
            for number, part in enumerate(form.get("parts", []), start=1)
        ]
        envelope = Envelope.read({**form, "parts": len(parts)})
    except (ValueError, TypeError, KeyError):
        return Handed(str(form.get("id", ""))[:36], "malformed", is_taken=False)
    user = accounts.get(envelope.owner)
    if user is None or not scope.may_enter(user):
        return Handed(envelope.id, "role" if user else "owner", is_taken=False)
    answers = [json.loads(photos.take(part, user).content) for part in parts]
    refused = next((one for one in answers if not one["ok"]), None)
    answer = refused or json.loads(outbox.take(envelope, user).content)
    return Handed(envelope.id, answer.get("state") or answer["reason"], is_taken=answer["ok"])
