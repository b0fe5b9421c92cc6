"""`ml-connector credentials`: secrets into the vault, and nothing of them out of it.

Values are asked for without echo, or read from standard input: never from the command line, which
other users of the computer and the shell's history can see.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from ml_connector.anaplan import LOGIN_NAME, AuthMethod, LoginStore
from ml_connector.errors import ConnectorError, ExitCode, SettingError
from ml_connector.secrets import Key, VaultError, open_vault

from ml_connector_command._ledgers import json_option
from ml_connector_command._output import print_rows
from ml_connector_command._plugin_settings import (
    environment_option,
    find_config,
    tap_option,
    target_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ml_connector.secrets import Vault
    from singer_sdk.plugin_base import PluginBase

    from ml_connector_command._plugin_settings import Config

DEFAULT_FIELDS = ("password",)


@click.group("credentials", short_help="Passwords, keys and tokens, encrypted in the vault.")
def group() -> None:
    """The vault: an encrypted file of this user that settings refer to as vault:NAME/FIELD.

    Its key stands in a file that is the user's alone (vault.key, or where ML_CONNECTOR_KEY_FILE
    says), or in the variable ML_CONNECTOR_KEY.
    """


@group.command("set", short_help="Store secrets under a name.")
@click.argument("name")
@click.argument("fields", nargs=-1, metavar="[FIELD]...")
def store(name: str, fields: tuple[str, ...]) -> None:
    """Store one or more FIELDs (default: password) under NAME, asking for each without echo.

    Where standard input is no terminal it is read instead: all of it for one FIELD, a line each
    for several. A key in PEM form comes that way: ml-connector credentials set anaplan private_key
    < key.pem
    """
    vault = open_vault()
    wanted = fields or DEFAULT_FIELDS
    values = _ask(name, wanted) if sys.stdin.isatty() else _read_input(wanted)
    made = vault.make_key()
    if made is not None:
        click.echo(f"Made the vault's key: {made}. Keep a copy of it in a safe place.")
    with vault.writing() as draft:
        draft.put(name, values)
    for field in values:
        click.echo(f"Stored. Settings refer to it as vault:{name}/{field}")


@group.command("list")
@json_option
def show(output: str) -> None:
    """List names and fields, and when each was stored; never a value."""
    rows = [
        {"name": entry.name, "field": field, "stored (UTC)": changed}
        for entry in open_vault().list()
        for field, changed in entry.fields.items()
    ]
    print_rows(rows, output=output, nothing="The vault is empty.")


@group.command("test", short_help="Say whether the secrets of a name can be used.")
@click.argument("name")
@tap_option
@target_option
@environment_option
@click.pass_context
def test(
    context: click.Context,
    name: str,
    tap_file: str | None,
    target_file: str | None,
    environment: str | None,
) -> None:
    """Open each field of NAME with the present key, and sign in where settings refer to it.

    Each system whose settings say vault:NAME/..., or oauth_login: NAME with auth_method: oauth, is
    read with them; nothing is written but the renewal of a login. Ends with 2 when a field cannot
    be read or settings are refused, with 1 when a system does not let us in.
    """
    exit_code = ExitCode.OK
    for field, problem in _try_fields(open_vault(), name):
        click.echo(f"vault:{name}/{field}: {problem or 'can be read'}")
        if problem is not None:
            exit_code = ExitCode.SETTINGS_REFUSED
    if exit_code is ExitCode.OK:
        for system, file in (("sage300", tap_file), ("anaplan", target_file)):
            verdict, code = _try_system(system, name, file=file, environment=environment)
            click.echo(f"{system}: {verdict}")
            exit_code = exit_code or code
    context.exit(exit_code)


@group.command("delete", short_help="Forget a name, or one field of it.")
@click.argument("name")
@click.argument("field", required=False)
def delete(name: str, field: str | None) -> None:
    """Forget NAME, or only its FIELD."""
    vault = open_vault()
    # Whoever renews a login would store it once more.
    with LoginStore(name, vault=vault).lock(), vault.writing() as draft:
        draft.delete(name, field)
    click.echo(f"Deleted {name if field is None else f'{name}/{field}'}.")


@group.command("make-key", short_help="Print a new key, for ML_CONNECTOR_KEY.")
def make_key() -> None:
    """Print a new key, to be kept in the variable ML_CONNECTOR_KEY by whatever starts the job.

    Not needed with a key file: the first `credentials set` makes that.
    """
    click.echo(Key.make().text)


@group.command("rekey", short_help="Seal the vault with a new key.")
def rekey() -> None:
    """Seal the vault with a new key, which replaces the one in the key file.

    With ML_CONNECTOR_KEY: put the new key (see make-key) before the old one with a blank between
    them, rekey, then take the old one out.
    """
    open_vault().rekey()
    click.echo("The vault is sealed with the new key. Copies of the old key open it no longer.")


def _ask(name: str, fields: Sequence[str]) -> dict[str, str]:
    values = {
        field: click.prompt(f"{name} {field}", hide_input=True, confirmation_prompt=True)
        for field in fields
    }
    for field, value in values.items():
        if value.startswith("-----BEGIN"):
            raise click.UsageError(
                f"{field} begins like a PEM file, of which a terminal reads the first line only."
                f" Redirect the file: ml-connector credentials set {name} {field} < FILE"
            )
    return values


def _read_input(fields: Sequence[str]) -> Mapping[str, str]:
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        # Without `from`: the codec's error carries the bytes, and they are the secret.
        raise click.UsageError("Standard input is not text in UTF-8.") from None
    text = text.replace("\r\n", "\n").removesuffix("\n")
    values = [text] if len(fields) == 1 else text.split("\n")
    if len(values) != len(fields) or not all(values):
        raise click.UsageError(
            f"Standard input must hold a line, not empty, for each of: {', '.join(fields)}."
        )
    return dict(zip(fields, values, strict=True))


def _try_fields(vault: Vault, name: str) -> Iterator[tuple[str, str | None]]:
    for entry in vault.list():
        if entry.name == name:
            for field in entry.fields:
                yield field, _find_problem(vault, name, field)
            return
    vault.read(name, DEFAULT_FIELDS[0])


def _try_system(
    system: str, name: str, *, file: str | None, environment: str | None
) -> tuple[str, ExitCode]:
    plugin, check = _load_plugin(system)
    try:
        config = find_config(plugin, file=file, environment=environment)
    except SettingError as error:
        if file is not None:
            raise
        return f"not tried: {error}", ExitCode.OK
    if not _refers_to(name, config):
        return f"not tried: its settings do not refer to vault:{name}/", ExitCode.OK
    try:
        check(config)
    except ConnectorError as error:
        return str(error), ExitCode(error.exit_code)
    return "lets us in", ExitCode.OK


def _refers_to(name: str, config: Config) -> bool:
    if config.get("auth_method") == AuthMethod.OAUTH.value:
        return bool(config.get("oauth_login", LOGIN_NAME) == name)
    values = (value for value in config.values() if isinstance(value, str))
    return any(value.startswith(f"vault:{name}/") for value in values)


def _load_plugin(system: str) -> tuple[type[PluginBase], Callable[[Config], object]]:
    # Each plugin brings its libraries; only this command waits for them.
    if system == "sage300":
        from tap_sage300 import TapSage300, check  # noqa: PLC0415

        return TapSage300, check
    from target_anaplan import TargetAnaplan  # noqa: PLC0415
    from target_anaplan import check as check_model  # noqa: PLC0415

    return TargetAnaplan, check_model


def _find_problem(vault: Vault, name: str, field: str) -> str | None:
    try:
        vault.read(name, field)
    except VaultError as error:
        return f"{error.reason}. {error.remedy}"
    return None
