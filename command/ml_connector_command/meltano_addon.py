"""Makes `meltano config test` answer and leave nothing; Meltano loads this as a settings add-on.

Meltano 4.4.1 terminates the loader under test once more after it has ended by itself. asyncio has
let go of the process by then and raises ProcessLookupError, so that the command fails for every
loader, whatever it answered (decision record 9). Here a process that has ended stays ended.

An extractor under test it starts as for a run and stops at the first record, which leaves a stopped
run in the ledger. Our own are started with `--test` instead: they read as much and record nothing.
tap-anaplan does not even read, since a look at an export runs it: it finds its exports and tells
their columns. A test of our own taps is passed when they say so, records or none.

Nothing else of Meltano is touched, and a Meltano that does either by itself makes this idle.
"""

from __future__ import annotations

import contextlib
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from meltano.core.plugin_test_service import ExtractorTestService, LoaderTestService
from meltano.core.setting_definition import SettingDefinition

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from meltano.core.plugin_invoker import PluginInvoker

Service = TypeVar("Service", ExtractorTestService, LoaderTestService)

SETTING = SettingDefinition(name="ml_connector.loader_test", hidden=True)
"""What the add-on offers Meltano: nothing to be set, the reason to be loaded."""

TEST_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "tap-sage300": ("--test",),
    "tap-anaplan": ("--test=schema",),
}
"""What our own taps are tested with."""


def forgive_second_end(process: Process) -> Process:
    """Let `process.terminate()` do nothing once the process has ended."""
    terminate = process.terminate

    def terminate_if_running() -> None:
        with contextlib.suppress(ProcessLookupError):
            terminate()

    process.terminate = terminate_if_running  # type: ignore[method-assign]
    return process


def choose_options(invoker: PluginInvoker) -> tuple[str, ...]:
    """Return the options to add to the command line of a plugin under test."""
    return TEST_OPTIONS.get(str(invoker.plugin.executable), ())


def _wrap(
    validate: Callable[..., Coroutine[object, object, tuple[bool, str | None]]],
) -> Callable[..., Coroutine[object, object, tuple[bool, str | None]]]:
    @wraps(validate)
    async def wrapped(service: Service, **kwargs: object) -> tuple[bool, str | None]:
        invoker = service.plugin_invoker
        invoke: Callable[..., Awaitable[Process]] = invoker.invoke_async
        started: list[Process] = []

        async def invoke_async(*args: object, **options: object) -> Process:
            process = await invoke(*args, *choose_options(invoker), **options)
            started.append(process)
            return forgive_second_end(process)

        invoker.invoke_async = invoke_async  # type: ignore[method-assign]
        try:
            verdict = await validate(service, **kwargs)
            has_passed = choose_options(invoker) and any(one.returncode == 0 for one in started)
            return (True, None) if has_passed else verdict
        finally:
            invoker.invoke_async = invoke  # type: ignore[method-assign, assignment]

    return wrapped


for _service in (ExtractorTestService, LoaderTestService):
    _service.validate = _wrap(_service.validate)  # type: ignore[method-assign]
