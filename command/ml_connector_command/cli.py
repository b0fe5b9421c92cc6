"""`ml-connector`: what a person asks of the ledgers and the plugins, outside of a run.

Human-readable by default, `--json` for machines. Exit codes are those of the plugins.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from ml_connector.errors import ConnectorError
from typing_extensions import override

from ml_connector_command import audit, credentials, login, ping, postings, reconcile, rejects

if TYPE_CHECKING:
    from collections.abc import Sequence


class ConnectorGroup(click.Group):
    """A group that explains a connector's error in one line and ends with its exit code."""

    @override
    def invoke(self, ctx: click.Context) -> object:
        """Run a subcommand; this is the edge of the process."""
        try:
            return super().invoke(ctx)
        except ConnectorError as error:
            click.echo(f"ml-connector: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=ConnectorGroup)
@click.version_option(package_name="ml-connector-command")
def main() -> None:
    """Look into what the link between Sage 300 and Anaplan did, and decide on what it kept."""


credentials.group.add_command(login.command)
for command in (
    *(ping.ping, reconcile.reconcile),
    *(credentials.group, rejects.group, postings.group, audit.group),
):
    main.add_command(command)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command in a console that may not know every character."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    main(arguments)
