"""From a record to the row that is sent: its columns as text, its key, its amount.

A mapping depends on settings and on the file's header only, never on the stream's schema: rows
kept in the ledger can therefore be sent again in a run in which the stream does not appear.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector.errors import InputError, MismatchError, SettingError
from ml_connector.ledger import StagedRow, row_digest
from ml_connector.wire import WireError, encode_json

from target_anaplan._blueprint import (
    BLANKS,
    CHECKSUM_COLUMN,
    COMPANY,
    CONTROL_AMOUNTS,
    DELETED_AT,
    DELETED_COLUMN,
    KEYS,
    TRANSACTION_ID,
    codes_of_load,
)
from target_anaplan._companies import is_usable, names_company, put_company
from target_anaplan._figures import ZERO, compute_checksum, read_amount, read_checksum
from target_anaplan._settings import KeyPrefix
from target_anaplan._values import render_value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from target_anaplan._settings import LoadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMapping:
    """Which record property fills which column of the file.

    `key` are the columns of the setting of that name, empty without it where the blueprint does not
    know better; `codes` the columns before which the company is put; `amount_column` is the
    position of the control module's amount; `blanks` has what stands for nothing in a column.
    """

    stream: str
    headers: tuple[str, ...]
    fields: tuple[str, ...]
    key: tuple[int, ...]
    codes: frozenset[int]
    amount_column: int | None
    prefix: KeyPrefix
    decimal_separator: str
    blanks: Mapping[int, str]

    @property
    def digest(self) -> str:
        """Fingerprint of everything that decides a row's content, its key and its amount."""
        parts = [
            self.headers,
            self.fields,
            sorted(self.codes) if self.prefix is not KeyPrefix.NONE else [],
            self.prefix.value,
            self.decimal_separator,
            self.key,
            self.amount_column,
            *([sorted(self.blanks.items())] if self.blanks else []),
        ]
        return hashlib.sha256(encode_json(parts)).hexdigest()

    @property
    def rules(self) -> tuple[str, ...]:
        """How each column is filled, so that a later run with other columns can tell."""
        prefixed = self.codes if self.prefix is not KeyPrefix.NONE else frozenset()
        separator = "" if self.decimal_separator == "." else f" {self.decimal_separator}"
        return tuple(
            f"{field}{f' {self.prefix}' if position in prefixed else ''}{separator}"
            for position, field in enumerate(self.fields)
        )

    @property
    def checksum_column(self) -> int | None:
        """Position of the column with the checksum, if the file has one."""
        return self.fields.index(CHECKSUM_COLUMN) if CHECKSUM_COLUMN in self.fields else None

    def find_key_columns(self, key_properties: Sequence[str]) -> tuple[int, ...]:
        """Positions of the columns that identify a row.

        The setting `key` decides, or the blueprint for it; else the stream's key properties, when
        all of them are in the file; else the file's first column, which by custom holds the code
        that imports match by.
        """
        if self.key:
            return tuple(self._codes_first(self.key))
        columns = [self.fields.index(key) for key in key_properties if key in self.fields]
        if not columns or len(columns) != len(key_properties):
            return (0,)
        return tuple(self._codes_first(columns))

    def _codes_first(self, columns: Sequence[int]) -> Sequence[int]:
        # Whose a row is, the beginning of its key tells.
        if self.prefix is KeyPrefix.NONE:
            return columns
        return sorted(columns, key=lambda column: column not in self.codes)


def build_mapping(
    load: LoadSettings, headers: Sequence[str], *, prefix: KeyPrefix, decimal_separator: str = "."
) -> RowMapping:
    """Map the file's `headers` to record properties: by `columns`, or by their own names.

    Raises:
        MismatchError: `columns` and the header name different columns.
        SettingError: `key`, `amount`, `codes` or `blanks` name a column the file does not have.
    """
    own = {name: name for name in (DELETED_COLUMN, CHECKSUM_COLUMN) if name in headers}
    by_name = {header: header for header in headers if header}
    fields = by_name if load.columns is None else own | load.columns
    _check_headers(load, headers, fields)
    names = tuple(headers)
    known = codes_of_load(load.stream)
    codes = load.codes or tuple(header for header in names if fields.get(header) in known)
    amount = load.amount or _default_amount(load, names)
    blanks = load.blanks
    if blanks is None:
        known_blanks = BLANKS.get(load.stream, {})
        blanks = {name: text for name, text in known_blanks.items() if name in names}
    key = load.key or [name for name in KEYS.get(load.stream, ()) if name in names]
    return RowMapping(
        stream=load.stream,
        headers=names,
        fields=tuple(fields.get(header, "") for header in names),
        key=tuple(_position(load, "key", names, name) for name in key),
        codes=frozenset(_position(load, "codes", names, name) for name in codes),
        amount_column=_position(load, "amount", names, amount) if amount else None,
        prefix=prefix,
        decimal_separator=decimal_separator,
        blanks={_position(load, "blanks", names, name): text for name, text in blanks.items()},
    )


def _default_amount(load: LoadSettings, headers: Sequence[str]) -> str | None:
    amount = CONTROL_AMOUNTS.get(load.stream)
    return amount if amount in headers else None


def _position(load: LoadSettings, setting: str, headers: Sequence[str], name: str) -> int:
    if name in headers:
        return list(headers).index(name)
    raise SettingError(
        f"loads.{load.stream}.{setting}",
        name,
        f"is no column of the file; its columns are {', '.join(headers)}",
        remedy=f"Name one of them{_nearest(name, headers)}.",
    )


def _check_headers(load: LoadSettings, headers: Sequence[str], fields: Mapping[str, str]) -> None:
    repeated = sorted({header for header in headers if header and headers.count(header) > 1})
    if repeated:
        raise MismatchError(
            "file of load",
            load.stream,
            expected="every column once",
            found=f"{', '.join(repeated)} more than once",
            remedy="Give each column its own header in the file that defines the import.",
        )
    if load.columns is None:
        return
    unknown = [header for header in fields if header not in headers]
    missing = [header for header in headers if header and header not in fields]
    if unknown or missing:
        raise MismatchError(
            "columns of load",
            load.stream,
            expected=f"by the settings {', '.join(fields)}",
            found=f"in the model's import {', '.join(headers)}",
            remedy="Make `columns` and the header of the import's source file equal"
            f" ({_describe_difference(unknown, missing)}).",
        )


def _describe_difference(unknown: Sequence[str], missing: Sequence[str]) -> str:
    parts = []
    if unknown:
        parts.append(f"only in the settings: {', '.join(unknown)}")
    if missing:
        parts.append(f"only in the model: {', '.join(missing)}")
    return "; ".join(parts)


def check_key(mapping: RowMapping, key_properties: Sequence[str]) -> None:
    """Check that with `key_prefix` two companies' rows cannot have the same key.

    Raises:
        MismatchError: none of the key's columns holds a code that the company is put before.
    """
    columns = mapping.find_key_columns(key_properties)
    if mapping.prefix is KeyPrefix.NONE or columns[0] in mapping.codes:
        return
    raise MismatchError(
        "key of load",
        mapping.stream,
        expected="with key_prefix, a column that holds a code",
        found=", ".join(mapping.headers[column] for column in columns),
        remedy=f"Name the columns that hold codes in loads.{mapping.stream}.codes.",
    )


def check_fields(mapping: RowMapping, properties: Collection[str]) -> None:
    """Check that the stream's schema has every property that the file's columns ask for.

    Raises:
        MismatchError: some are missing; both sides are named, with the nearest property each.
    """
    known = {"", DELETED_COLUMN, CHECKSUM_COLUMN, *properties}
    missing = [
        f"{field!r} (column {header!r})" + _nearest(field, properties)
        for header, field in zip(mapping.headers, mapping.fields, strict=True)
        if field not in known
    ]
    if not missing:
        return
    unused = sorted(set(properties) - set(mapping.fields))
    raise MismatchError(
        "stream",
        mapping.stream,
        expected=f"the properties that the file's columns ask for, {', '.join(missing)}",
        found=f"without a column: {', '.join(unused) or 'none'}",
        remedy=f"Select the properties in the tap, map the columns in loads.{mapping.stream}"
        ".columns, or correct the file's header in the model.",
    )


def _nearest(name: str, names: Collection[str]) -> str:
    nearest = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f" (nearest: {nearest[0]!r})" if nearest else ""


def map_record(
    mapping: RowMapping, record: Mapping[str, object], *, key_properties: Sequence[str]
) -> StagedRow:
    """Turn `record` into the row to send; properties without a column are left out.

    Raises:
        InputError: the key is empty, the company for `key_prefix` is missing, or a value has no
            form in a file; record, field and value are named.
    """
    deleted = record.get(DELETED_AT) is not None
    company = find_company(mapping, record, key_properties=key_properties)
    values = []
    for position, field in enumerate(mapping.fields):
        text = _text(mapping, field, record, key_properties)
        if company and position in mapping.codes and not _has_company(field, text, company):
            text = put_company(text, company)
        if position == mapping.amount_column:
            # A blank cell may leave the amount that is there; without one it is zero.
            text = text or "0"
        text = text or mapping.blanks.get(position, "")
        values.append(text)
    if CHECKSUM_COLUMN not in record:
        fill_checksum(mapping, values)
    row_key = _row_key(mapping, record, values, key_properties)
    return build_row(mapping, values, row_key=row_key, deleted=deleted)


def _has_company(field: str, text: str, company: str) -> bool:
    return field == TRANSACTION_ID and names_company(text, company)


def fill_checksum(mapping: RowMapping, values: list[str]) -> None:
    """Put the checksum of the other values into its column, if the file has one."""
    position = mapping.checksum_column
    if position is not None:
        values[position] = str(compute_checksum(values, position=position))


def build_row(
    mapping: RowMapping, values: Sequence[str], *, row_key: str, deleted: bool
) -> StagedRow:
    """Build the row to send from its values in the header's order."""
    content, amount = tuple(values), mapping.amount_column
    checksum, separator = mapping.checksum_column, mapping.decimal_separator
    return StagedRow(
        row_key=row_key,
        content=content,
        digest=row_digest(content),
        amount=ZERO
        if amount is None
        else read_amount(content[amount], decimal_separator=separator),
        checksum=0 if checksum is None else read_checksum(content[checksum]),
        deleted=deleted,
    )


def join_key(values: Sequence[str]) -> str:
    """Join the parts of a key so that different keys stay different; one part stays as it is."""
    if len(values) == 1:
        return values[0]
    return "|".join(value.replace("\\", "\\\\").replace("|", "\\|") for value in values)


def _row_key(
    mapping: RowMapping,
    record: Mapping[str, object],
    content: Sequence[str],
    key_properties: Sequence[str],
) -> str:
    columns = mapping.find_key_columns(key_properties)
    parts = [content[position] for position in columns]
    if all(parts):
        return join_key(parts)
    empty = mapping.fields[columns[parts.index("")]]
    raise InputError(
        mapping.stream,
        "the key is empty",
        record=describe_record(record, key_properties),
        field=empty,
        remedy="Give every record its key at the source, or leave the record out there.",
    )


def find_company(
    mapping: RowMapping, record: Mapping[str, object], *, key_properties: Sequence[str]
) -> str | None:
    """Return the company that is put before the record's codes; `None` without `key_prefix`.

    Raises:
        InputError: the record names none, or one that cannot stand before a code.
    """
    if mapping.prefix is KeyPrefix.NONE:
        return None
    company = record.get(COMPANY)
    if isinstance(company, str) and is_usable(company):
        return company
    problem = "names one that holds ':', '|' or a backslash" if company else "names none"
    raise InputError(
        mapping.stream,
        f"key_prefix is company, and the record {problem}",
        record=describe_record(record, key_properties),
        field=COMPANY,
        value=company,
        remedy="Deliver Company with every record, or set key_prefix to none.",
    )


def _text(
    mapping: RowMapping,
    field: str,
    record: Mapping[str, object],
    key_properties: Sequence[str],
) -> str:
    if not field:
        return ""
    if field == DELETED_COLUMN and field not in record:
        return "true" if record.get(DELETED_AT) is not None else "false"
    value = record.get(field)
    try:
        return render_value(value, decimal_separator=mapping.decimal_separator)
    except (TypeError, ValueError, WireError) as error:
        raise InputError(
            mapping.stream,
            "the value has no form in a file",
            record=describe_record(record, key_properties),
            field=field,
            value=value,
            remedy="Send text, a number, true/false, a date or null.",
        ) from error


def describe_record(record: Mapping[str, object], key_properties: Sequence[str]) -> str:
    """Name a record by its key, for messages; never its other values."""
    if not key_properties:
        return "(without key)"
    return ", ".join(f"{key}={str(record.get(key))[:60]}" for key in key_properties)
