"""Optional fields of journal lines: only what the account is set up for (Sage sheet §4.0, §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.writing._puts import merge_details
from ml_connector_sandbox.sage300.writing._session import blank_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._session import Session

_SET_UP = "AccountTransactionOptionalFields"


def merge(session: Session, line: JsonObject, given: Sequence[JsonObject], *, of: Property) -> None:
    """Apply optional fields of a body to a line; a new line gets those its account requires.

    Fields that the account brings with a value (`ValueSet` `Yes`) are inserted by themselves.

    Raises:
        WebApiError: `FieldInvalid`; the account is not set up for a field.
    """
    account = str(line["AccountNumber"])
    details = ledger_of(session.company).accounts.details(account, _SET_UP)
    set_up: Mapping[str, JsonObject] = {str(item["OptionalField"]): dict(item) for item in details}
    for body in given:
        name = str(body.get("OptionalField", ""))
        if name not in set_up:
            message = f"Optional field {name} is not set up for account {account}."
            raise WebApiError("FieldInvalid", message)
    merge_details(
        line[of.name],
        given,
        collection=of,
        build=lambda body: _field_of(line, set_up[str(body["OptionalField"])], body, of=of),
        change=lambda field, body: field.update(body),
    )
    present = {field["OptionalField"] for field in line[of.name]}
    for name, field in set_up.items():
        if name not in present and field["ValueSet"] == "Yes":
            line[of.name].append(_field_of(line, field, {}, of=of))
    line["NumberOfOptionalFields"] = len(line[of.name])


def _field_of(
    line: JsonObject, set_up: JsonObject, given: JsonObject, *, of: Property
) -> JsonObject:
    field = blank_record(of.details)
    field |= {name: set_up[name] for name in field if name in set_up}
    field |= {name: line[name] for name in field if name in line}
    field |= given
    field["ValueSet"] = "Yes"
    return field
