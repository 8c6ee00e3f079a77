"""Sealed values: what opens, what must not, and what two equal values have in common."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from gridapp import sealing

AES, SM4 = "1:aes:" + "ab" * 32, "2:sm4:" + "cd" * 16
ROW = "record:1"


@pytest.mark.parametrize("keys", [AES, SM4])
def test_what_is_sealed_opens_again(settings: Settings, keys: str) -> None:
    settings.SEALING_KEYS = keys

    sealed = sealing.seal_json({"name": "测试㛃", "phone": "13912345678"}, bound_to=ROW)

    assert sealing.unseal_json(sealed, bound_to=ROW) == {"name": "测试㛃", "phone": "13912345678"}
    assert b"13912345678" not in sealed


def test_eighteen_characters_take_forty_nine_bytes(settings: Settings) -> None:
    settings.SEALING_KEYS = SM4

    assert len(sealing.seal(b"990101199202290010", bound_to=ROW)) == 49


def test_the_last_key_seals_and_every_key_opens(settings: Settings) -> None:
    settings.SEALING_KEYS = AES
    old = sealing.seal(b"x", bound_to=ROW)
    settings.SEALING_KEYS = f"{AES},{SM4}"

    new = sealing.seal(b"x", bound_to=ROW)

    assert (old[2], new[2]) == (1, 2)
    assert sealing.unseal(old, bound_to=ROW) == sealing.unseal(new, bound_to=ROW) == b"x"


def _other_row(sealed: bytes) -> tuple[bytes, str]:
    return sealed, "record:2"


def _flipped(sealed: bytes) -> tuple[bytes, str]:
    return sealed[:-1] + bytes([sealed[-1] ^ 1]), ROW


def _unknown_key(sealed: bytes) -> tuple[bytes, str]:
    return sealed[:1] + b"\0\x09" + sealed[3:], ROW


def _other_version(sealed: bytes) -> tuple[bytes, str]:
    return b"\x02" + sealed[1:], ROW


def _short(sealed: bytes) -> tuple[bytes, str]:
    return sealed[:10], ROW


@pytest.mark.parametrize("keys", [AES, SM4])
@pytest.mark.parametrize("spoil", [_other_row, _flipped, _unknown_key, _other_version, _short])
def test_what_was_moved_changed_or_downgraded_does_not_open(
    settings: Settings, keys: str, spoil: Callable[[bytes], tuple[bytes, str]]
) -> None:
    settings.SEALING_KEYS = keys
    sealed, row = spoil(sealing.seal(b"990101199202290010", bound_to=ROW))

    with pytest.raises(sealing.Unsealable) as refused:
        sealing.unseal(sealed, bound_to=row)

    assert "990101199202290010" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "1:aes", "1:aes:zz", "1:des:" + "ab" * 16, "1:aes:" + "ab" * 16, "x:sm4:" + "ab" * 16,
     "0:sm4:" + "ab" * 16, "65536:sm4:" + "ab" * 16, "1:none:", "1:sm4:" + "ab" * 16 + ":seals",
     "1:sm4:" + "ab" * 16 + ":opens", "1:sm4:" + "ab" * 16 + ",1:sm4:" + "cd" * 16,
     "1:sm4:" + "ab" * 16 + ",2:sm4:" + "ab" * 16],
)  # fmt: skip
def test_a_key_that_is_none_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"seal|key|aes") as refused:
        sealing.parse_keys(text)

    assert "abab" not in str(refused.value)


@pytest.mark.parametrize("same", ["99010119920229001x", "９９０１０１19920229001X", "99010119920229001X"])
def test_a_blind_index_is_the_same_for_the_same_number_however_it_is_typed(same: str) -> None:
    assert sealing.blind(same, purpose="document") == sealing.blind("99010119920229001X", purpose="document")


def test_indexes_of_different_fields_have_nothing_in_common() -> None:
    assert sealing.blind("1234", purpose="phone") != sealing.blind("1234", purpose="document")


def test_without_the_key_an_index_says_nothing(settings: Settings) -> None:
    before = sealing.blind("1234", purpose="phone")

    settings.INDEX_KEY = "another"

    assert sealing.blind("1234", purpose="phone") != before


def test_a_search_token_fits_a_bigint() -> None:
    assert all(-(2**63) <= sealing.blind_token(str(number), purpose="name") < 2**63 for number in range(200))


def test_a_key_that_only_opens_seals_nothing_more(settings: Settings) -> None:
    settings.SEALING_KEYS = SM4
    before = sealing.seal(b"seen", bound_to=ROW)
    settings.SEALING_KEYS = f"{AES},{SM4}:opens"

    after = sealing.seal(b"seen", bound_to=ROW)

    assert sealing.key_of(after) == sealing.newest() == 1
    assert sealing.unseal(before, bound_to=ROW) == b"seen"


def test_a_key_shows_itself_in_no_error(settings: Settings) -> None:
    settings.SEALING_KEYS = AES

    assert "abab" not in repr(sealing.at_hand())
    assert b"\xab\xab" not in bytes.fromhex(sealing.at_hand()[0].mark)


@pytest.mark.parametrize("version", [0, 2, 255])
@pytest.mark.parametrize("cipher", ["null", "other key's"])
def test_neither_a_null_cipher_nor_the_other_algorithm_opens(settings: Settings, version: int, cipher: str) -> None:
    settings.SEALING_KEYS = f"{AES},{SM4}"
    sealed = sealing.seal(b"990101199202290010", bound_to=ROW)
    if cipher == "null":
        sealed = bytes([version]) + sealed[1:15] + b"990101199202290010" + bytes(16)
    else:
        sealed = sealed[:1] + (1).to_bytes(2, "big") + sealed[3:]

    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed, bound_to=ROW)
