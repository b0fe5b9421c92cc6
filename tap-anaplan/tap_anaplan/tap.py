"""tap-anaplan: reads exports, views and lists of an Anaplan model, exact and known to be whole."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar

from ml_connector.clock import SystemClock
from ml_connector.errors import MismatchError, SettingError
from ml_connector.events import event
from ml_connector.singer import DurableTap, Purpose
from typing_extensions import override

from tap_anaplan._config_schema import build_config_schema
from tap_anaplan._offers import Offers
from tap_anaplan._session import Session
from tap_anaplan._settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.clock import Clock

    from tap_anaplan.streams._marked import MarkedStream


class TapAnaplan(DurableTap):
    """Reads one Anaplan model."""

    name = "tap-anaplan"
    package_name: str | None = "tap-anaplan"
    dynamic_catalog = True
    config_jsonschema: ClassVar[dict[str, Any]] = build_config_schema()
    clock: ClassVar[Clock] = SystemClock()
    _session: Session | None = None

    @override
    def discover_streams(self) -> Sequence[MarkedStream]:
        """Ask the model for what is chosen; exports that are no table get one line each."""
        streams = [*self._open_streams()]
        check_names([stream.name for stream in streams])
        return streams

    def open_session(self) -> Session:
        """Return what the run holds; nothing is called yet.

        Raises:
            SettingError: a setting is unknown, missing or unusable.
        """
        if self._session is None:
            known = self.config_jsonschema["properties"]
            settings = parse_settings(self.config, known=known)
            version = self.plugin_version if self.purpose is Purpose.SYNC else None
            self._session = Session(settings, clock=self.clock, version=version)
        return self._session

    def _open_streams(self) -> Iterator[MarkedStream]:
        for offer in Offers(self, self.open_session()).iterate():
            try:
                yield offer.open()
            except MismatchError as error:
                if offer.is_chosen:
                    raise
                event(
                    self.logger,
                    "stream.unavailable",
                    level=logging.WARNING,
                    export=error.name,
                    reason=str(error),
                )

    @override
    def load_state(self, state: Mapping[str, object]) -> None:
        """Take over the state, with every complete mark cleared: this run has read nothing yet."""
        super().load_state(dict(state))
        for bookmark in self.state.get("bookmarks", {}).values():
            if "complete" in bookmark:
                bookmark["complete"] = False

    @override
    def close(self, *, outcome: str, exit_code: int) -> None:
        if self._session is not None:
            self._session.close(outcome, exit_code=exit_code)


def check_names(names: Sequence[str]) -> None:
    """Refuse two streams of one name.

    Raises:
        SettingError: naming it.
    """
    for name in names:
        if names.count(name) > 1:
            raise SettingError(
                "stream",
                name,
                "is the stream of two entries",
                remedy="Give one of them its own stream in exports, views or lists.",
            )
