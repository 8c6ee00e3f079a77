"""The accounts of the people who sign in."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from gridapp import sealing

from . import duties
from .models import Area, Role, User


@transaction.atomic
def create_account(
    username: str,
    *,
    name: str,
    role: Role,
    areas: Iterable[Area],
    password: str | None = None,
    staff_no: str = "",
    id_number: str = "",
) -> User:
    """A new account inside `areas`; without a password nobody can sign in with it. Raises IntegrityError if taken."""
    user = User(username=username, first_name=name, role=role, staff_no=staff_no)
    user.set_password(password)
    _seal(user, id_number)
    user.save(force_insert=True)
    user.areas.set(areas)
    return user


@transaction.atomic
def set_id_number(user: User, id_number: str) -> None:
    """Keeps the account holder's own document number, sealed to the account; "" forgets it."""
    _seal(user, id_number)
    user.save(update_fields=["sealed_id_number", "person"])


def _seal(user: User, id_number: str) -> None:
    user.sealed_id_number = sealing.seal(id_number.encode(), bound_to=user.bound_to) if id_number else b""
    user.person = duties.person(id_number)
