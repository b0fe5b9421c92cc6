"""What other parts may import from the core is what each package says, and all of it exists."""

from __future__ import annotations

import importlib

import pytest

FACES = {
    "ml_connector.secrets": [
        "Draft",
        "Entry",
        "Key",
        "Vault",
        "VaultError",
        "is_reference",
        "open_vault",
        "redact",
        "resolve",
    ],
    "ml_connector.transport": [
        "Builder",
        "Problem",
        "misread",
        "redirected",
        "refused",
        "server_failed",
        "ApiCall",
        "AuditTrail",
        "BrokenReplyError",
        "Limiter",
        "NoAudit",
        "NotReachedError",
        "Pacing",
        "Repeat",
        "Reply",
        "Request",
        "Transport",
        "TransportSettings",
        "build_lost_answer",
        "check_address",
        "parse_http_date",
        "parse_retry_after",
    ],
    "ml_connector.sage300": [
        "CollectionQuery",
        "EntityType",
        "Page",
        "Property",
        "Sage300Client",
        "Sage300Settings",
        "ServiceMetadata",
        "Spelling",
        "build_collection_request",
        "build_metadata_request",
        "build_client",
        "build_record_request",
        "judge_reply",
        "open_sage300",
        "parse_date",
        "parse_metadata",
        "parse_page",
        "quote_literal",
    ],
    "ml_connector.anaplan": [
        "LOGIN_NAME",
        "OAUTH_URL",
        "ActionResult",
        "AnaplanClient",
        "AnaplanSettings",
        "Auth",
        "AuthMethod",
        "Detail",
        "DeviceCode",
        "DeviceLogin",
        "DumpError",
        "DumpRow",
        "FileInfo",
        "Grid",
        "GridRow",
        "ImportInfo",
        "ImportSource",
        "ItemFailure",
        "LineItemInfo",
        "ListAction",
        "ListInfo",
        "ListItem",
        "ListWrite",
        "Login",
        "LoginStore",
        "ModelInfo",
        "NamedObject",
        "PollPolicy",
        "ProcessAction",
        "RowCounts",
        "Task",
        "TaskId",
        "TaskKind",
        "ViewInfo",
        "iterate_dump",
        "open_anaplan",
        "open_device_login",
        "parse_dump",
    ],
}


@pytest.mark.parametrize("name", FACES)
def test_a_packages_face_is_pinned(name: str) -> None:
    package = importlib.import_module(name)

    assert sorted(package.__all__) == sorted(FACES[name])
    assert all(hasattr(package, member) for member in package.__all__)
