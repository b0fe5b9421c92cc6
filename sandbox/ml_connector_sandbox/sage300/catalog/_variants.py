"""Other shapes of resources whose exact spelling nobody has seen (Sage sheet §7, unknown 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300.catalog.gl import POST_JOURNAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._types import Property, Resource

_ABBREVIATED: Mapping[str, str] = {
    "PostAllBatchesSwitch": "PostAllBatches",
    "ProvisionalPostSwitch": "ProvisionalPost",
    "FromBatchNumber": "FromBatch",
    "ToBatchNumber": "ToBatch",
    "ErrorBatchCreatedSwitch": "ErrorBatchCreated",
}


def _abbreviated(item: Property) -> Property:
    return replace(item, name=_ABBREVIATED.get(item.name, item.name))


def _numbered(item: Property) -> Property:
    is_switch = item.kind is Kind.ENUM and item.name in _ABBREVIATED
    return replace(item, kind=Kind.INTEGER, members=(), type_name="") if is_switch else item


_POST_JOURNAL: Mapping[str, Resource] = {
    "screens": POST_JOURNAL,
    "abbreviated": replace(
        POST_JOURNAL, properties=tuple(_abbreviated(item) for item in POST_JOURNAL.properties)
    ),
    "numbers": replace(
        POST_JOURNAL, properties=tuple(_numbered(item) for item in POST_JOURNAL.properties)
    ),
}


def variant_of(resource: Resource, switches: Switches) -> Resource:
    """Return `resource` as this site spells it; property by property the same meaning."""
    if resource.path != POST_JOURNAL.path:
        return resource
    return _POST_JOURNAL[switches.text("process_spelling")]
