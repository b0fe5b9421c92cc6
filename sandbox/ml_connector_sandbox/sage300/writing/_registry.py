"""Which rules govern which resource: gathered from every part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300 import ap, gl, ic, masters, po
from ml_connector_sandbox.sage300.writing._rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._switches import Switch
    from ml_connector_sandbox.sage300._types import Resource
    from ml_connector_sandbox.sage300.writing._rules import Process

_PARTS = (masters, gl, ap, po, ic)

RULES: Mapping[tuple[str, str], Rules] = {
    path: rules for part in _PARTS for path, rules in part.RULES.items()
}
PROCESSES: Mapping[tuple[str, str], Process] = {
    path: process for part in _PARTS for path, process in part.PROCESSES.items()
}
SWITCHES: Mapping[str, Switch] = {
    name: switch for part in _PARTS for name, switch in part.SWITCHES.items()
}


def rules_of(resource: Resource) -> Rules:
    """Return a resource's rules; one nobody wrote rules for allows what fits its fields."""
    return RULES.get(resource.path) or Rules(resource)
