"""tap-anaplan: reads exports, views and lists of an Anaplan model, exact and known to be whole."""

from __future__ import annotations

import difflib
import logging
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from ml_connector.clock import SystemClock
from ml_connector.errors import MismatchError, SettingError
from ml_connector.events import event
from ml_connector.singer import DurableTap, Purpose
from typing_extensions import override

from tap_anaplan._config_schema import build_config_schema
from tap_anaplan._session import Session
from tap_anaplan._settings import ExportSettings, parse_settings
from tap_anaplan.streams import ExportStream, ListStream, MetadataStream, ViewStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.anaplan import ExportInfo, NamedObject, ViewInfo
    from ml_connector.clock import Clock

    from tap_anaplan.streams._marked import MarkedStream

Named = TypeVar("Named", "ExportInfo", "ViewInfo", "NamedObject")
_NAMES_SHOWN: Final = 20


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
        known = self.config_jsonschema["properties"]
        settings = parse_settings(self.config, known=known)
        version = self.plugin_version if self.purpose is Purpose.SYNC else None
        self._session = session = Session(settings, clock=self.clock, version=version)
        streams: list[MarkedStream] = [
            *self._open_exports(session),
            *self._open_views(session),
            *self._open_lists(session),
            *(MetadataStream(self, session=session, name=one) for one in settings.metadata),
        ]
        check_names([stream.name for stream in streams])
        return streams

    def _open_exports(self, session: Session) -> Iterator[ExportStream]:
        settings = session.settings
        if settings.exports is None and (settings.views or settings.lists or settings.metadata):
            return
        exports = session.open_client().fetch_exports()
        if settings.exports is None:
            yield from self._open_readable(session, exports)
            return
        for one in settings.exports:
            yield self._open(session, find_object("Export", "exports", exports, one.export), one)

    def _open_readable(
        self, session: Session, exports: Sequence[ExportInfo]
    ) -> Iterator[ExportStream]:
        for export in exports:
            try:
                yield self._open(session, export, ExportSettings(export=export.id))
            except MismatchError as error:
                event(
                    self.logger,
                    "stream.unavailable",
                    level=logging.WARNING,
                    export=export.name,
                    reason=str(error),
                )

    def _open(self, session: Session, export: ExportInfo, settings: ExportSettings) -> ExportStream:
        metadata = session.open_client().fetch_export(export.id)
        return ExportStream(
            self, session=session, export=export, metadata=metadata, settings=settings
        )

    def _open_views(self, session: Session) -> Iterator[ViewStream]:
        views = session.open_client().fetch_views() if session.settings.views else ()
        for one in session.settings.views:
            view = find_object("View", "views", views, one.view)
            yield ViewStream(self, session=session, view=view, settings=one)

    def _open_lists(self, session: Session) -> Iterator[ListStream]:
        lists = session.open_client().fetch_lists() if session.settings.lists else ()
        for one in session.settings.lists:
            listed = find_object("List", "lists", lists, one.list)
            yield ListStream(self, session=session, listed=listed, settings=one)

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


def find_object(kind: str, setting: str, objects: Sequence[Named], wanted: str) -> Named:
    """Return the object of this id or name.

    Raises:
        MismatchError: the model shows none to this user, or several.
    """
    found = [one for one in objects if one.id == wanted]
    found = found or [one for one in objects if one.name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        shown, remedy = ", ".join(one.id for one in found), f"Give its id in {setting}."
    else:
        names = [one.name for one in objects]
        close = difflib.get_close_matches(wanted, names, n=_NAMES_SHOWN, cutoff=0.0)
        shown = ", ".join(close) or "none"
        remedy = f"Correct its name in {setting}, or give the user's role access to it."
    raise MismatchError(
        kind, wanted, expected=f"one {kind.lower()} of the model", found=shown, remedy=remedy
    )
