"""The import engine: what an import does with a file.

One rule per function (`_rules`), each citing the Anaplan sheet: for these no tenant was asked, so
they are kept in one place where a wrong one can be found and mended.
"""

from ml_connector_sandbox.anaplan.engine._outcome import Detail, ImportOutcome
from ml_connector_sandbox.anaplan.engine._parameters import MappingParameter
from ml_connector_sandbox.anaplan.engine._run import run_import
from ml_connector_sandbox.anaplan.engine._settings import EngineSettings
from ml_connector_sandbox.anaplan.engine._source import SourceRows, read_source

__all__ = [
    "Detail",
    "EngineSettings",
    "ImportOutcome",
    "MappingParameter",
    "SourceRows",
    "read_source",
    "run_import",
]
