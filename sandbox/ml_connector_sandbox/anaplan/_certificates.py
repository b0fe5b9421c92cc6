"""Logging in with a certificate (Anaplan sheet §1.4).

The caller sends the certificate and random bytes that only the owner of its private key can have
signed. Certificates are mapped to users by an administrator.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.anaplan._users import User

_ARMOUR = b"-----BEGIN CERTIFICATE-----"
_RANDOM_BYTES_MIN = 100
_KEY_BITS = 2048
_LIFETIME = dt.timedelta(days=365)


class CertificateError(Exception):
    """A login by certificate that fails, and why."""


@dataclass(frozen=True, kw_only=True)
class IssuedCertificate:
    """A certificate of the sandbox's own authority, with its key, both PEM."""

    certificate: str
    private_key: str


class CertificateBook:
    """Whose certificate is whose."""

    def __init__(self, clock: VirtualClock, switches: Switches) -> None:
        """Start without any; `clock` tells what has expired."""
        self._clock = clock
        self._switches = switches
        self._owners: dict[bytes, User] = {}

    def map(self, pem: str, *, user: User) -> None:
        """Map a certificate to `user`.

        Raises:
            ValueError: The text is no PEM certificate.
        """
        self._owners[_fingerprint(x509.load_pem_x509_certificate(pem.encode()))] = user

    def issue(self, user: User) -> IssuedCertificate:
        """Make a certificate with a key, signed by an authority, and map it to `user`."""
        authority_key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        now = self._clock.now()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(user.email))
            .issuer_name(_name("Sandbox Authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + _LIFETIME)
            .sign(authority_key, hashes.SHA256())
        )
        self._owners[_fingerprint(certificate)] = user
        return IssuedCertificate(
            certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
            private_key=key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
        )

    def authenticate(self, header: str, *, data: object, signature: object) -> User:
        """Return the owner of the certificate in `header`, who has signed `data`.

        Raises:
            ValueError: The header holds no certificate in a form that is accepted.
            CertificateError: Everything else that keeps somebody out.
        """
        certificate = self._read_header(header)
        _check_signature(certificate, data=_decode(data), signature=_decode(signature))
        if _is_self_signed(certificate) and not self._accepts_self_signed():
            raise CertificateError("The certificate is not signed by an accepted authority.")
        now = self._clock.now()
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise CertificateError("The certificate has expired.")
        user = self._owners.get(_fingerprint(certificate))
        if user is None or not user.is_active:
            raise CertificateError("The certificate is not registered.")
        return user

    def _accepts_self_signed(self) -> bool:
        return self._switches.text("self_signed_certificates") == "accepted"

    def _read_header(self, header: str) -> x509.Certificate:
        """Read the PEM text, or its body alone; which of them is accepted is a switch (§11, 16)."""
        text = _decode(header)
        form = "armoured" if _ARMOUR in text else "bare"
        if self._switches.text("certificate_header") not in ("both", form):
            message = f"a certificate header in {form} form is not accepted"
            raise ValueError(message)
        load = x509.load_pem_x509_certificate if form == "armoured" else _load_der
        try:
            return load(text)
        except x509.InvalidVersion as error:
            message = "a certificate of an unknown version"
            raise ValueError(message) from error


def _load_der(body: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(body)


def _check_signature(certificate: x509.Certificate, *, data: bytes, signature: bytes) -> None:
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        raise CertificateError("The certificate's key is no RSA key.") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise CertificateError("The certificate's key is no RSA key.")
    if len(data) < _RANDOM_BYTES_MIN:
        raise CertificateError("The signed data is too short.")
    try:
        key.verify(signature, data, padding.PKCS1v15(), hashes.SHA512())
    except InvalidSignature:
        raise CertificateError("The signature does not match the certificate.") from None


def _is_self_signed(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject


def _fingerprint(certificate: x509.Certificate) -> bytes:
    return certificate.fingerprint(hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _decode(text: object) -> bytes:
    """Read base64; nothing, or what is no base64, reads as no bytes."""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""
