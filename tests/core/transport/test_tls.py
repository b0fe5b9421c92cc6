"""Certificates are verified, and a company's own authority can be named."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ml_connector.errors import SettingError

from tests.core.fakes import FakeClock, make_request, make_transport
from tests.core.raw_server import RawServer, reply

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - TLS looks at the real clock
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signs = ("digital_signature", "key_cert_sign", "crl_sign")
    others = (
        *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("encipher_only", "decipher_only"),
    )
    # Python 3.13 insists on what RFC 5280 demands of an authority.
    usage = x509.KeyUsage(**dict.fromkeys(signs, True), **dict.fromkeys(others, False))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def serve(certificate: Path) -> RawServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return RawServer([reply(200, b"{}")], tls=context)


def test_a_certificate_nobody_vouches_for_is_refused_naming_ca_bundle(certificate: Path) -> None:
    with (
        serve(certificate) as server,
        pytest.raises(SettingError, match=r"ca_bundle.*not trusted"),
    ):
        make_transport(FakeClock()).send(make_request(server.url), judge=lambda _, r: r.status)


def test_a_named_authority_is_trusted(certificate: Path) -> None:
    with serve(certificate) as server:
        transport = make_transport(FakeClock(), ca_bundle=str(certificate))
        status = transport.send(make_request(server.url), judge=lambda _, r: r.status)

    assert status == 200


def test_the_setting_wins_over_the_environment(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere.pem"))
    with serve(certificate) as server:
        transport = make_transport(FakeClock(), ca_bundle=str(certificate))
        status = transport.send(make_request(server.url), judge=lambda _, r: r.status)

    assert status == 200


def test_a_ca_bundle_that_is_missing_is_named(tmp_path: Path) -> None:
    transport = make_transport(FakeClock(), ca_bundle=str(tmp_path / "nowhere.pem"))

    with pytest.raises(SettingError, match=r"ca_bundle.*nowhere\.pem"):
        transport.send(make_request("https://127.0.0.1:9/"), judge=lambda _, r: r.status)


def test_a_ca_bundle_without_a_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing in here")
    transport = make_transport(FakeClock(), ca_bundle=str(tmp_path / "empty.pem"))

    with pytest.raises(SettingError, match="holds no certificate"):
        transport.send(make_request("https://127.0.0.1:9/"), judge=lambda _, r: r.status)


def test_https_to_a_server_of_plain_http_names_the_setting() -> None:
    with (
        RawServer([reply(200, b"{}")]) as server,
        pytest.raises(SettingError, match="answers in plain HTTP"),
    ):
        make_transport(FakeClock()).send(
            make_request(f"https://{server.address}/"), judge=lambda _, r: r.status
        )
