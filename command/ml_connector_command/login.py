"""`ml-connector credentials login`: sign in to Anaplan by device, once; runs renew it from then."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click
from ml_connector.anaplan import LOGIN_NAME, OAUTH_URL, LoginStore, open_device_login
from ml_connector.clock import SystemClock
from ml_connector.errors import SettingError
from ml_connector.secrets import open_vault

if TYPE_CHECKING:
    from ml_connector.anaplan import DeviceCode


@click.command("login", short_help="Sign in to Anaplan for auth_method oauth.")
@click.argument("name", default=LOGIN_NAME)
@click.option(
    "--client-id",
    help="Id of the OAuth client, registered in Anaplan for the device grant."
    " Default: the one signed in with before; else it is asked for.",
)
@click.option(
    "--oauth-url",
    default=OAUTH_URL,
    envvar="TARGET_ANAPLAN_OAUTH_URL",
    show_default=True,
    show_envvar=True,
    help="Host of the OAuth2 API of your region.",
)
@click.option(
    "--ca-bundle",
    envvar="TARGET_ANAPLAN_CA_BUNDLE",
    show_envvar=True,
    help="File with the certificates to trust in place of the system's.",
)
def command(name: str, client_id: str | None, oauth_url: str, ca_bundle: str | None) -> None:
    """Sign in to Anaplan in a browser and keep the tokens in the vault under NAME.

    NAME (default: anaplan) is what the setting oauth_login refers to. Files that are uploaded are
    private to the user who approves here.
    """
    vault = open_vault()
    store = LoginStore(name, vault=vault)
    made = vault.make_key()
    if made is not None:
        click.echo(f"Made the vault's key: {made}. Keep a copy of it in a safe place.")
    client_id = client_id or _find_client_id(store) or click.prompt("Client id of the OAuth client")
    # Before anybody is asked to approve: a vault that cannot be written would lose the answer.
    with store.lock(), vault.writing():
        pass
    device = open_device_login(oauth_url, client_id, clock=SystemClock(), ca_bundle=ca_bundle)
    with closing(device):
        code = device.start()
        _show(code)
        signed_in = device.wait_for_approval(code)
    with store.lock():
        store.write(signed_in)
    click.echo(f"Signed in. Set auth_method: oauth and oauth_login: {name}")


def _find_client_id(store: LoginStore) -> str | None:
    try:
        return store.read().client_id
    except SettingError:
        return None


def _show(code: DeviceCode) -> None:
    click.echo(f"Open {code.verification_uri_complete or code.verification_uri}")
    click.echo(f"and approve the code {code.user_code} within {code.expires_in / 60:.0f} minutes,")
    click.echo("signed in to Anaplan as the user of the integration. Waiting …")
