"""Checks that many rules share: required fields, references, use elsewhere (Sage sheet §5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

Reference = tuple[str, str]
"""Module and resource that a field points to."""


def field_invalid(message: str) -> WebApiError:
    """Build the refusal of one field's value."""
    return WebApiError("FieldInvalid", message)


def record_invalid(message: str) -> WebApiError:
    """Build the refusal of a record as a whole."""
    return WebApiError("RecordInvalid", message)


def check_required(record: JsonObject, labels: Mapping[str, str]) -> None:
    """Refuse a record that lacks a field; `labels` are the fields' captions by property.

    Raises:
        WebApiError: `FieldInvalid`.
    """
    for name, label in labels.items():
        if not record[name]:
            raise field_invalid(f"{label} cannot be blank.")


def check_references(
    session: Session, record: JsonObject, references: Mapping[str, tuple[Reference, str]]
) -> None:
    """Refuse a record with a code that does not exist; blank codes pass.

    Args:
        session: Where to look.
        record: The record.
        references: By property, the resource it points to and the caption.

    Raises:
        WebApiError: `FieldInvalid`, naming the value.
    """
    for name, ((module, resource), label) in references.items():
        value = record[name]
        if value and session.lacks(module, resource, value):
            raise field_invalid(f"{label} '{value}' does not exist.")


def check_account(session: Session, number: object, *, label: str) -> None:
    """Refuse an account the General Ledger does not have; separators do not count.

    The company profile says whether a missing account is an error at all (§4.6).

    Raises:
        WebApiError: `FieldInvalid`.
    """
    bare = str(number).replace("-", "")
    is_missing = bool(bare) and session.lacks("GL", "GLAccounts", bare)
    if is_missing and company_policy(session, "NonexistentGLAccount") == "Error":
        raise field_invalid(f"{label}: account '{number}' is not defined in General Ledger.")


def check_unused(session: Session, value: object, *, label: str, uses: Mapping[str, str]) -> None:
    """Refuse the deletion of what other records use.

    Args:
        session: Where to look.
        value: The code to be deleted.
        label: What it is called.
        uses: Property that holds the code, by resource (`AP/APVendors`).

    Raises:
        WebApiError: `RecordInvalid`.
    """
    for path, name in uses.items():
        if is_used(session, path, name, value=value):
            resource = path.split("/")[1]
            raise record_invalid(f"{label} '{value}' is used in {resource}; it cannot be deleted.")


def is_used(session: Session, path: str, name: str, *, value: object) -> bool:
    """Tell whether any record of a resource has `value` in a property."""
    module, resource = path.split("/")
    table = session.company.find_table(module, resource)
    if table is None or name not in table.resource.index:
        return False
    index = table.resource.index[name]
    return any(row[index] == value for row in table.rows_between())


def company_policy(session: Session, name: str) -> str:
    """Return a policy of the company profile: None, Warning or Error (§4.6)."""
    return str(company_profile(session).get(name, "Error"))


def company_profile(session: Session) -> JsonObject:
    """Return the company's profile; an empty one when it is not installed."""
    if not session.is_installed("CS", "CSCompanyProfile"):
        return {}
    return next(session.records("CS", "CSCompanyProfile"), {})


def put_stamp(session: Session, record: JsonObject, name: str) -> None:
    """Move a record's stamp to the session date, unless stamps stand still (unknown 10)."""
    if session.switches.is_on("stamps_move") or not record[name]:
        record[name] = session.day
