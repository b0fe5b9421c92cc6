"""The switches of the Sage 300 server: what the fact sheet's §7 leaves open, and site settings."""

from __future__ import annotations

from ml_connector_sandbox._faults import HTTP_STATUS
from ml_connector_sandbox._switches import AT_LEAST_ONE, Switch, Switches
from ml_connector_sandbox.sage300 import _access, _gate
from ml_connector_sandbox.sage300.writing import _registry, _switches

_YES_NO = (True, False)

_SITE_AND_READING: dict[str, Switch] = {
    "query_length_max": Switch(
        default=2048,
        shape=AT_LEAST_ONE,
        about="IIS request filtering refuses longer query strings (I)",
    ),
    "property_casing": Switch(
        default="documented",
        positions=("documented", "lowered"),
        about="unknown 1: spelling of derived names; lowered: Purchaseordernumber",
    ),
    "omitted_properties": Switch(
        default=[],
        shape=list[str],
        about="unknown 1: properties this version lacks, by documented name",
    ),
    "renamed_properties": Switch(
        default={},
        shape=dict[str, str],
        about="unknowns 1, 14: documented name to the name this version uses",
    ),
    "statuses": Switch(
        default={},
        shape=dict[str, HTTP_STATUS],
        about="unknown 2: error code to HTTP status, over the table",
    ),
    "error_media_type": Switch(
        default="application/json",
        positions=("application/json", "text/plain"),
        about="§1.3: error bodies were seen as text/plain",
    ),
    "missing_content_type": Switch(
        default="refused",
        positions=("refused", "ignored"),
        about="§1.3: documented as HTTP 500, yet clients work without",
    ),
    "orderby": Switch(default=True, positions=_YES_NO, about="unknown 7: $orderby works"),
    "parentheses": Switch(
        default=True, positions=_YES_NO, about="unknown 7: parentheses in $filter work"
    ),
    "contains": Switch(default=True, positions=_YES_NO, about="unknown 7: contains works"),
    "substringof": Switch(
        default=False, positions=_YES_NO, about="unknown 7: the OData v3 name works"
    ),
    "null_literals": Switch(default=True, positions=_YES_NO, about="unknown 7: `eq null` works"),
    "next_link_with_top": Switch(
        default="followed",
        positions=("followed", "absent"),
        about="unknown 8: $top beyond the page size gets a nextLink, or one page only",
    ),
    "order": Switch(
        default="key",
        positions=("key", "shuffled"),
        about="unknown 9: order of records when none is asked for",
    ),
    "stamps_move": Switch(
        default=True,
        positions=_YES_NO,
        about="unknown 10: edits move LastPostingDate and DateLastMaintained",
    ),
    "decimals": Switch(
        default="plain",
        positions=("plain", "scaled", "exponent"),
        about="unknown 12: 86.6, 86.600 or 8.66E+1",
    ),
    "dates": Switch(
        default="zulu",
        positions=("zulu", "zoneless"),
        about="unknown 13: 2024-01-31T00:00:00Z, or without the Z",
    ),
    "booleans": Switch(
        default="boolean",
        positions=("boolean", "words"),
        about='unknown 15: true and false, or "Yes" and "No" of an enum',
    ),
    "upper_case_keys": Switch(
        default=True,
        positions=_YES_NO,
        about="unknown 16: text keys in URLs are upper-cased by the field's mask",
    ),
    "warnings": Switch(
        default=False, positions=_YES_NO, about="unknown 21: records carry Warnings"
    ),
    "companies": Switch(
        default="absent",
        positions=("absent", "listed"),
        about="unknown 23: /Companies beside the companies lists them, or is not there",
    ),
    "receipt_lines_name": Switch(
        default="ReceiptLines",
        positions=("ReceiptLines", "ReceiptLine2s"),
        about="unknown 14: what POGetReceipts calls the collection of its lines",
    ),
    "not_installed": Switch(
        default=[],
        shape=list[str],
        about="modules (`PO`) or resources (`CSFiscalCalendars`) not licensed",
    ),
}


def build_switches(*, page_size: int) -> Switches:
    """Return all switches in their default position."""
    return Switches(
        {
            "page_size": Switch(
                default=page_size, shape=AT_LEAST_ONE, about="PageSize of the site's web.config"
            ),
            **_SITE_AND_READING,
            **_access.SWITCHES,
            **_gate.SWITCHES,
            **_switches.SWITCHES,
            **_registry.SWITCHES,
        }
    )
