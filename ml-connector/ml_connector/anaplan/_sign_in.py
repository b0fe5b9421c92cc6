"""From settings to the way of signing in that they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.anaplan._certificate import CertificateCredentials
from ml_connector.anaplan._credentials import PasswordCredentials
from ml_connector.anaplan.auth import TokenAuth
from ml_connector.anaplan.logins import LoginStore
from ml_connector.anaplan.oauth import OAuthAuth
from ml_connector.anaplan.settings import AuthMethod
from ml_connector.secrets import open_vault

if TYPE_CHECKING:
    from ml_connector.anaplan._credentials import Credentials
    from ml_connector.anaplan.auth import Auth
    from ml_connector.anaplan.settings import AnaplanSettings
    from ml_connector.clock import Clock
    from ml_connector.transport import Transport


def build_auth(settings: AnaplanSettings, *, transport: Transport, clock: Clock) -> Auth:
    """Return how to sign in; nothing is called yet.

    Raises:
        SettingError: a certificate or key cannot be read.
    """
    if settings.auth_method is AuthMethod.OAUTH:
        store = LoginStore(settings.oauth_login, vault=open_vault(clock=clock))
        return OAuthAuth(settings, store=store, transport=transport, clock=clock)
    credentials: Credentials
    match settings.auth_method:
        case AuthMethod.CERTIFICATE:
            credentials = CertificateCredentials(settings, clock=clock)
        case AuthMethod.BASIC:
            credentials = PasswordCredentials(settings)
    return TokenAuth(settings, credentials=credentials, transport=transport, clock=clock)
