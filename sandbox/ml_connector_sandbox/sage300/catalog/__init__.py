"""The resources this sandbox knows by heart: one module of definitions per Sage module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.catalog import ap, ap_setup, cs, gl, ic, po

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox.sage300._types import Resource

__all__ = ["RESOURCES"]

RESOURCES: Mapping[tuple[str, str], Resource] = {
    resource.path: resource
    for part in (gl, ap, ap_setup, po, ic, cs)
    for resource in part.RESOURCES
}
"""Every resource whose properties the Sage sheet §4 gives, by module and name."""
