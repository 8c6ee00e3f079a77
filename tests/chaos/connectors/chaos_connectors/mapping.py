"""What a ledger receives of a resident: a word that never changes, and a number that every correction raises."""

from __future__ import annotations

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row

POISON = "毒"
"""The employer of a record that kills whatever process sends it."""
_COUNTED = 6
"""Digits of the phone number, from its end, that count the corrections."""


def counted(phone: object) -> int:
    """The version: the last digits of the phone number as a number. Raises ValueError."""
    digits = str(phone)[-_COUNTED:]
    if not digits.isdigit():
        raise ValueError("末几位不是数字")
    return int(digits)


RESIDENT = (
    Row("occupation", "record", required=ALWAYS),
    Row("phone", "version", counted, required=ALWAYS),
    Row("id_number", "idNumber", required=ALWAYS),
    Row("employer_name", "employer"),
)


def profile(key: str, slug: str, zh: str, en: str) -> Profile:
    """One of the three kinds of department."""
    layout = Layout(RESIDENT, closes=ALWAYS, actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}))
    return Profile(
        key=key,
        slug=slug,
        zh=zh,
        en=en,
        owner="测试",
        owner_en="Test",
        basis="测试",
        basis_en="Test",
        purpose="测试",
        purpose_en="Test",
        layouts={Kind.RESIDENT: layout},
        channel="JSON 接口",
        channel_en="JSON over HTTP",
        listed=False,
    )
