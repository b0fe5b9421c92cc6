"""HTTP as both API clients speak it: timeouts, safe repetition, rate limit, audit, redaction."""

from __future__ import annotations

from ml_connector.transport._audit import ApiCall, AuditTrail, NoAudit
from ml_connector.transport._limiter import Limiter, Pacing
from ml_connector.transport._messages import Repeat, Reply, Request, TransportSettings
from ml_connector.transport._network import BrokenReplyError, NotReachedError, build_lost_answer
from ml_connector.transport._preflight import check_address
from ml_connector.transport._problems import (
    Builder,
    Problem,
    misread,
    redirected,
    refused,
    server_failed,
)
from ml_connector.transport._retry_after import parse_http_date, parse_retry_after
from ml_connector.transport._transport import Transport

__all__ = [
    "ApiCall",
    "AuditTrail",
    "BrokenReplyError",
    "Builder",
    "Limiter",
    "NoAudit",
    "NotReachedError",
    "Pacing",
    "Problem",
    "Repeat",
    "Reply",
    "Request",
    "Transport",
    "TransportSettings",
    "build_lost_answer",
    "check_address",
    "misread",
    "parse_http_date",
    "parse_retry_after",
    "redirected",
    "refused",
    "server_failed",
]
