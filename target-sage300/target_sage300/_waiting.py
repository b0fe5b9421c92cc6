"""Waiting that hears a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_connector.clock import Clock

_SLICE_S: Final = 1.0


def wait_until(moment: float, *, clock: Clock, check_stop: Callable[[], None]) -> None:
    """Wait until `moment`, a timestamp, in slices; `check_stop` is asked before each.

    Raises:
        Stopped: a signal came.
    """
    while (left_s := moment - clock.now().timestamp()) > 0:
        check_stop()
        clock.sleep(min(_SLICE_S, left_s))
