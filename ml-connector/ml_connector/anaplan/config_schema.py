"""The one place where the settings of a connection are described, for both Anaplan plugins."""

from __future__ import annotations

from singer_sdk import typing as th

from ml_connector.anaplan.logins import LOGIN_NAME
from ml_connector.anaplan.settings import AuthMethod

WHERE_SECRETS_ARE = "or where it is kept: vault:NAME/FIELD, env:NAME or file:PATH"

CONNECTION_PROPERTIES = (
    th.Property(
        "workspace_id",
        th.StringType,
        required=True,
        title="Workspace id",
        description="Id of the Anaplan workspace, 32 lower-case hexadecimal digits.",
    ),
    th.Property(
        "model_id",
        th.StringType,
        required=True,
        title="Model id",
        description="Id of the Anaplan model, 32 upper-case hexadecimal digits.",
    ),
    th.Property(
        "auth_method",
        th.StringType,
        default="basic",
        allowed_values=[method.value for method in AuthMethod],
        title="Authentication",
        description="How to sign in: basic needs username and password; certificate needs"
        " certificate and private_key; oauth needs a login in the vault (oauth_login).",
    ),
    th.Property(
        "username",
        th.StringType,
        title="User name",
        description="E-mail address of the Anaplan user. Uploaded files are private to this user.",
    ),
    th.Property(
        "password",
        th.StringType,
        secret=True,
        title="Password",
        description=f"Password of the user, {WHERE_SECRETS_ARE}.",
    ),
    th.Property(
        "certificate",
        th.StringType,
        title="Certificate",
        description=f"Certificate that is registered in Anaplan, in PEM form, {WHERE_SECRETS_ARE}.",
    ),
    th.Property(
        "private_key",
        th.StringType,
        secret=True,
        title="Private key",
        description=f"RSA key of the certificate, in PEM form, {WHERE_SECRETS_ARE}. It is never"
        " sent.",
    ),
    th.Property(
        "private_key_passphrase",
        th.StringType,
        secret=True,
        title="Passphrase of the private key",
        description=f"Passphrase of an encrypted private key, {WHERE_SECRETS_ARE}.",
    ),
    th.Property(
        "oauth_login",
        th.StringType,
        default=LOGIN_NAME,
        title="OAuth login",
        description="Name of the login for auth_method oauth, made once by ml-connector credentials"
        " login NAME. Its tokens are kept and renewed in the vault.",
    ),
    th.Property(
        "api_url",
        th.StringType,
        default="https://api.anaplan.com",
        title="API URL",
        description="Host of the Integration API, without a path; regional hosts differ.",
    ),
    th.Property(
        "auth_url",
        th.StringType,
        default="https://auth.anaplan.com",
        title="Authentication URL",
        description="Host of the Authentication API, without a path.",
    ),
    th.Property(
        "oauth_url",
        th.StringType,
        default="https://us1a.app.anaplan.com",
        title="OAuth URL",
        description="Host of the OAuth2 API, without a path. Used by auth_method oauth only.",
    ),
)
"""Where the model is and how to sign in."""

CALLING_PROPERTIES = (
    th.Property(
        "requests_per_minute",
        th.IntegerType,
        default=300,
        title="Request rate",
        description="Requests per minute of all processes of this user on this host together;"
        " the tenant's limit is 600.",
    ),
    th.Property(
        "allow_http",
        th.BooleanType,
        default=False,
        title="Allow plain HTTP",
        description="Allow http:// to hosts other than this one.",
    ),
    th.Property(
        "ca_bundle",
        th.StringType,
        title="CA bundle",
        description="File with the certificates to trust in place of the system's.",
    ),
)
"""How to call it."""
