"""Says what keeps a company from being read: nothing at all, or single streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.errors import ConnectorError, SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def check_any_readable(reasons: Sequence[str], *, readable: int, company: str) -> None:
    """Refuse settings with which nothing at all can be read.

    Raises:
        SettingError: with the first of the reasons.
    """
    if reasons and not readable:
        raise SettingError(
            "company",
            company,
            f"nothing of it can be read: {reasons[0]}",
            remedy="Check base_url and company, and that the user has the right 'Sage 300 Web API'"
            " in at least one module.",
        )


def build_missing_error(reasons: Mapping[str, str]) -> ConnectorError:
    """Say in one line which selected streams cannot be read, and why; `reasons` is by stream."""
    by_reason: dict[str, list[str]] = {}
    for stream, reason in reasons.items():
        by_reason.setdefault(reason.rstrip("."), []).append(stream)
    told = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())
    return ConnectorError(
        f"Selected, but not to be read: {told}",
        remedy="Put it right, or deselect the stream in the catalog. The other selected streams"
        " were read to their end.",
    )
