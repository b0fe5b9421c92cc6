"""Switches: one per behaviour that the documentation leaves open.

Each has a default (our best reading) and a closed set of positions, or a free value of the
default's type. An unknown switch or position is refused, so that a test cannot misspell one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from ml_connector_sandbox._wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AT_LEAST_ONE = Annotated[int, msgspec.Meta(ge=1)]
NOT_NEGATIVE = Annotated[int, msgspec.Meta(ge=0)]


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """One behaviour that can be turned."""

    default: object
    about: str
    """What it changes, and which unknown of the fact sheet it stands for."""
    positions: tuple[object, ...] = ()
    """The values allowed; empty for any value of the right shape."""
    shape: object = None
    """The type of a free value, as `msgspec` checks it; the default's when not given."""


def word_switch(*positions: object, about: str) -> Switch:
    """Declare a switch with these positions, the first being the default."""
    return Switch(default=positions[0], about=about, positions=positions)


class Switches:
    """The present position of every switch of one server."""

    def __init__(self, declared: Mapping[str, Switch]) -> None:
        """Start with every switch in its default position."""
        self._declared = dict(declared)
        self._values: dict[str, object] = {}
        self._watchers: list[Callable[[], None]] = []
        self.reset()

    def __getitem__(self, name: str) -> object:
        """Return the present position of `name`."""
        return self._values[name]

    def is_on(self, name: str) -> bool:
        """Tell whether a yes-or-no switch stands at yes."""
        return self._values[name] is True

    def text(self, name: str) -> str:
        """Return the position of a switch whose positions are words."""
        return str(self._values[name])

    def turn(self, changes: Mapping[str, object]) -> None:
        """Turn several switches; none is turned when one is refused.

        Raises:
            ValueError: Unknown switch, or a position it does not have.
        """
        for name, value in changes.items():
            self._check(name, value)
        self._values.update(changes)
        for watcher in self._watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` whenever switches have been turned, for what must follow at once."""
        self._watchers.append(watcher)

    def snapshot(self) -> dict[str, object]:
        """Return every switch's position."""
        return dict(self._values)

    def describe(self) -> dict[str, Switch]:
        """Return what was declared: defaults, positions, meaning."""
        return dict(self._declared)

    def reset(self) -> None:
        """Turn every switch back to its default."""
        self._values = {name: switch.default for name, switch in self._declared.items()}

    def _check(self, name: str, value: object) -> None:
        switch = self._declared.get(name)
        if switch is None:
            known = ", ".join(sorted(self._declared))
            message = f"unknown switch {name!r}; known: {known}"
            raise ValueError(message)
        if not switch.positions:
            try:
                msgspec.convert(value, switch.shape or type(switch.default))
            except msgspec.ValidationError as error:
                message = f"switch {name!r} has no position {_json(value)}: {error}"
                raise ValueError(message) from error
        elif value not in switch.positions:
            positions = ", ".join(_json(position) for position in switch.positions)
            message = f"switch {name!r} has no position {_json(value)}; it has {positions}"
            raise ValueError(message)


def _json(value: object) -> str:
    return encode_json(value).decode()
