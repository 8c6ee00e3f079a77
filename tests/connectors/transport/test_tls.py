"""Certificates are checked, always; a private authority is trusted only when it is given."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.transport.http import Http
from gridapp.contract import Misconfigured
from tests.connectors.transport.raw_server import Reader, Writer, always, reply, serving

OK = reply("200 OK", b"{}")
TODAY = datetime.now(UTC)


class Certificate:
    """A certificate that signs itself, good for `names` until `until`."""

    def __init__(
        self, folder: Path, *, address: str = "127.0.0.1", until: datetime = TODAY + timedelta(days=1)
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "department")])
        signed = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(TODAY - timedelta(days=30))
            .not_valid_after(until)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.pem = signed.public_bytes(serialization.Encoding.PEM).decode()
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._file = folder / "both.pem"
        self._file.write_bytes(secret + self.pem.encode())

    def context(self, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._file)
        context.maximum_version = newest
        return context


def status(certificate: Certificate, *, authorities: str) -> int:
    async def run() -> int:
        async with (
            serving(always(OK), tls=certificate.context()) as seen,
            Http(seen.url, deadline=5, authorities=authorities) as http,
        ):
            return (await http.post(b"", content_type="text/plain")).status

    return asyncio.run(run())


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        status(Certificate(tmp_path), authorities="")

    assert caught.value.code == "tls"


def test_a_certificate_of_another_address_is_refused(tmp_path: Path) -> None:
    other = Certificate(tmp_path, address="10.9.9.9")

    with pytest.raises(Misconfigured):
        status(other, authorities=other.pem)


def test_a_certificate_that_has_run_out_is_refused(tmp_path: Path) -> None:
    old = Certificate(tmp_path, until=TODAY - timedelta(days=1))

    with pytest.raises(Misconfigured):
        status(old, authorities=old.pem)


def test_a_private_authority_is_trusted_when_it_is_given(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path)

    assert status(certificate, authorities=certificate.pem) == 200


def test_a_server_that_speaks_no_tls_at_all_is_the_operators() -> None:
    async def answer_in_clear(reader: Reader, writer: Writer) -> None:
        await reader.read(1)
        writer.write(reply("400 Bad Request"))
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer_in_clear, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Http(f"https://127.0.0.1:{port}/", deadline=5) as http:
            await http.post(b"", content_type="text/plain")

    with pytest.raises(Misconfigured):
        asyncio.run(run())
