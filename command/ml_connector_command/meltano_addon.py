"""Makes `meltano config test` answer for loaders; Meltano loads this as a settings add-on.

Meltano 4.4.1 terminates the loader under test once more after it has ended by itself. asyncio has
let go of the process by then and raises ProcessLookupError, so that the command fails for every
loader, whatever it answered (decision record 9). Here a process that has ended stays ended. Nothing
else of Meltano is touched, and a Meltano that forgives the second end makes this idle.
"""

from __future__ import annotations

import contextlib
from functools import wraps
from typing import TYPE_CHECKING

from meltano.core.plugin_test_service import LoaderTestService
from meltano.core.setting_definition import SettingDefinition

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Awaitable, Callable

SETTING = SettingDefinition(name="ml_connector.loader_test", hidden=True)
"""What the add-on offers Meltano: nothing to be set, the reason to be loaded."""

_validate = LoaderTestService.validate


def forgive_second_end(process: Process) -> Process:
    """Let `process.terminate()` do nothing once the process has ended."""
    terminate = process.terminate

    def terminate_if_running() -> None:
        with contextlib.suppress(ProcessLookupError):
            terminate()

    process.terminate = terminate_if_running  # type: ignore[method-assign]
    return process


@wraps(_validate)
async def validate(service: LoaderTestService, **kwargs: object) -> tuple[bool, str | None]:
    """Validate as Meltano does, with a process that may be ended twice."""
    invoker = service.plugin_invoker
    invoke: Callable[..., Awaitable[Process]] = invoker.invoke_async

    async def invoke_async(*args: object, **options: object) -> Process:
        return forgive_second_end(await invoke(*args, **options))

    invoker.invoke_async = invoke_async  # type: ignore[method-assign]
    try:
        return await _validate(service, **kwargs)
    finally:
        invoker.invoke_async = invoke  # type: ignore[method-assign, assignment]


LoaderTestService.validate = validate  # type: ignore[method-assign, assignment]
