"""Secrets by reference: settings name where a secret is, and only memory ever holds it."""

from __future__ import annotations

from ml_connector.secrets._errors import VaultError
from ml_connector.secrets._keys import Key
from ml_connector.secrets._redact import redact
from ml_connector.secrets._references import is_reference, resolve
from ml_connector.secrets._vault import Draft, Entry, Vault, open_vault

__all__ = [
    "Draft",
    "Entry",
    "Key",
    "Vault",
    "VaultError",
    "is_reference",
    "open_vault",
    "redact",
    "resolve",
]
