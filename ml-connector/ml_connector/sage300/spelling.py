"""How one server spells what we call by the names of the fact sheet (Sage sheet §4.0, unknown 1).

Bodies go out, and records come in, through a `Spelling`: outside of it only our own names are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.errors import MismatchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector.sage300.metadata import EntityType, ServiceMetadata


class Spelling:
    """The spelling of one resource and everything inside it."""

    def __init__(self, metadata: ServiceMetadata, resource: str) -> None:
        """Find `resource` whatever its case.

        Raises:
            MismatchError: the server has no such resource.
        """
        found = metadata.find_entity_set(resource)
        if found is None:
            raise MismatchError(
                "resource",
                resource,
                expected="it among those of the Web API",
                found="none of that name",
                remedy="Check the Sage 300 version and that the module is activated.",
            )
        self._metadata = metadata
        self.resource, self._type = found

    def name(self, property_name: str) -> str:
        """Return the server's spelling of a property of the resource itself.

        Raises:
            MismatchError: the server has no such property.
        """
        return self._name(self._type, property_name)

    def has(self, property_name: str) -> bool:
        """Tell whether the resource has the property."""
        return self._type.find_property(property_name) is not None

    def write(self, body: Mapping[str, object]) -> dict[str, object]:
        """Return `body` as this server spells it, in the same order.

        Raises:
            MismatchError: the server lacks a property that is to be written.
        """
        return self._write(self._type, body)

    def read(self, record: Mapping[str, object], *names: str) -> dict[str, object]:
        """Return the `names` of a record by our own spelling; what it lacks is left out."""
        by_lower = {key.lower(): value for key, value in record.items()}
        return {name: by_lower[name.lower()] for name in names if name.lower() in by_lower}

    def _write(self, kind: EntityType, body: Mapping[str, object]) -> dict[str, object]:
        written: dict[str, object] = {}
        for name, value in body.items():
            prop = kind.find_property(name)
            spelled = self._name(kind, name)
            inner = self._metadata.find_item_type(prop) if prop else None
            if inner is not None and isinstance(value, list):
                written[spelled] = [self._write(inner, item) for item in value]
            else:
                written[spelled] = value
        return written

    def _name(self, kind: EntityType, name: str) -> str:
        prop = kind.find_property(name)
        if prop is None:
            raise MismatchError(
                "property",
                f"{self.resource}.{name}",
                expected="it in the resource's $metadata",
                found="none of that name",
                remedy="Report this message together with the Sage 300 version; nothing was"
                " written.",
            )
        return prop.name
