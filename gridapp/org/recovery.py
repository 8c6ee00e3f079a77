"""Ten codes on paper for who has lost the phone: made at random, shown once, kept as passwords are, each used once."""

from __future__ import annotations

import secrets

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from .models import RecoveryCode, User

COUNT = 10
_LETTERS, _LONG = "23456789ABCDEFGHJKMNPQRSTUVWXYZ", 12
_ROUNDS = 20_000  # on top of 59 bits that are made at random


def made(user: User) -> list[str]:
    """New codes in place of all that the account had; shown now and never again."""
    hasher = PBKDF2PasswordHasher()
    texts = ["".join(secrets.choice(_LETTERS) for _ in range(_LONG)) for _ in range(COUNT)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, number=number, encoded=hasher.encode(text, hasher.salt(), iterations=_ROUNDS))
        for number, text in enumerate(texts)
    )
    return [f"{number}-{text[:4]}-{text[4:8]}-{text[8:]}" for number, text in enumerate(texts)]


def left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user).count()


def used(user: User, said: str) -> bool:
    """Takes a code, as it is written or without lines between; of two that bring the same one is let in."""
    text = "".join(character for character in said.upper() if character.isalnum())
    if len(text) != _LONG + 1 or text[0] not in "0123456789":
        return False
    row = RecoveryCode.objects.filter(user=user, number=int(text[0])).first()
    if row is None or not PBKDF2PasswordHasher().verify(text[1:], row.encoded):
        return False
    return RecoveryCode.objects.filter(pk=row.pk).delete()[0] == 1
