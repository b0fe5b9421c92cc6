"""One call of the Web API, taken apart: what is asked, of which company and module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._keys import parse_key
from ml_connector_sandbox.sage300._query import read_options
from ml_connector_sandbox.sage300._view import Look, ResourceView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Company, Key, Table
    from ml_connector_sandbox.sage300._view import Column

ROOT = "/Sage300WebApi/v1.0/-"
JSON = "application/json; odata.metadata=minimal"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call."""

    method: str
    origin: str
    company: Company
    module: str
    query_string: str
    body: bytes
    user: str
    switches: Switches
    look: Look
    order_seed: str = ""
    """What draws the order of this one answer, when a fault shuffles it."""

    @property
    def base(self) -> str:
        """The module's URL."""
        return f"{self.origin}{ROOT}/{self.company.database_id}/{self.module}"

    @property
    def missing(self) -> set[str]:
        """Modules and resources the switch takes away."""
        return set(cast("list[str]", self.switches["not_installed"]))

    def options(self) -> dict[str, str]:
        """Return the system query options.

        Raises:
            WebApiError: `InvalidParameters`.
        """
        return read_options(self.query_string)

    def check_module(self) -> None:
        """Refuse a module the company does not have.

        Raises:
            WebApiError: `ResourceNotFound`.
        """
        if self.module not in self.company.modules() or self.module in self.missing:
            message = f"Module {self.module} is not installed."
            raise WebApiError("ResourceNotFound", message)

    def table(self, name: str) -> Table:
        """Return the table of a resource.

        Raises:
            WebApiError: `ResourceNotFound`; the module does not have it.
        """
        table = self.company.find_table(self.module, name)
        if table is None or name in self.missing:
            message = f"Resource {name} was not found in module {self.module}."
            raise WebApiError("ResourceNotFound", message)
        return table

    def views(self) -> list[ResourceView]:
        """Return the module's resources as they look at present."""
        return [
            ResourceView(table.resource, self.look)
            for (module, name), table in self.company.tables.items()
            if module == self.module and name not in self.missing
        ]

    def key(self, table: Table, text: str) -> Key:
        """Read the key between the parentheses.

        Raises:
            WebApiError: `InvalidEntityKey`.
        """
        case = "upper" if self.switches.is_on("upper_case_keys") else "asis"
        names = [self.look.shown_name(name) for name in table.resource.key]
        return parse_key(text, table.resource, upper_case=case, names=names)

    def context(self, name: str, *, selected: Sequence[Column] = ()) -> str:
        """Return the `@odata.context` of a resource's records."""
        names = ",".join(column.name for column in selected)
        return f"{self.base}/$metadata#{name}" + (f"({names})" if names else "")
