"""What the Authentication API gives a token for: a password, or a signature (§1.3, §1.4)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple, Protocol

from typing_extensions import override

from ml_connector.anaplan._errors import PASSWORD_REFUSED, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml_connector.anaplan.settings import AnaplanSettings


class SignIn(NamedTuple):
    """One attempt to sign in: the Authorization header and the body that belongs to it."""

    authorization: str
    body: bytes | None = None
    secret: str = ""
    """What of the body must be masked wherever Anaplan sends it back."""


class Credentials(Protocol):
    """What somebody proves with who they are."""

    account: str
    """Named in errors."""
    refusal: Refusal
    """What to say when Anaplan does not accept them."""

    def build_sign_ins(self) -> Sequence[SignIn]:
        """Return the attempts to make, in their order; never empty."""
        ...

    def secrets(self) -> Iterable[str]:
        """Return what must be masked wherever Anaplan sends it back."""
        ...


class PasswordCredentials(Credentials):
    """User and password."""

    def __init__(self, settings: AnaplanSettings) -> None:
        """Encode what `settings` hold."""
        self.account = settings.username
        self.refusal = PASSWORD_REFUSED
        self._password = settings.password
        self._encoded = encode_base64(f"{settings.username}:{settings.password}".encode())

    @override
    def build_sign_ins(self) -> Sequence[SignIn]:
        """Return the one attempt: a refused password must not be tried twice."""
        return (SignIn(f"Basic {self._encoded}"),)

    @override
    def secrets(self) -> Iterable[str]:
        """Return the password and its encoded form."""
        return (self._password, self._encoded)


def encode_base64(data: bytes) -> str:
    """Return `data` as a header or JSON takes it."""
    return base64.b64encode(data).decode("ascii")
