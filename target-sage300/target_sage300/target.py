"""The Singer target: settings in, lines spooled, entries posted at the end of input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ml_connector.clock import Clock, SystemClock
from ml_connector.events import event
from ml_connector.singer import DurableTarget
from typing_extensions import override

from target_sage300._check import check
from target_sage300._config_schema import build_config_schema
from target_sage300._session import Session
from target_sage300._settings import parse_settings
from target_sage300.sinks import Sage300Sink

if TYPE_CHECKING:
    from singer_sdk.sinks import Sink


class TargetSage300(DurableTarget):
    """Posts approved lines into Sage 300, each exactly once."""

    name = "target-sage300"
    config_jsonschema: ClassVar[dict[str, Any]] = build_config_schema()
    default_sink_class: type[Sink] = Sage300Sink
    drain_at_end_only: ClassVar[bool] = True
    clock: ClassVar[Clock] = SystemClock()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the SDK's signature
        """Read the settings; nothing is opened or called yet.

        Raises:
            SettingError: a setting is unknown, missing or cannot be used.
        """
        super().__init__(*args, **kwargs)
        settings = parse_settings(self.config, known=self.config_jsonschema["properties"])
        self.session = Session(settings, clock=self.clock, check_stop=self.check_stop)
        self._is_dry_run = settings.dry_run

    @override
    def load_all(self) -> None:
        """Judge and post everything that came; STATE may follow.

        Raises:
            ConnectorError: something failed as a whole; STATE is held.
        """
        posting_run = self.session.open_posting_run()
        self.exit_code = int(posting_run.finish(complete=self.complete_marks))
        if self._is_dry_run or posting_run.holds_state:
            # Nothing may be taken for done that was neither posted nor kept.
            self._states.clear()

    @override
    def check_connection(self) -> None:
        """Read what a run would need; write nothing."""
        for finding in check(self.config):
            event(self.logger, "connection.checked", found=str(finding))

    @override
    def close(self, *, outcome: str, exit_code: int) -> None:
        """Record how the run ended and free the company's lease."""
        self.session.close(outcome, exit_code=exit_code)
