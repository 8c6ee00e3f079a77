"""The national algorithms: published vectors, and gmalg's own SM3 and SM4 as a second opinion."""

from __future__ import annotations

import hashlib

import gmalg
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from connectors.transport.guomi import (
    DEFAULT_ID,
    Sm2Key,
    hmac_sm3,
    hmac_sm3_verify,
    new_sm2_pair,
    sm2_verify,
    sm3,
    sm4_cbc_decrypt,
    sm4_cbc_encrypt,
    sm4_ecb_decrypt,
    sm4_ecb_encrypt,
)

SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
IV = bytes(range(16))

# GB/T 32918.5-2017, annex A.2: the curve everybody uses, signed as GB/T 32918.2 says
PRIVATE = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
PUBLIC = (
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
SIGNATURE = encode_dss_signature(
    0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3,
    0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA,
)
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        pytest.param(b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", id="GB/T 32905 A.1"),
        pytest.param(
            b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732", id="GB/T 32905 A.2"
        ),
        pytest.param(b"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b", id="nothing"),
    ],
)
def test_sm3_gives_the_published_digest(message: bytes, digest: str) -> None:
    assert sm3(message).hex() == digest


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 1000])
def test_sm3_agrees_with_a_second_implementation(size: int) -> None:
    message = bytes(byte % 251 for byte in range(size))
    second = gmalg.SM3()
    second.update(message)

    assert sm3(message) == second.value()


def test_sm3_is_the_digest_that_the_standard_library_has_where_its_openssl_has_it() -> None:
    if "sm3" in hashlib.algorithms_available:
        assert sm3(b"message digest") == hashlib.new("sm3", b"message digest").digest()


def test_hmac_sm3_gives_the_published_code() -> None:
    """GM/T 0042-2015, annex D.3."""
    key = bytes(range(1, 33))
    message = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2

    mac = hmac_sm3(key, message)

    assert mac.hex() == "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"


@pytest.mark.parametrize("key", [b"k", b"k" * 64, b"k" * 65], ids=["short", "a block", "longer than a block"])
def test_hmac_sm3_is_rfc_2104_over_the_second_sm3(key: bytes) -> None:
    def second(message: bytes) -> bytes:
        digest = gmalg.SM3()
        digest.update(message)
        return bytes(digest.value())

    block = (second(key) if len(key) > 64 else key).ljust(64, b"\0")
    inner = second(bytes(byte ^ 0x36 for byte in block) + b"message")

    assert hmac_sm3(key, b"message") == second(bytes(byte ^ 0x5C for byte in block) + inner)


def test_a_code_is_checked_as_a_whole() -> None:
    mac = hmac_sm3(b"key", b"message")

    assert hmac_sm3_verify(b"key", b"message", mac)
    assert not hmac_sm3_verify(b"key", b"message", mac[:-1])
    assert not hmac_sm3_verify(b"key", b"message", b"")
    assert not hmac_sm3_verify(b"other", b"message", mac)
    assert not hmac_sm3_verify(b"key", b"massage", mac)


def test_sm4_gives_the_published_block() -> None:
    """GB/T 32907 annex A.1: the first block, before the padding."""
    assert sm4_ecb_encrypt(SM4_KEY, SM4_KEY)[:16].hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_chained_gives_the_published_blocks() -> None:
    """draft-ribose-cfrg-sm4-10, A.2.2.1: the first two blocks, before the padding."""
    text = bytes.fromhex("aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffaaaaaaaabbbbbbbb")

    sealed = sm4_cbc_encrypt(SM4_KEY, IV, text)

    assert sealed[:32].hex() == "78ebb11cc40b0a48312aaeb2040244cb4cb7016951909226979b0d15dc6a8f6d"


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 18, 100])
def test_sm4_agrees_with_a_second_implementation(size: int) -> None:
    text = bytes(byte % 251 for byte in range(size))
    padded = text + bytes([16 - size % 16]) * (16 - size % 16)
    blocks = [padded[start : start + 16] for start in range(0, len(padded), 16)]
    second = gmalg.SM4(SM4_KEY)
    chained, before = [], IV
    for block in blocks:
        before = second.encrypt(bytes(one ^ other for one, other in zip(block, before, strict=True)))
        chained.append(before)

    assert sm4_ecb_encrypt(SM4_KEY, text) == b"".join(second.encrypt(block) for block in blocks)
    assert sm4_cbc_encrypt(SM4_KEY, IV, text) == b"".join(chained)
    assert sm4_ecb_decrypt(SM4_KEY, sm4_ecb_encrypt(SM4_KEY, text)) == text
    assert sm4_cbc_decrypt(SM4_KEY, IV, sm4_cbc_encrypt(SM4_KEY, IV, text)) == text


@pytest.mark.parametrize(
    "sealed",
    [b"", b"\0" * 15, b"\0" * 16, sm4_ecb_encrypt(b"another key, 16.", b"13800138000")],
    ids=["nothing", "no whole block", "no padding", "another key"],
)
def test_what_was_not_encrypted_with_the_key_is_refused_the_same_way(sealed: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not encrypted with this SM4 key$"):
        sm4_ecb_decrypt(SM4_KEY, sealed)
    with pytest.raises(ValueError, match=r"^not encrypted with this SM4 key$"):
        sm4_cbc_decrypt(SM4_KEY, IV, sealed)


def test_the_published_signature_holds() -> None:
    assert sm2_verify(PUBLIC, b"message digest", SIGNATURE)
    assert sm2_verify(PUBLIC.upper(), b"message digest", SIGNATURE)
    assert sm2_verify(PUBLIC.removeprefix("04"), b"message digest", SIGNATURE)


def test_the_published_private_key_has_the_published_public_key() -> None:
    assert Sm2Key(PRIVATE).public_hex == PUBLIC


def test_a_signature_holds_for_its_message_its_key_and_its_name() -> None:
    """RFC 8998 §3.2.1 signs under another name than GB/T 35276 does."""
    name = b"TLSv1.3+GM+Cipher+Suite"
    signature = Sm2Key(PRIVATE).sign(b"message", name)

    assert sm2_verify(PUBLIC, b"message", signature, name)
    assert not sm2_verify(PUBLIC, b"message", signature, DEFAULT_ID)
    assert not sm2_verify(PUBLIC, b"massage", signature, name)
    assert not sm2_verify(new_sm2_pair()[1], b"message", signature, name)


def test_no_signature_is_like_another() -> None:
    key = Sm2Key(PRIVATE)

    assert key.sign(b"message") != key.sign(b"message")


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"no DER",
        SIGNATURE + b"\0",
        SIGNATURE[:-1],
        encode_dss_signature(0, decode_dss_signature(SIGNATURE)[1]),
        encode_dss_signature(decode_dss_signature(SIGNATURE)[0], ORDER),
        encode_dss_signature(decode_dss_signature(SIGNATURE)[0] + ORDER, decode_dss_signature(SIGNATURE)[1]),
        encode_dss_signature(1, ORDER - 1),
        encode_dss_signature(1 << 300, 1),
        bytes.fromhex("30060201ff020101"),
    ],
    ids=[
        "empty", "text", "something behind it", "cut", "r is 0", "s is n", "r twice round", "r + s is n", "too large",
        "negative",
    ],
)  # fmt: skip
def test_what_is_no_signature_does_not_hold(signature: bytes) -> None:
    assert not sm2_verify(PUBLIC, b"message digest", signature)


def test_a_new_pair_signs_and_holds() -> None:
    private, public = new_sm2_pair()

    assert (len(private), len(public)) == (64, 130)
    assert Sm2Key(private).public_hex == public
    assert sm2_verify(public, b"message", Sm2Key(private).sign(b"message"))


@pytest.mark.parametrize(
    "public",
    ["", "04", "no hex", PUBLIC[:-2], PUBLIC[:-1] + "4", "04" + "0" * 128],
    ids=["empty", "cut", "no hex", "a byte short", "beside the curve", "zero"],
)
def test_a_public_key_that_is_none_is_told_from_a_signature_that_does_not_hold(public: str) -> None:
    with pytest.raises(ValueError, match="no SM2"):
        sm2_verify(public, b"message digest", SIGNATURE)


@pytest.mark.parametrize("private", ["", "no hex", PRIVATE[:-2], "0" * 64, f"{ORDER - 1:x}", f"{ORDER:x}", "f" * 64])
def test_a_private_key_that_is_none_is_refused_without_a_word_of_it(private: str) -> None:
    with pytest.raises(ValueError, match="no SM2") as refused:
        Sm2Key(private)

    assert not private or private not in str(refused.value)
