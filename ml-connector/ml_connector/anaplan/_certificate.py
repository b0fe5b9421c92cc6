"""Signing in with a certificate: whoever holds its private key signs random bytes (§1.4)."""

from __future__ import annotations

import logging
import re
import secrets
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from typing_extensions import override

from ml_connector.anaplan._credentials import Credentials, SignIn, encode_base64
from ml_connector.anaplan._errors import Refusal
from ml_connector.errors import SettingError
from ml_connector.events import event
from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ml_connector.anaplan.settings import AnaplanSettings
    from ml_connector.clock import Clock

log = logging.getLogger(__name__)

_RANDOM_BYTES = 150  # 100 or more (C)
_WARN_DAYS = 30
_KEY_BLOCK = re.compile(
    r"-----BEGIN (?P<kind>[A-Z ]*PRIVATE KEY)-----.*?-----END (?P=kind)-----", re.DOTALL
)
_PEM_REMEDY = (
    "Give it in PEM form, the text from -----BEGIN to -----END, best as file:PATH; openssl turns"
    " other forms into it (docs/anaplan-setup.md)."
)


class CertificateCredentials(Credentials):
    """A certificate registered in Anaplan and its private key."""

    def __init__(
        self,
        settings: AnaplanSettings,
        *,
        clock: Clock,
        draw: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Read certificate and key; `draw` yields the random bytes to sign.

        Raises:
            SettingError: one of them cannot be read, or they do not belong together.
        """
        self._key = _parse_key(settings.private_key, settings.private_key_passphrase)
        self._certificate = _find_certificate(settings.certificate, self._key)
        self._clock = clock
        self._draw = draw
        self._hidden = (settings.private_key, settings.private_key_passphrase)
        ends = self._certificate.not_valid_after_utc
        self.account = self._certificate.subject.rfc4514_string()
        self.refusal = Refusal(
            f"this certificate, valid from {self._certificate.not_valid_before_utc:%Y-%m-%d} to"
            f" {ends:%Y-%m-%d}",
            "Have a tenant administrator check that it is registered in Anaplan, belongs to an"
            " active user and was issued by an authority Anaplan accepts (self-signed ones are"
            " refused); renew it when it has expired.",
        )

    @override
    def build_sign_ins(self) -> Sequence[SignIn]:
        """Return two attempts: the PEM text with its BEGIN and END lines, then its body alone.

        Both are claimed to be what Anaplan reads (§11, 16). Only the certificate itself is sent,
        whatever else stands in its file.
        """
        self._warn_of_end()
        forms = (serialization.Encoding.PEM, serialization.Encoding.DER)
        return [self._build_sign_in(self._certificate.public_bytes(form)) for form in forms]

    @override
    def secrets(self) -> Iterable[str]:
        """Return key and passphrase, which are never sent."""
        return self._hidden

    def _build_sign_in(self, certificate: bytes) -> SignIn:
        data = self._draw(_RANDOM_BYTES)
        signature = encode_base64(self._key.sign(data, padding.PKCS1v15(), hashes.SHA512()))
        body = encode_json({"encodedData": encode_base64(data), "encodedSignedData": signature})
        return SignIn(f"CACertificate {encode_base64(certificate)}", body, signature)

    def _warn_of_end(self) -> None:
        left = self._certificate.not_valid_after_utc - self._clock.now()
        if left.days < _WARN_DAYS:
            event(
                log,
                "anaplan.certificate_ends",
                level=logging.WARNING,
                certificate=self.account,
                ends=f"{self._certificate.not_valid_after_utc:%Y-%m-%d}",
            )


def _parse_key(pem: str, passphrase: str) -> rsa.RSAPrivateKey:
    found = _KEY_BLOCK.search(pem)
    if found is None:
        raise _unusable("private_key", "holds no private key in PEM form")
    try:
        key = serialization.load_pem_private_key(
            found.group().encode(), passphrase.encode() if passphrase else None
        )
    except TypeError:
        raise _passphrase_error(passphrase) from None
    except (ValueError, UnsupportedAlgorithm):
        # Without the cause: it might quote what it could not read.
        if passphrase:
            raise _passphrase_error(passphrase) from None
        raise _unusable("private_key", "cannot be read as a private key") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SettingError(
            "private_key",
            None,
            "is no RSA key",
            remedy="Anaplan takes RSA signatures only: have a certificate issued for an RSA key.",
        )
    return key


def _passphrase_error(passphrase: str) -> SettingError:
    problem = "does not open private_key" if passphrase else "is missing: private_key is encrypted"
    return SettingError(
        "private_key_passphrase",
        None,
        problem,
        remedy="Give the passphrase the key was encrypted with, and none for a key that is not.",
    )


def _find_certificate(pem: str, key: rsa.RSAPrivateKey) -> x509.Certificate:
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except (ValueError, x509.InvalidVersion):
        raise _unusable("certificate", "holds no certificate in PEM form") from None
    for certificate in certificates:
        if _encode_key(certificate.public_key()) == _encode_key(key.public_key()):
            return certificate
    raise SettingError(
        "certificate",
        None,
        "does not belong to private_key",
        remedy="Give the certificate that was issued for this key.",
    )


def _encode_key(key: object) -> bytes:
    if not isinstance(key, rsa.RSAPublicKey):
        return b""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _unusable(setting: str, problem: str) -> SettingError:
    return SettingError(setting, None, problem, remedy=_PEM_REMEDY)
