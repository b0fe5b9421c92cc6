"""How a file is written, as a client may say along with the chunk count (Anaplan sheet §4.3)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import msgspec

from ml_connector_sandbox.anaplan.engine._source import ENCODINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox.anaplan._schema import FileDef

_Character = Annotated[str, msgspec.Meta(max_length=1, pattern=r"^[^\r\n]*\Z")]
_Row = Annotated[int, msgspec.Meta(ge=-1, le=1_000_000_000)]


class _Given(msgspec.Struct, rename="camel"):
    """What of a file's metadata is stored; other keys are taken and forgotten."""

    separator: _Character | msgspec.UnsetType = msgspec.UNSET
    delimiter: _Character | msgspec.UnsetType = msgspec.UNSET
    encoding: str | msgspec.UnsetType = msgspec.UNSET
    header_row: _Row | msgspec.UnsetType = msgspec.UNSET
    first_data_row: _Row | msgspec.UnsetType = msgspec.UNSET


def change_metadata(file: FileDef, given: Mapping[str, object]) -> FileDef:
    """Return `file` as the client says that it is written from now on.

    Raises:
        ValueError: It cannot be written like that.
    """
    known = msgspec.convert(dict(given), _Given)
    changes = {
        name: value
        for name, value in msgspec.structs.asdict(known).items()
        if value is not msgspec.UNSET
    }
    changed = dataclasses.replace(file, **changes)
    if "encoding" in changes and changed.encoding not in ENCODINGS:
        raise ValueError(f"unknown encoding: {changed.encoding}")
    if changed.separator and changed.separator == changed.delimiter:
        raise ValueError("separator and delimiter must differ")
    return changed
