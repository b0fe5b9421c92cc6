"""Answers to what an import asks each time it runs: `mappingParameters` (Anaplan sheet §5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class MappingParameter:
    """One answer; without an import's id it is meant for all of a process."""

    entity_type: str
    entity_name: str
    import_id: str = ""


def find_answer(
    parameters: Iterable[MappingParameter], dimension: str, *, import_id: str
) -> str | None:
    """Return the item chosen for `dimension`; that of versions is called `Version`."""
    names = {dimension.lower(), "version"} if dimension == VERSIONS else {dimension.lower()}
    for one in parameters:
        if one.entity_type.lower() in names and one.import_id in ("", import_id):
            return one.entity_name
    return None
