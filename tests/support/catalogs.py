"""Catalogs that select streams of tap-sage300; each company is discovered once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tap_sage300.tap import TapSage300

from tests.support.in_process import run_command

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

ORDER_STREAMS = ("vendor_groups", "vendors", "purchase_order_lines")
TEN_STREAMS = (
    *("vendor_groups", "vendors", "gl_account_groups", "gl_accounts", "gl_segment_codes", "items"),
    *("purchase_order_lines", "ap_invoice_lines", "po_invoice_lines", "gl_posted_transactions"),
)
"""What the tap selects by itself."""

_CATALOGS: dict[str, dict[str, Any]] = {}


def write_catalog(connection: Mapping[str, Any], streams: Collection[str], folder: Path) -> Path:
    """Write a catalog that selects exactly `streams` of the company at `connection`."""
    url = str(connection["base_url"])
    if url not in _CATALOGS:
        _CATALOGS[url] = discover(connection, folder)
    for stream in _CATALOGS[url]["streams"]:
        root = next(entry for entry in stream["metadata"] if not entry["breadcrumb"])
        root["metadata"]["selected"] = stream["tap_stream_id"] in streams
    path = folder / "catalog.json"
    path.write_text(json.dumps(_CATALOGS[url]), encoding="utf-8")
    return path


def discover(connection: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what the tap offers of a company."""
    config = folder / "discovery.json"
    config.write_text(json.dumps(dict(connection)), encoding="utf-8")
    code, printed, log = run_command(TapSage300, ["--config", str(config), "--discover"])
    assert code == 0, log
    catalog: dict[str, Any] = json.loads(printed)  # noqa: TID251  (not product code)
    return catalog
