"""Goal: no secret typed into a URL comes back in a message."""

from __future__ import annotations

import pytest
from ml_connector.errors import ConnectorError, MismatchError, SettingError
from ml_connector.urls import redact_url, redact_urls


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/path", "https://host/path"),
        ("https://host:81", "https://host:81"),
        ("https://u:geheim@host/path", "https://***@host/path"),
        ("https://geheim@host", "https://***@host"),
        ("https://u:ge/h?e#i@m@host:abc/x", "https://***@host:abc/x"),
        ("u:geheim@host", "***@host"),
        ("https://host/?password=geheim&b=2", "https://host/?password=***&b=***"),
        ("https://host/?geheim", "https://host/?***"),
        ("https://host/x?a=1#geheim", "https://host/x?a=***#***"),
        ("https://host/x#geheim", "https://host/x#***"),
        ("https://host/?next=https://u:geheim@other/", "https://***@other/"),
        ("sqlite:////var/ledger.sqlite3", "sqlite:////var/ledger.sqlite3"),
        ("", ""),
    ],
)
def test_user_info_query_values_and_fragment_are_masked(url: str, shown: str) -> None:
    assert redact_url(url) == shown


def test_urls_within_a_text_are_found() -> None:
    text = "asked 'https://u:geheim@a/x' and http://b?k=geheim, then c@d.example"

    assert redact_urls(text) == "asked 'https://***@a/x' and http://b?k=*** then c@d.example"


@pytest.mark.parametrize(
    "error",
    [
        SettingError("api_url", "u:geheim@host", "is not an address", remedy="Mend it."),
        SettingError("ca_bundle", "https://h/?k=geheim", "cannot be read", remedy="Mend it."),
        MismatchError("page", "https://h?k=geheim", expected="a", found="b", remedy="Mend it."),
        ConnectorError("redirected to https://u:geheim@h/", remedy="Mend it."),
    ],
)
def test_errors_show_no_secret_of_a_url(error: ConnectorError) -> None:
    assert "geheim" not in str(error)
    assert "geheim" not in error.problem


def test_other_values_are_shown_as_they_are() -> None:
    error = SettingError("username", "a@b.example", "is unknown", remedy="Mend it.")

    assert "'a@b.example'" in str(error)
