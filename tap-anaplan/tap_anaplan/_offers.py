"""What the settings choose of a model, each to be opened as a stream of its own."""

from __future__ import annotations

import difflib
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from ml_connector.errors import MismatchError

from tap_anaplan._settings import ExportSettings
from tap_anaplan.streams import ExportStream, ListStream, MetadataStream, ViewStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ml_connector.anaplan import ExportInfo, NamedObject, ViewInfo
    from singer_sdk import Tap

    from tap_anaplan._session import Session
    from tap_anaplan._settings import ListSettings, ViewSettings
    from tap_anaplan.streams._marked import MarkedStream

Named = TypeVar("Named", "ExportInfo", "ViewInfo", "NamedObject")
_NAMES_SHOWN: Final = 20


class Offer(NamedTuple):
    """One object of the model that is read, and how its stream is made."""

    subject: str
    """In Anaplan's words: `export GL Adjustments`."""
    open: Callable[[], MarkedStream]
    """Reads its metadata; raises a `MismatchError` when it cannot be a stream."""
    is_chosen: bool = True
    """Whether the settings name it; else it is there because every export is read."""


class Offers:
    """The objects of one model that the settings choose."""

    def __init__(self, tap: Tap, session: Session) -> None:
        """Make streams of `tap`; nothing is called yet."""
        self._tap = tap
        self._session = session

    def iterate(self) -> Iterator[Offer]:
        """Yield what the settings choose; exports first."""
        settings = self._session.settings
        yield from self._iterate_exports()
        views = self._session.open_client().fetch_views() if settings.views else ()
        for view in settings.views:
            yield Offer(f"view {view.view}", partial(self._open_view, views, view))
        lists = self._session.open_client().fetch_lists() if settings.lists else ()
        for one in settings.lists:
            yield Offer(f"list {one.list}", partial(self._open_list, lists, one))
        for name in settings.metadata:
            yield Offer(f"metadata {name}", partial(self._open_metadata, name))

    def _iterate_exports(self) -> Iterator[Offer]:
        settings = self._session.settings
        if settings.exports is None and (settings.views or settings.lists or settings.metadata):
            return
        exports = self._session.open_client().fetch_exports()
        chosen = [(one.export, one) for one in settings.exports or ()]
        if settings.exports is None:
            chosen = [(one.name, ExportSettings(export=one.id)) for one in exports]
        for name, one in chosen:
            open_export = partial(self._open_export, exports, one)
            is_chosen = settings.exports is not None
            yield Offer(f"export {name}", open_export, is_chosen=is_chosen)

    def _open_export(self, exports: Sequence[ExportInfo], one: ExportSettings) -> ExportStream:
        export = find_object("Export", "exports", exports, one.export)
        return ExportStream(
            self._tap,
            session=self._session,
            export=export,
            metadata=self._session.open_client().fetch_export(export.id),
            settings=one,
        )

    def _open_view(self, views: Sequence[ViewInfo], one: ViewSettings) -> ViewStream:
        view = find_object("View", "views", views, one.view)
        return ViewStream(self._tap, session=self._session, view=view, settings=one)

    def _open_list(self, lists: Sequence[NamedObject], one: ListSettings) -> ListStream:
        listed = find_object("List", "lists", lists, one.list)
        return ListStream(self._tap, session=self._session, listed=listed, settings=one)

    def _open_metadata(self, name: str) -> MetadataStream:
        return MetadataStream(self._tap, session=self._session, name=name)


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
