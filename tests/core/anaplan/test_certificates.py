"""Signing in with a certificate: what is sent, what is refused before anything is, what is told.

Against the sandbox, which verifies signature, validity and mapping in earnest, in every position of
its switches; unreadable keys and certificates are met by the settings' check alone.
"""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from ml_connector.anaplan import AnaplanSettings, AuthMethod, open_anaplan
from ml_connector.clock import SystemClock
from ml_connector.errors import AccessError, SettingError
from ml_connector.wire import as_object, decode_json

from tests.core.fakes import FakeClock, Recorder
from tests.core.raw_server import RawServer, reply
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.anaplan import AnaplanClient

PASSPHRASE = "Open-Sesame-4"


def make_key(passphrase: str = "") -> tuple[rsa.RSAPrivateKey, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key, write_key(key, passphrase)


def write_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, passphrase: str = "") -> str:
    protection = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    ).decode()


def make_certificate(
    key: rsa.RSAPrivateKey, *, name: str = "planner@example.com", days: int = 365
) -> str:
    """A self-signed certificate that ends `days` after the fake clock's day."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC) + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox.start("--orders", "1")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    shared_sandbox.anaplan("POST", "reset")
    shared_sandbox.anaplan("POST", "clock", {"reset": True})
    return shared_sandbox


def settings_of(server: str, **fields: Any) -> AnaplanSettings:
    known = {
        "workspace_id": "8a81b09d5e8c6f27015ece3402487d33",
        "model_id": "DE2F1A7C3B9D4E8F9A0B1C2D3E4F5A6B",
        "auth_method": AuthMethod.CERTIFICATE,
    }
    return AnaplanSettings(**{"api_url": server, "auth_url": server, **known, **fields})


def open_with(sandbox: Sandbox, **fields: Any) -> AnaplanClient:
    settings = settings_of(sandbox.anaplan_root, **fields)
    return open_anaplan(settings, clock=SystemClock(), audit=Recorder())


def issue(sandbox: Sandbox) -> dict[str, str]:
    """A certificate of the planner, signed by the sandbox's authority, with its key."""
    return dict(sandbox.anaplan("POST", "certificates", {}))


@pytest.mark.parametrize("header", ["both", "armoured", "bare"])
def test_a_certificate_signs_in_whichever_form_of_header_anaplan_reads(
    sandbox: Sandbox, header: str
) -> None:
    sandbox.anaplan("POST", "switches", {"certificate_header": header})
    client = open_with(sandbox, **issue(sandbox))

    assert client.fetch_me() == "planner@example.com"

    client.close()


def test_a_certificate_in_one_file_with_its_chain_and_its_key_is_sent_alone(
    sandbox: Sandbox,
) -> None:
    issued = issue(sandbox)
    bundle = make_certificate(make_key()[0]) + issued["private_key"] + issued["certificate"]
    with RawServer([reply(500)]) as server:
        settings = settings_of(server.url, certificate=bundle, private_key=bundle)
        client = open_anaplan(settings, clock=FakeClock(), audit=Recorder())
        with pytest.raises(Exception, match="500"):
            client.fetch_me()

        sent = server.received[0]
    scheme, _, value = sent.headers["authorization"].partition(" ")
    assert (scheme, base64.b64decode(value).decode()) == ("CACertificate", issued["certificate"])
    body = as_object(decode_json(sent.body), "the body")
    assert body.keys() == {"encodedData", "encodedSignedData"}
    assert len(base64.b64decode(str(body["encodedData"]))) == 150


def test_a_key_with_a_passphrase_signs_in(sandbox: Sandbox) -> None:
    issued = issue(sandbox)
    key = serialization.load_pem_private_key(issued["private_key"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    client = open_with(
        sandbox,
        certificate=issued["certificate"],
        private_key=write_key(key, PASSPHRASE),
        private_key_passphrase=PASSPHRASE,
    )

    assert client.fetch_me() == "planner@example.com"

    client.close()


@pytest.mark.parametrize("position", ["refused", "accepted"])
def test_a_self_signed_certificate_is_refused_with_what_anaplan_wants(
    sandbox: Sandbox, position: str
) -> None:
    sandbox.anaplan("POST", "switches", {"self_signed_certificates": position})
    key, pem = make_key()
    certificate = make_certificate(key, days=36500)
    sandbox.anaplan("POST", "certificates", {"certificate": certificate})
    client = open_with(sandbox, certificate=certificate, private_key=pem)

    if position == "accepted":
        assert client.fetch_me() == "planner@example.com"
    else:
        with pytest.raises(AccessError, match="authority") as caught:
            client.fetch_me()
        assert "CN=planner@example.com" in str(caught.value)
        assert "self-signed" in caught.value.remedy

    client.close()


def test_an_expired_certificate_is_refused_with_its_dates(sandbox: Sandbox) -> None:
    issued = issue(sandbox)
    sandbox.anaplan("POST", "clock", {"advance_s": 366 * 86_400})
    client = open_with(sandbox, **issued)

    with pytest.raises(AccessError, match=r"valid from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d"):
        client.fetch_me()

    client.close()


def test_a_certificate_near_its_end_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    key, pem = make_key()
    ending = {"certificate": make_certificate(key, days=20), "private_key": pem}
    with RawServer([reply(500)]) as server:
        settings = settings_of(server.url, **ending)
        client = open_anaplan(settings, clock=FakeClock(), audit=Recorder())
        with pytest.raises(Exception, match="500"):
            client.fetch_me()

    assert "anaplan.certificate_ends" in caplog.text


def unusable() -> dict[str, tuple[dict[str, str], str, str]]:
    """What stands in the settings, the setting that is named, and what is said."""
    key, pem = make_key()
    certificate = make_certificate(key)
    locked = write_key(key, PASSPHRASE)
    curve = write_key(ec.generate_private_key(ec.SECP256R1()))
    good = {"certificate": certificate, "private_key": pem}
    wrong = {"private_key_passphrase": "Wrong-4"}
    return {
        "no certificate": ({**good, "certificate": ""}, "certificate", "needs it"),
        "no key": ({**good, "private_key": ""}, "private_key", "needs it"),
        "a path": ({**good, "private_key": "/etc/key.pem"}, "private_key", "PEM form"),
        "another file": ({**good, "certificate": pem}, "certificate", "PEM form"),
        "broken key": (
            {**good, "private_key": pem[:60] + pem[-40:]},
            "private_key",
            "cannot be read",
        ),
        "locked key": ({**good, "private_key": locked}, "private_key_passphrase", "is missing"),
        "wrong passphrase": (
            {**good, "private_key": locked, **wrong},
            "private_key_passphrase",
            "does not open",
        ),
        "needless passphrase": ({**good, **wrong}, "private_key_passphrase", "does not open"),
        "curve": ({**good, "private_key": curve}, "private_key", "no RSA key"),
        "another key": ({**good, "private_key": make_key()[1]}, "certificate", "does not belong"),
    }


@pytest.mark.parametrize(("fields", "setting", "says"), unusable().values(), ids=unusable().keys())
def test_what_cannot_sign_is_refused_before_anything_is_called(
    fields: dict[str, str], setting: str, says: str
) -> None:
    with pytest.raises(SettingError, match=says) as caught:
        open_anaplan(
            settings_of("https://127.0.0.1:9", **fields), clock=FakeClock(), audit=Recorder()
        )

    assert caught.value.setting == setting
    assert caught.value.__cause__ is None
    for secret in (*fields.values(), PASSPHRASE):
        assert not secret or secret not in str(caught.value)
