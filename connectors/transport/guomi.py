"""The national algorithms (国密): SM3 and SM4 by `cryptography`, SM2 signatures by `gmalg`.

`cryptography` has no SM2; gmalg is pure Python, released 2026-08, while easy-gmssl and gmssl-python need a native GmSSL
on the machine and gmssl is from 2021. It is slow: some 10 ms a signature, twice that to verify one, and 0.3 MB/s of
message, so whoever signs a large body signs its sm3().
"""

from __future__ import annotations

from functools import lru_cache

import gmalg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

DEFAULT_ID = b"1234567812345678"
"""Who signs, where nothing else was agreed (GB/T 35276-2017 §10)."""

_BLOCK = 128  # bits of an SM4 block
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123  # n of GB/T 32918.5


def sm3(message: bytes) -> bytes:
    """The digest of GB/T 32905, 32 bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(message)
    return digest.finalize()


def hmac_sm3(key: bytes, message: bytes) -> bytes:
    """RFC 2104 over SM3, 32 bytes. To check one that came in, use hmac_sm3_verify(): it takes the same time always."""
    return _mac(key, message).finalize()


def hmac_sm3_verify(key: bytes, message: bytes, mac: bytes) -> bool:
    """Whether `mac` is the HMAC-SM3 of the message, compared in constant time."""
    try:
        _mac(key, message).verify(mac)
    except InvalidSignature:
        return False
    return True


def sm4_ecb_encrypt(key: bytes, text: bytes) -> bytes:
    """GB/T 32907, block by block, PKCS #7. Equal texts look equal: only where a department demands it for one value."""
    return _encrypt(key, modes.ECB(), text)  # noqa: S305 - the departments' choice, not ours


def sm4_ecb_decrypt(key: bytes, sealed: bytes) -> bytes:
    """Raises ValueError, always the same one, for what was not encrypted with this key."""
    return _decrypt(key, modes.ECB(), sealed)  # noqa: S305


def sm4_cbc_encrypt(key: bytes, iv: bytes, text: bytes) -> bytes:
    """GB/T 32907 chained, PKCS #7. `iv`: 16 random bytes, new for every text."""
    return _encrypt(key, modes.CBC(iv), text)


def sm4_cbc_decrypt(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    """Raises ValueError, always the same one, for what was not encrypted with this key."""
    return _decrypt(key, modes.CBC(iv), sealed)


class Sm2Key:
    """A private key of GB/T 32918.5 (64 hex digits) that signs. Raises ValueError for what is none; names no digit."""

    def __init__(self, private_hex: str) -> None:
        self._private = _from_hex(private_hex, 32)
        if not 0 < int.from_bytes(self._private, "big") < _ORDER - 1:
            raise ValueError("no SM2 private key")
        self._public: bytes = gmalg.SM2().generate_pk(self._private)

    @property
    def public_hex(self) -> str:
        """The point, uncompressed: 04, x and y, 130 hex digits."""
        return self._public.hex()

    def sign(self, message: bytes, ident: bytes = DEFAULT_ID) -> bytes:
        """The signature of GB/T 32918.2 in DER, SEQUENCE of r and s (GB/T 35276)."""
        # one object a signature: gmalg keeps the digest it is making in the object, and lanes are threads
        r, s = gmalg.SM2(self._private, ident, self._public).sign(message)
        return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def sm2_verify(public_hex: str, message: bytes, signature: bytes, ident: bytes = DEFAULT_ID) -> bool:
    """Whether the DER signature is of this message by the holder of this key. Raises ValueError if that is no key."""
    public = _public_key(public_hex)
    try:
        r, s = decode_dss_signature(signature)
        return bool(gmalg.SM2(uid=ident, pk=public).verify(message, r.to_bytes(32, "big"), s.to_bytes(32, "big")))
    except (ValueError, OverflowError):  # no DER, or numbers that no signature has
        return False


def new_sm2_pair() -> tuple[str, str]:
    """(private, public) in hex, 64 and 130 digits."""
    private, public = gmalg.SM2().generate_keypair()
    return private.rjust(32, b"\0").hex(), public.hex()


@lru_cache(maxsize=64)
def _public_key(public_hex: str) -> bytes:
    """The point in bytes, looked at once: gmalg would compute with a point beside the curve as well."""
    public = _from_hex(public_hex.removeprefix("04") if len(public_hex) == 130 else public_hex, 64)
    if not gmalg.SM2().verify_pk(b"\x04" + public):
        raise ValueError("no SM2 public key")
    return b"\x04" + public


def _from_hex(text: str, size: int) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != size:
        raise ValueError(f"no SM2 key: {size} bytes in hex are wanted")
    return key


def _mac(key: bytes, message: bytes) -> hmac.HMAC:
    mac = hmac.HMAC(key, hashes.SM3())
    mac.update(message)
    return mac


def _encrypt(key: bytes, mode: modes.ECB | modes.CBC, text: bytes) -> bytes:
    padder = padding.PKCS7(_BLOCK).padder()
    encryptor = Cipher(algorithms.SM4(key), mode).encryptor()
    return encryptor.update(padder.update(text) + padder.finalize()) + encryptor.finalize()


def _decrypt(key: bytes, mode: modes.ECB | modes.CBC, sealed: bytes) -> bytes:
    decryptor = Cipher(algorithms.SM4(key), mode).decryptor()
    unpadder = padding.PKCS7(_BLOCK).unpadder()
    try:
        padded = decryptor.update(sealed) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise ValueError("not encrypted with this SM4 key") from None
