"""Switches of tasks, files, dumps, writes and large reads (§§4, 5, 7; numbers of §11).

Those that were there first are in `_switchboard`.
"""

from __future__ import annotations

from ml_connector_sandbox._switches import AT_LEAST_ONE, Switch

FAILURE_CODES = (
    *("actionFailed", "connectorError", "crossCustomerImport", "deleteFromSelectionFailed"),
    *("failedToLocateEntity", "failedToLocateHierarchy", "failedToLocateModel"),
    *("failedToLocateModule", "failedToLocateSavedView", "hierarchyImportFailed"),
    *("importFailedGeneralError", "internalError", "moduleImportFailed", "notAuthorised"),
    "sourceModelArchived",
)
"""Failures of a whole action that nothing in the sandbox's one model leads to (§5.3)."""

TASK_SWITCHES: dict[str, Switch] = {
    "action_fails_with": Switch(
        default="none",
        positions=("none", *FAILURE_CODES),
        about="detail code with which every action that can meet it fails as a whole (§5.3)",
    ),
    "upload_during_import": Switch(
        default="mixed",
        positions=("mixed", "new", "error"),
        about=(
            "what an import reads when its file was uploaded anew while it ran: old and new bytes"
            " mixed, the new ones, or an error (§4.1)"
        ),
    ),
    "announced_count": Switch(
        default="echoed",
        positions=("echoed", "zero"),
        about="chunkCount in the answer to its announcement: two official samples (§4.3)",
    ),
    "missing_dump": Switch(
        default="not_found",
        positions=("not_found", "no_content"),
        about="a dump there is not: 404, or 204 (400 for its chunks) (§5.4)",
    ),
    "dump_encoding": Switch(
        default="UTF-8",
        positions=("UTF-8", "UTF-16LE", "ISO-8859-1"),
        about="26: encoding of dumps",
    ),
    "dump_chunk_bytes": Switch(
        default=10_000_000, shape=AT_LEAST_ONE, about="bytes per chunk of a dump (§5.4)"
    ),
    "large_read": Switch(
        default="succeeds",
        positions=("succeeds", "unsuccessful"),
        about="a large read ends COMPLETE, with `successful` true or false (§7.4)",
    ),
    "list_read_max": Switch(
        default=1_000_000,
        shape=AT_LEAST_ONE,
        about="items of a list that can be read in one response (§7.1)",
    ),
}
