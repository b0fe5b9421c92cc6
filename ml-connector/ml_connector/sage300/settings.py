"""Where a Sage 300 company is and who calls it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec
from typing_extensions import override

from ml_connector.errors import SettingError
from ml_connector.transport import check_address
from ml_connector.urls import redact_url

_COMPANY = re.compile(r"[A-Z0-9]{1,6}")
_APPLICATION = re.compile(r"^/sage300webapi(?=/|$)", re.IGNORECASE)
_USUAL_PORTS = {"http": 80, "https": 443}


class Sage300Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Connection to one company. Times are seconds; `password` is resolved, not a reference."""

    base_url: str
    """Up to and including the tenant: `https://erp.example.com/Sage300WebApi/v1.0/-`."""
    company: str
    """Company database id, upper case, at most 6 characters (Sage sheet §1.2)."""
    username: str
    password: str
    page_size: int = 0
    """Rows per page to ask for; 0 leaves it to the server, whose default is 100."""
    ca_bundle: str | None = None
    allow_http: bool = False
    read_timeout_s: float = 300.0
    """Sage answers slowly: stalls of a minute are normal (Sage sheet §3.3)."""

    @override
    def __repr__(self) -> str:
        """Show where and who, never the password."""
        return f"Sage300Settings({redact_url(self.base_url)}, {self.company}, {self.username})"

    @property
    def company_url(self) -> str:
        """The address under which the company's modules are."""
        return f"{self.base_url.strip().rstrip('/')}/{self.company}"

    @property
    def ledger_key(self) -> str:
        """The ledger's name of the company: host and company id."""
        return f"sage300-{self._host}-{self.company}"

    @property
    def subject(self) -> str:
        """The company behind one address, however the address is spelled.

        A test system beside the real one, on another port or under another tenant, must not be
        taken for it: what stands in its books stands nowhere else.
        """
        address = urlsplit(self.base_url.strip())
        is_usual = address.port in (None, _USUAL_PORTS.get(address.scheme))
        port = "" if is_usual else f":{address.port}"
        # IIS heeds neither case nor doubled slashes.
        path = _APPLICATION.sub("/Sage300WebApi", re.sub("/+", "/", address.path).rstrip("/"))
        return f"sage300-{self._host}{port}{path}-{self.company}"

    @property
    def _host(self) -> str:
        return (urlsplit(self.base_url.strip()).hostname or "unknown").rstrip(".")


def check_settings(settings: Sage300Settings) -> None:
    """Refuse what cannot work, before anything is called.

    Raises:
        SettingError: address, company or user cannot be used as they are.
    """
    check_address(
        "base_url",
        settings.base_url,
        remedy="Give the address up to and including the tenant, for example"
        " https://erp.example.com/Sage300WebApi/v1.0/-",
    )
    if not _COMPANY.fullmatch(settings.company):
        raise SettingError(
            "company",
            settings.company,
            "is not a company id",
            remedy="Give the company database id as Sage shows it at sign-on: at most six"
            " characters, upper case, such as SAMLTD.",
        )
    if settings.base_url.strip().rstrip("/").upper().endswith(f"/{settings.company}"):
        raise SettingError(
            "base_url",
            settings.base_url,
            "ends with the company",
            remedy="Leave the company out of base_url; it is the setting company.",
        )
    if not settings.username or ":" in settings.username:
        raise SettingError(
            "username",
            settings.username,
            "is empty or holds a colon",
            remedy="Give the Sage 300 user id in upper case, such as WEBAPI.",
        )
    if settings.page_size < 0:
        raise SettingError(
            "page_size",
            settings.page_size,
            "is negative",
            remedy="Use 0 for the server's own page size, or a number such as 100.",
        )
