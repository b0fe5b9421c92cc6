"""What was prepared, sent and confirmed: runs, calls, loads, rejects, leases; kept durably."""

from ml_connector.ledger._chain import ChainReport
from ml_connector.ledger._database import check_no_open_transaction
from ml_connector.ledger._ledger import Ledger, open_ledger
from ml_connector.ledger._posting_records import (
    VANISHED,
    DraftEntry,
    DraftLine,
    Place,
    RecordedEntry,
)
from ml_connector.ledger._posting_states import (
    FREE,
    UNSETTLED,
    WATCHED,
    EntryState,
)
from ml_connector.ledger._rows import (
    Belief,
    ControlMemory,
    KeptReject,
    KnownState,
    Landed,
    LedgerRows,
    LoadedRow,
    LoadName,
    ModelKey,
    OldRow,
    RenderAnew,
    RowProblem,
    ScopeKey,
    Sending,
    Settled,
    StageCounts,
    StagedRow,
    row_digest,
)
from ml_connector.ledger._schema import LoadState, RejectState, RowState
from ml_connector.ledger._writable import check_writable
from ml_connector.ledger.calls import AuditTrail, RecordedCall
from ml_connector.ledger.departures import Departure, Departures
from ml_connector.ledger.documents import Document, DocumentMemory
from ml_connector.ledger.leases import Lease, LeaseHeldError, LeaseLostError
from ml_connector.ledger.loads import Load
from ml_connector.ledger.posting_figures import KIND_TITLES, EntryFigures, sum_entry
from ml_connector.ledger.posting_inputs import InputLine, PostingInputs
from ml_connector.ledger.posting_results import (
    LEFT_OUT,
    STANDS_WITH,
    PostingResult,
    PostingResults,
)
from ml_connector.ledger.posting_views import EntryStep, EntrySummary, EntryView, PostingViews
from ml_connector.ledger.postings import PostingBatch, Postings
from ml_connector.ledger.runs import Run, RunSummary
from ml_connector.ledger.scopes import Scope
from ml_connector.ledger.tasks import TaskOutcome, TaskRecord
from ml_connector.ledger.turns import hold_on_this_computer

__all__ = [
    "FREE",
    "KIND_TITLES",
    "LEFT_OUT",
    "STANDS_WITH",
    "UNSETTLED",
    "VANISHED",
    "WATCHED",
    "AuditTrail",
    "Belief",
    "ChainReport",
    "ControlMemory",
    "Departure",
    "Departures",
    "Document",
    "DocumentMemory",
    "DraftEntry",
    "DraftLine",
    "EntryFigures",
    "EntryState",
    "EntryStep",
    "EntrySummary",
    "EntryView",
    "InputLine",
    "KeptReject",
    "KnownState",
    "Landed",
    "Lease",
    "LeaseHeldError",
    "LeaseLostError",
    "Ledger",
    "LedgerRows",
    "Load",
    "LoadName",
    "LoadState",
    "LoadedRow",
    "ModelKey",
    "OldRow",
    "Place",
    "PostingBatch",
    "PostingInputs",
    "PostingResult",
    "PostingResults",
    "PostingViews",
    "Postings",
    "RecordedCall",
    "RecordedEntry",
    "RejectState",
    "RenderAnew",
    "RowProblem",
    "RowState",
    "Run",
    "RunSummary",
    "Scope",
    "ScopeKey",
    "Sending",
    "Settled",
    "StageCounts",
    "StagedRow",
    "TaskOutcome",
    "TaskRecord",
    "check_no_open_transaction",
    "check_writable",
    "hold_on_this_computer",
    "open_ledger",
    "row_digest",
    "sum_entry",
]
