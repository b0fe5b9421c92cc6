"""Secrets by reference: settings name where a secret is, and only memory ever holds it."""

from __future__ import annotations

from ml_connector.secrets._redact import redact
from ml_connector.secrets._references import resolve

__all__ = ["redact", "resolve"]
