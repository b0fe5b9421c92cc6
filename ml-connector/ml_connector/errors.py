"""What can go wrong, grouped by what the caller does next.

ConnectorError (remedy)
├─ SettingError (setting, value)               fix configuration; nothing was called
├─ MismatchError (kind, name, expected, found) the model or company differs; nothing was uploaded
├─ InputError (stream, record, field, value)   a message of the stream cannot be used as it is
├─ RemoteError (system, call, status, code)
│  ├─ AccessError (account, right)             credentials or role; may be masked as a 404
│  ├─ TransientError (retry_after_s)           provably did nothing; safe to repeat
│  ├─ RefusedError (reason)                    never repeat; often becomes a reject
│  ├─ OutcomeUnknownError (token)              sent, answer lost: look before repeating
│  └─ UnexpectedReplyError (excerpt)           we misread the API: stop
└─ LedgerError (transaction_id)                invariant broken: stop

Every error builds its own message from its fields and ends with its remedy. None carries a secret:
callers pass account names, never passwords, and excerpts after redaction; URLs are redacted here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeGuard

from ml_connector.urls import redact_url, redact_urls


class ExitCode(IntEnum):
    """How a plugin's process ends; the same for all plugins. A signal ends it with 128 + number."""

    OK = 0
    FAILED = 1
    SETTINGS_REFUSED = 2
    REJECTS_KEPT = 3


class ConnectorError(Exception):
    """Anything the connector can explain; `remedy` says what to do about it."""

    exit_code = ExitCode.FAILED

    def __init__(self, problem: str, *, remedy: str) -> None:
        """Join `problem` and `remedy` into one message."""
        self.problem = redact_urls(problem)
        self.remedy = remedy
        super().__init__(f"{self.problem.rstrip('.')}. {remedy}".strip())


class SettingError(ConnectorError):
    """A setting is missing or cannot be used; nothing was called."""

    exit_code = ExitCode.SETTINGS_REFUSED

    def __init__(self, setting: str, value: object, problem: str, *, remedy: str) -> None:
        """Name the setting. Pass `value=None` for secrets and for values not to be shown."""
        self.setting = setting
        self.value = redact_url(value) if _is_address(value, setting) else value
        shown = "" if value is None else f" = {self.value!r}"
        super().__init__(f"Setting {setting}{shown}: {problem}", remedy=remedy)


def build_missing_remedy(setting: str, *, plugin: str) -> str:
    """Say how to set a missing setting of `plugin`: by name, or in the environment."""
    variable = f"{plugin}_{setting}".upper().replace("-", "_")
    return f"Set {setting} (environment: {variable})."


def _is_address(value: object, setting: str) -> TypeGuard[str]:
    # Whatever stands where an address belongs, also without "https://" before it.
    return isinstance(value, str) and (setting.endswith("url") or "://" in value)


class MismatchError(ConnectorError):
    """The model or the company is not what the settings say; nothing was written to it."""

    exit_code = ExitCode.SETTINGS_REFUSED

    def __init__(
        self, kind: str, name: str, *, expected: object, found: object, remedy: str
    ) -> None:
        """Name the object and both sides of the difference."""
        self.kind = kind
        self.name = name
        self.expected = expected
        self.found = found
        super().__init__(f"{kind} {name!r}: expected {expected}, found {found}", remedy=remedy)


class InputError(ConnectorError):
    """A message of the incoming stream cannot be used; nothing of it was written."""

    def __init__(
        self,
        stream: str,
        problem: str,
        *,
        remedy: str,
        record: object = None,
        field: str | None = None,
        value: object = None,
    ) -> None:
        """Name stream, record, field and value as far as they are known."""
        self.stream = stream
        self.record = record
        self.field = field
        self.value = value
        where = f"Stream {stream!r}"
        where += "" if record is None else f", record {record}"
        where += "" if field is None else f", field {field!r}"
        where += "" if value is None else f", value {str(value)[:80]!r}"
        super().__init__(f"{where}: {problem}", remedy=remedy)


class RemoteError(ConnectorError):
    """A call to Sage 300 or Anaplan did not end well."""

    def __init__(
        self,
        problem: str,
        *,
        system: str,
        call: str,
        remedy: str,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        """Name system, call (`GET /path`), HTTP status and the system's own error code."""
        self.system = system
        self.call = call
        self.status = status
        self.code = code
        detail = ", ".join(str(part) for part in (status, code) if part)
        super().__init__(
            f"{system}: {call}{f' ({detail})' if detail else ''}: {problem}", remedy=remedy
        )


class AccessError(RemoteError):
    """Credentials or role do not suffice. Anaplan masks a missing role as 404 (sheet §2.4)."""

    def __init__(
        self,
        problem: str,
        *,
        system: str,
        call: str,
        remedy: str,
        account: str | None = None,
        right: str | None = None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        """Name the account and the right it lacks."""
        self.account = account
        self.right = right
        who = f"account {account!r}: " if account else ""
        super().__init__(
            who + problem, system=system, call=call, remedy=remedy, status=status, code=code
        )


class TransientError(RemoteError):
    """The call provably did nothing; repeating it is safe, after `retry_after_s` if given."""

    def __init__(
        self,
        problem: str,
        *,
        system: str,
        call: str,
        remedy: str = "Try again later.",
        retry_after_s: float | None = None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        """Carry the server's own waiting time in seconds."""
        self.retry_after_s = retry_after_s
        super().__init__(problem, system=system, call=call, remedy=remedy, status=status, code=code)


class RefusedError(RemoteError):
    """The other side understood and said no; never repeated by itself."""

    def __init__(
        self,
        reason: str,
        *,
        system: str,
        call: str,
        remedy: str,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        """Carry the other side's own words in `reason`."""
        self.reason = reason
        super().__init__(reason, system=system, call=call, remedy=remedy, status=status, code=code)


class OutcomeUnknownError(RemoteError):
    """The call was sent and its answer lost: look at the other side before repeating it."""

    def __init__(
        self,
        problem: str,
        *,
        system: str,
        call: str,
        remedy: str = "Look before repeating it.",
        token: str | None = None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        """Carry the token by which the effect can be found."""
        self.token = token
        super().__init__(problem, system=system, call=call, remedy=remedy, status=status, code=code)


class UnexpectedReplyError(RemoteError):
    """The answer does not look as documented: we misread the API, so we stop."""

    def __init__(
        self,
        problem: str,
        *,
        system: str,
        call: str,
        remedy: str = "Report it with this message; do not repeat the run blindly.",
        excerpt: str = "",
        data_bytes: int | None = None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        """Carry at most 200 characters of the redacted answer.

        Give `data_bytes`, its length, where the answer holds data: the message then says only how
        long it is, for messages are logged and rows are not.
        """
        self.excerpt = excerpt[:200]
        shown = problem
        if data_bytes is not None:
            hint = "; a log at debug level shows how it begins" if excerpt else ""
            shown += f" (answer of {data_bytes} bytes{hint})"
        elif excerpt:
            shown += f" (answer begins {self.excerpt!r})"
        super().__init__(shown, system=system, call=call, remedy=remedy, status=status, code=code)


class LedgerError(ConnectorError):
    """An invariant of the ledger does not hold, or it cannot be used: stop."""

    def __init__(self, problem: str, *, remedy: str, transaction_id: str | None = None) -> None:
        """Name the transaction id where one is concerned."""
        self.transaction_id = transaction_id
        named = f"Transaction {transaction_id}: {problem}" if transaction_id else problem
        super().__init__(f"Ledger: {named}", remedy=remedy)
