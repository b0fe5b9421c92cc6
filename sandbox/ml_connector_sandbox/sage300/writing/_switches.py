"""Switches of the write protocol: what the Sage sheet §7 leaves open about POST and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox._switches import Switch
from ml_connector_sandbox.sage300.writing import _optional_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

_YES_NO = (True, False)

SWITCHES: Mapping[str, Switch] = {
    "insert_status": Switch(
        default=201,
        positions=(201, 200, 204),
        about="unknown 3: status of a POST that inserts; 204 answers without the record",
    ),
    "empty_status": Switch(
        default=204,
        positions=(204, 200),
        about="unknown 3: status of PUT, PATCH, DELETE and processes, all without a body",
    ),
    "location_header": Switch(
        default=False, positions=_YES_NO, about="unknown 3: an insertion answers with Location"
    ),
    "nested_creation": Switch(
        default="rolled_back",
        positions=("rolled_back", "orphan_header", "first_entries"),
        about="unknown 5: what a batch with a refused entry leaves behind",
    ),
    "put_missing_fields": Switch(
        default="blank",
        positions=("blank", "kept"),
        about="§1.4: fields a PUT leaves out return to their defaults, or stay as they are",
    ),
    "upper_case_codes": Switch(
        default=True,
        positions=_YES_NO,
        about="unknown 16: codes in bodies are folded to upper case by the field's mask",
    ),
    "long_texts": Switch(
        default="refused",
        positions=("refused", "cut"),
        about="§1.6: a text longer than its field is FieldInvalid, or cut to the field's length",
    ),
    "extra_decimals": Switch(
        default="refused",
        positions=("refused", "rounded"),
        about="§1.6: decimals beyond the field's are FieldInvalid, or rounded away",
    ),
    **_optional_fields.SWITCHES,
}
