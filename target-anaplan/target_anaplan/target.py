"""The Singer target: settings in, records staged, everything loaded at the end of input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError, ExitCode
from singer_sdk import Target
from typing_extensions import override

from target_anaplan._config_schema import build_config_schema
from target_anaplan._finishing import finish_run
from target_anaplan._session import Session, outcome_of
from target_anaplan._settings import parse_settings
from target_anaplan.sinks import AnaplanSink

if TYPE_CHECKING:
    from typing import Any


class TargetAnaplan(Target):
    """Loads an Anaplan model through files and import actions."""

    name = "target-anaplan"
    config_jsonschema = build_config_schema()
    default_sink_class = AnaplanSink

    @classmethod
    def append_builtin_config(cls, config_jsonschema):
        pass

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stop = None
        self.settings = parse_settings(self.config)
        self.session = Session(self.settings, clock=SystemClock(), is_stopped=lambda: False)

    @override
    def process_endofpipe(self) -> None:
        code = 1
        try:
            load_run = self.session.open_load_run()
            code = finish_run(load_run, complete={})
            super().process_endofpipe()
        except ConnectorError as error:
            code = error.exit_code
            print(error, file=sys.stderr)
        finally:
            self.session.close(outcome_of(code), exit_code=code)
        sys.exit(code)
