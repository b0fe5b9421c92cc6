"""The Singer target: settings in, records staged, everything loaded at the end of input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ml_connector.events import event
from ml_connector.singer import DurableTarget
from typing_extensions import override

from target_anaplan._collecting import InputMarks
from target_anaplan._config_schema import build_config_schema
from target_anaplan._connection import check
from target_anaplan._finishing import finish_run
from target_anaplan._session import Session
from target_anaplan._settings import parse_settings
from target_anaplan.sinks import AnaplanSink

if TYPE_CHECKING:
    from singer_sdk.sinks import Sink


class TargetAnaplan(DurableTarget):
    """Loads an Anaplan model through files and import actions."""

    name = "target-anaplan"
    config_jsonschema: ClassVar[dict[str, Any]] = build_config_schema()
    default_sink_class: type[Sink] = AnaplanSink
    drain_at_end_only: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the SDK's signature
        """Read the settings; nothing is opened or called yet.

        Raises:
            SettingError: a setting is unknown, missing or cannot be used.
        """
        self._first_bookmarks: dict[str, Any] = {}
        super().__init__(*args, **kwargs)
        self.session = Session(
            parse_settings(self.config), clock=self.clock, check_stop=self.check_stop
        )

    @override
    def load_all(self) -> None:
        """Load everything that was staged, and judge it; STATE may follow.

        Raises:
            ConnectorError: something failed as a whole; STATE is held.
        """
        marks = InputMarks(
            complete=self.complete_marks,
            interrupted=self._find_interrupted(),
            from_the_start=frozenset(
                # Without a bookmark from a run before, only the cleared mark stands there.
                name
                for name, first in self._first_bookmarks.items()
                if first == {"complete": False}
            ),
        )
        self.exit_code = int(finish_run(self.session.open_load_run(), marks=marks))

    @override
    def _note_complete_marks(self, bookmarks: dict[str, Any]) -> None:
        for stream, bookmark in bookmarks.items():
            self._first_bookmarks.setdefault(stream, bookmark)
        super()._note_complete_marks(bookmarks)

    @override
    def _write_state(self, state: dict[str, Any]) -> None:
        """Write it, but let the bookmarks of interrupted streams stay where the run found them.

        Nothing of such a stream was loaded, while the tap may have moved its bookmark as it read.
        """
        kept = {
            name: {**self._first_bookmarks[name], "complete": False}
            for name in self._find_interrupted()
        }
        bookmarks = state.get("bookmarks")
        super()._write_state({**state, "bookmarks": {**bookmarks, **kept}} if bookmarks else state)

    def _find_interrupted(self) -> frozenset[str]:
        return frozenset(stream for stream in self._begun if not self.complete_marks[stream])

    @override
    def check_connection(self) -> None:
        """Read what a run would need; write nothing."""
        for line in check(self.config, clock=self.clock):
            event(self.logger, "connection.checked", found=line)

    @override
    def close(self, *, outcome: str, exit_code: int) -> None:
        """Record how the run ended, log out, and free the model's lease."""
        self.session.close(outcome, exit_code=exit_code)
