"""The Sage 300 Web API: a pure half that builds and judges, a thin half that sends."""

from __future__ import annotations

from ml_connector.sage300.client import Sage300Client, build_client, open_sage300
from ml_connector.sage300.dates import parse_date
from ml_connector.sage300.metadata import EntityType, Property, ServiceMetadata, parse_metadata
from ml_connector.sage300.protocol import (
    CollectionQuery,
    Page,
    build_collection_request,
    build_metadata_request,
    build_record_request,
    judge_reply,
    parse_page,
    quote_literal,
)
from ml_connector.sage300.settings import Sage300Settings
from ml_connector.sage300.spelling import Spelling

__all__ = [
    "CollectionQuery",
    "EntityType",
    "Page",
    "Property",
    "Sage300Client",
    "Sage300Settings",
    "ServiceMetadata",
    "Spelling",
    "build_client",
    "build_collection_request",
    "build_metadata_request",
    "build_record_request",
    "judge_reply",
    "open_sage300",
    "parse_date",
    "parse_metadata",
    "parse_page",
    "quote_literal",
]
