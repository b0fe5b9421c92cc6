"""Task results as the API shows them (Anaplan sheet §5.2, §5.3)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import ImportDef, ImportKind
from ml_connector_sandbox.anaplan.engine import Detail, ImportOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox.anaplan._task_book import JsonObject


def build_import_result(
    definition: ImportDef,
    outcome: ImportOutcome,
    *,
    shuffle: random.Random,
    module_values: str,
    no_changes: str,
) -> JsonObject:
    """Return the `result` of one import; `successful` says nothing about its rows."""
    if outcome.failure is not None:
        details = [outcome.failure]
    else:
        summary = (
            _summarise_list(outcome, no_changes)
            if definition.kind is ImportKind.LIST
            else _summarise_module(outcome, module_values)
        )
        details = [summary, *_describe_problems(outcome)]
    return {
        "successful": outcome.is_successful,
        "failureDumpAvailable": bool(outcome.problems),
        "objectId": definition.id,
        "objectName": definition.name,
        "details": [_render_detail(detail, shuffle) for detail in details],
    }


def build_failure(object_id: str, object_name: str, detail: Detail) -> JsonObject:
    """Return the result of an action that failed as a whole."""
    return {
        "successful": False,
        "failureDumpAvailable": False,
        "objectId": object_id,
        "objectName": object_name,
        "details": [_render_detail(detail, random.Random(0))],  # noqa: S311  # order only
    }


def build_process_result(
    process_id: str, process_name: str, nested: Sequence[JsonObject], *, successful: bool
) -> JsonObject:
    """Return the result of a process; the dumps hang on the nested results (§5.5)."""
    return {
        "successful": successful,
        "failureDumpAvailable": False,
        "objectId": process_id,
        "objectName": process_name,
        "nestedResults": list(nested),
    }


def _summarise_list(outcome: ImportOutcome, no_changes: str) -> Detail:
    counts = _count_rows(outcome)
    if no_changes == "no_changes" and not outcome.changed and not outcome.problems:
        return Detail(
            type="hierarchyNoChanges",
            text=f"{outcome.target}: no changes",
            values={"hierarchyName": outcome.target},
        )
    return Detail(
        type="hierarchyRowsProcessed" + _suffix(outcome),
        text=_describe_counts(outcome),
        values={
            "hierarchyName": outcome.target,
            **counts,
            "invalidCount": "0",
            "updatedCount": str(outcome.updated + outcome.warned_updated),
            "renamedCount": str(outcome.updated + outcome.warned_updated),
            "createdCount": str(outcome.created + outcome.warned_created),
        },
    )


def _summarise_module(outcome: ImportOutcome, module_values: str) -> Detail:
    """Guess the keys: no source shows any (§11, 8)."""
    values: dict[str, str] = {}
    if module_values == "rows":
        values = {"moduleName": outcome.target, **_count_rows(outcome)}
        values["cellsUpdatedCount"] = str(outcome.changed)
    elif module_values == "cells":
        values = {
            "lineItemsOrModule": outcome.target,
            "cellsChanged": str(outcome.changed),
            "rowsWithFailures": str(len(outcome.problems)),
            "ignored": str(outcome.ignored),
        }
    return Detail(
        type="lineItemRowsProcessed" + _suffix(outcome),
        text=_describe_counts(outcome),
        values=values,
    )


def _suffix(outcome: ImportOutcome) -> str:
    return "WithFailures" if outcome.problems else ""


def _count_rows(outcome: ImportOutcome) -> dict[str, str]:
    created = outcome.created + outcome.warned_created
    updated = outcome.updated + outcome.warned_updated
    total = created + updated + outcome.rejected + outcome.ignored
    counts = {
        "successRowCount": outcome.created + outcome.updated,
        "successCreateCount": outcome.created,
        "successUpdateCount": outcome.updated,
        "warningsRowCount": outcome.warned,
        "warningsCreateCount": outcome.warned_created,
        "warningsUpdateCount": outcome.warned_updated,
        "failedCount": outcome.rejected,
        "ignoredCount": outcome.ignored,
        "totalRowCount": total,
        "totalCreateCount": created,
        "totalUpdateCount": updated,
    }
    return {key: str(count) for key, count in counts.items()}


def _describe_counts(outcome: ImportOutcome) -> str:
    success = outcome.created + outcome.updated
    return (
        f"{outcome.target}: {success} ({outcome.created}/{outcome.updated}) rows successful, "
        f"{outcome.warned} ({outcome.warned_created}/{outcome.warned_updated}) rows has warnings, "
        f"{outcome.rejected} failed, {outcome.ignored} ignored"
    )


def _describe_problems(outcome: ImportOutcome) -> list[Detail]:
    details = [
        Detail(type=code, text=message, occurrences=occurrences)
        for (code, message), occurrences in sorted(outcome.codes.items())
    ]
    if outcome.unmapped:
        names = ", ".join(outcome.unmapped)
        text = f"Unmapped columns: {names}"
        # No source shows the code of this warning: the name is ours (I).
        detail = Detail(type="unmappedColumns", text=text, occurrences=len(outcome.unmapped))
        details.append(detail)
    return details


def _render_detail(detail: Detail, shuffle: random.Random) -> JsonObject:
    pairs = list(detail.values.items())
    shuffle.shuffle(pairs)
    rendered: JsonObject = {
        "type": detail.type,
        "occurrences": detail.occurrences,
        "localMessageText": detail.text,
    }
    if pairs:
        rendered["values"] = [text for pair in pairs for text in pair]
    return rendered
