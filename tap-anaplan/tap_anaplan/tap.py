"""tap-anaplan: reads export actions of an Anaplan model, exact and known to be complete."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar

from ml_connector.clock import SystemClock
from ml_connector.errors import MismatchError, SettingError
from ml_connector.events import event
from ml_connector.singer import DurableTap, Purpose
from typing_extensions import override

from tap_anaplan._config_schema import build_config_schema
from tap_anaplan._session import Session
from tap_anaplan._settings import ExportSettings, parse_settings
from tap_anaplan.streams import ExportStream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector.anaplan import ExportInfo
    from ml_connector.clock import Clock


class TapAnaplan(DurableTap):
    """Reads export actions of one Anaplan model."""

    name = "tap-anaplan"
    package_name: str | None = "tap-anaplan"
    dynamic_catalog = True
    config_jsonschema: ClassVar[dict[str, Any]] = build_config_schema()
    clock: ClassVar[Clock] = SystemClock()
    _session: Session | None = None

    @override
    def discover_streams(self) -> Sequence[ExportStream]:
        """Ask the model for its exports; those that are no table get one line each."""
        known = self.config_jsonschema["properties"]
        settings = parse_settings(self.config, known=known)
        version = self.plugin_version if self.purpose is Purpose.SYNC else None
        self._session = Session(settings, clock=self.clock, version=version)
        exports = self._session.open_client().fetch_exports()
        if settings.exports is not None:
            chosen = [(find_export(exports, one), one) for one in settings.exports]
            streams = [self._open(self._session, export, one) for export, one in chosen]
        else:
            streams = self._open_readable(self._session, exports)
        self._check_names(streams)
        return streams

    def _open_readable(self, session: Session, exports: Sequence[ExportInfo]) -> list[ExportStream]:
        streams = []
        for export in exports:
            try:
                streams.append(self._open(session, export, ExportSettings(export=export.id)))
            except MismatchError as error:
                event(
                    self.logger,
                    "stream.unavailable",
                    level=logging.WARNING,
                    export=export.name,
                    reason=str(error),
                )
        return streams

    def _open(self, session: Session, export: ExportInfo, settings: ExportSettings) -> ExportStream:
        metadata = session.open_client().fetch_export(export.id)
        return ExportStream(
            self, session=session, export=export, metadata=metadata, settings=settings
        )

    def _check_names(self, streams: Sequence[ExportStream]) -> None:
        names = [stream.name for stream in streams]
        for name in names:
            if names.count(name) > 1:
                raise SettingError(
                    "exports",
                    name,
                    "is the stream of two exports",
                    remedy="Give each its own stream in exports.",
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


def find_export(exports: Sequence[ExportInfo], settings: ExportSettings) -> ExportInfo:
    """Return the export of this name or id.

    Raises:
        MismatchError: the model shows none to this user.
    """
    for export in exports:
        if settings.export in (export.id, export.name):
            return export
    raise MismatchError(
        "Export",
        settings.export,
        expected="an export of the model",
        found=", ".join(export.name for export in exports) or "none",
        remedy="Correct its name in exports, or give the user's role access to it.",
    )
