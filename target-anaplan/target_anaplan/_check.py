"""What a model lets this user load, and how it differs from the blueprint; `ping` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError, MismatchError
from ml_connector.findings import Finding, fine, missing, note
from ml_connector.transport import NoAudit

from target_anaplan._blueprint_model import ACTUALS
from target_anaplan._connection import describe_run, open_client
from target_anaplan._found_model import fetch_found_model
from target_anaplan._model_check import compare_with_blueprint
from target_anaplan._settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ml_connector.anaplan import AnaplanClient

    from target_anaplan._blueprint_model import Blueprint
    from target_anaplan._settings import TargetSettings


def check(config: Mapping[str, object], blueprint: Blueprint = ACTUALS) -> list[Finding]:
    """Sign in, compare the model with the blueprint, and try what a run would need; only reads.

    A model of another build, for which `loads` says what fills it, is not compared.

    Raises:
        ConnectorError: Anaplan cannot be reached or used with these settings.
    """
    settings = parse_settings(config)
    client = open_client(settings, clock=SystemClock(), audit=NoAudit())
    try:
        findings = [
            fine("sign-in", f"as {client.fetch_me()}"),
            *_check_build(client, settings, blueprint),
        ]
        if not any(one.is_problem for one in findings):
            findings += _try_run(client, settings)
        return findings
    finally:
        client.close()


def _check_build(
    client: AnaplanClient, settings: TargetSettings, blueprint: Blueprint
) -> Iterator[Finding]:
    if settings.loads is not None:
        yield note("model", "loads are configured: it is not compared with the blueprint")
        return
    if settings.process is None:
        yield note(
            "setting process",
            "it is not set: imports run one by one",
            remedy=f"Set it to {blueprint.process} to run them as the model builder ordered them.",
        )
    process = settings.process or blueprint.process
    yield from compare_with_blueprint(
        fetch_found_model(client, blueprint, process=process),
        blueprint,
        process=process,
        may_skip=settings.process_may_skip,
    )


def _try_run(client: AnaplanClient, settings: TargetSettings) -> list[Finding]:
    """Return what a run would find before it uploads anything."""
    try:
        return [fine(line) for line in describe_run(client, settings)]
    except MismatchError as error:
        return [_tell(error)]


def _tell(error: ConnectorError) -> Finding:
    return missing("a run would end", error.problem, remedy=error.remedy)
