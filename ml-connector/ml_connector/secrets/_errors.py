"""What can be wrong with the vault; never with a value in it."""

from __future__ import annotations

from ml_connector.errors import SettingError


class VaultError(SettingError):
    """The vault, its key or one of its fields cannot be used.

    `reason` and `remedy` are whole by themselves, so that a setting which refers to the vault can
    say them in its own name.
    """

    def __init__(self, subject: str, reason: str, *, remedy: str) -> None:
        """Name what cannot be used: `vault`, `vault:NAME/FIELD` or a variable."""
        self.reason = reason
        super().__init__(subject, None, reason, remedy=remedy)
