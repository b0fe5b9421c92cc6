"""Logging in with a certificate (Anaplan sheet §1.4)."""

from __future__ import annotations

import base64
import datetime as dt
import os
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anaplan_sdk
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from tests.sandbox.anaplan.sdk import ToSandbox

if TYPE_CHECKING:
    from tests.sandbox.anaplan.service import Anaplan
    from tests.sandbox.web import Answer

YEAR_S = 365 * 86_400


@dataclass(frozen=True)
class Identity:
    """A certificate and the key that belongs to it."""

    pem: str
    key: rsa.RSAPrivateKey


def issue(service: Anaplan, user: str | None = None) -> Identity:
    """Let the sandbox's authority make a certificate."""
    made = service.control.post("certificates", {"user": user} if user else {})
    key = serialization.load_pem_private_key(made["private_key"].encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Identity(made["certificate"], key)


def sign_oneself() -> Identity:
    """Make a self-signed certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "planner@example.com")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2099))
        .sign(key, hashes.SHA256())
    )
    return Identity(certificate.public_bytes(serialization.Encoding.PEM).decode(), key)


def log_in(
    service: Anaplan, identity: Identity, *, bare: bool = False, size: int = 150, **body: object
) -> Answer:
    """Log in as clients do: the PEM text in the header, random bytes and their signature."""
    data = os.urandom(size)
    signature = identity.key.sign(data, padding.PKCS1v15(), hashes.SHA512())
    sent = {
        "encodedData": base64.b64encode(data).decode(),
        "encodedSignedData": base64.b64encode(signature).decode(),
    }
    der = ssl.PEM_cert_to_DER_cert(identity.pem)
    header = base64.b64encode(der if bare else identity.pem.encode()).decode()
    return service.send(
        "POST",
        "/token/authenticate",
        body=sent | body,
        headers={"Authorization": f"CACertificate {header}"},
    )


def test_the_owner_of_a_mapped_certificate_gets_a_token(anaplan: Anaplan) -> None:
    identity = issue(anaplan, "standard@example.com")

    answer = log_in(anaplan, identity)

    assert answer.status == 201
    token = answer.json["tokenInfo"]["tokenValue"]
    me = anaplan.get("/2/0/users/me", Authorization=f"AnaplanAuthToken {token}").json["user"]
    assert me["email"] == "standard@example.com"


@pytest.mark.switch("certificate_header")
@pytest.mark.parametrize(
    ("position", "armoured", "bare"),
    [("both", 201, 201), ("armoured", 201, 401), ("bare", 401, 201)],
)
def test_the_header_s_form_is_switched(
    anaplan: Anaplan, position: str, armoured: int, bare: int
) -> None:
    identity = issue(anaplan)
    anaplan.control.turn(certificate_header=position)

    answers = [log_in(anaplan, identity), log_in(anaplan, identity, bare=True)]

    assert [answer.status for answer in answers] == [armoured, bare]


@pytest.mark.switch("self_signed_certificates")
def test_a_self_signed_certificate_is_refused_unless_switched(anaplan: Anaplan) -> None:
    identity = sign_oneself()
    anaplan.control.post("certificates", {"certificate": identity.pem})
    refused = log_in(anaplan, identity)

    anaplan.control.turn(self_signed_certificates="accepted")

    assert (refused.status, refused.json["status"]) == (401, "FAILURE_BAD_CREDENTIAL")
    assert log_in(anaplan, identity).status == 201


def test_the_unmodified_anaplan_sdk_logs_in_with_a_certificate(anaplan: Anaplan) -> None:
    made = anaplan.control.post("certificates", {})
    transport = ToSandbox(anaplan.origin)
    client = anaplan_sdk.Client(
        workspace_id=anaplan.workspace,
        model_id=anaplan.model,
        certificate=made["certificate"],
        private_key=made["private_key"],
        token="ended",
        transport=transport,
    )

    found = client.get_workspace()

    transport.close()
    assert found.id == anaplan.workspace


def test_a_certificate_nobody_registered_is_a_bad_credential(anaplan: Anaplan) -> None:
    identity = issue(anaplan)
    anaplan.control.post("reset", {})

    answer = log_in(anaplan, identity)

    assert (answer.status, answer.json["status"]) == (401, "FAILURE_BAD_CREDENTIAL")


def test_a_signature_over_other_bytes_is_refused(anaplan: Anaplan) -> None:
    other = base64.b64encode(os.urandom(150)).decode()

    answer = log_in(anaplan, issue(anaplan), encodedData=other)

    assert (answer.status, answer.json["status"]) == (401, "FAILURE_BAD_CREDENTIAL")


def test_the_fields_that_the_description_names_do_not_log_in(anaplan: Anaplan) -> None:
    identity = issue(anaplan)

    answer = log_in(anaplan, identity, encodedData=None, certificateChain=identity.pem)

    assert answer.status == 401


@pytest.mark.parametrize(("size", "status"), [(99, 401), (100, 201)])
def test_fewer_than_100_random_bytes_are_refused(anaplan: Anaplan, size: int, status: int) -> None:
    assert log_in(anaplan, issue(anaplan), size=size).status == status


def test_an_expired_certificate_is_refused(anaplan: Anaplan) -> None:
    identity = issue(anaplan)

    anaplan.control.post("clock", {"advance_s": YEAR_S + 60})

    assert log_in(anaplan, identity).status == 401


def test_a_header_without_a_certificate_is_malformed(anaplan: Anaplan) -> None:
    answer = anaplan.send(
        "POST", "/token/authenticate", body={}, headers={"Authorization": "CACertificate bm9uZQ=="}
    )

    assert (answer.status, answer.json["status"]) == (401, "FAILURE_BAD_HEADER")


def test_a_certificate_with_another_kind_of_key_is_refused(anaplan: Anaplan) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(8)
    builder = builder.not_valid_before(start).not_valid_after(start.replace(year=2099))
    certificate = builder.public_key(key.public_key()).sign(key, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    answer = log_in(anaplan, Identity(pem, issue(anaplan).key))

    assert (answer.status, answer.json["status"]) == (401, "FAILURE_BAD_CREDENTIAL")


@pytest.mark.switch("sso")
def test_single_sign_on_leaves_passwords_to_exception_users(anaplan: Anaplan) -> None:
    identity = issue(anaplan)
    before = anaplan.login().status

    anaplan.control.turn(sso="on")

    assert (before, anaplan.login().status) == (201, 401)
    assert anaplan.login("second@example.com", "Second-4-Sandbox!").status == 201
    assert log_in(anaplan, identity).status == 201


@pytest.mark.switch("passwords")
def test_an_expired_password_ends_logins_but_not_certificates(anaplan: Anaplan) -> None:
    identity = issue(anaplan)
    before = anaplan.login().status

    anaplan.control.turn(passwords="expired")

    answer = anaplan.login()
    assert (before, answer.status, answer.json["status"]) == (201, 401, "FAILURE_BAD_CREDENTIAL")
    assert log_in(anaplan, identity).status == 201


def test_somebody_who_has_left_cannot_log_in(anaplan: Anaplan) -> None:
    identity = issue(anaplan, "former@example.com")

    assert anaplan.login("former@example.com", "Former-4-Sandbox!").status == 401
    assert log_in(anaplan, identity).status == 401


def test_a_text_that_is_no_certificate_is_not_registered(anaplan: Anaplan) -> None:
    answer = anaplan.send("POST", "/_sandbox/certificates", body={"certificate": "none"})

    assert answer.status == 400
