"""Opens what a posting needs: its kind, with the books its entries are checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_sage300._adjustments import Adjustments
from target_sage300._books import fetch_books
from target_sage300._fields import AP_INVOICE, GL_JOURNAL
from target_sage300._invoices import Invoices
from target_sage300._journals import Journals
from target_sage300._routes import ROUTES
from target_sage300._settings import PostMode
from target_sage300._steps import BatchSteps
from target_sage300._vendors import Payables

if TYPE_CHECKING:
    from ml_connector.sage300 import Sage300Client, ServiceMetadata

    from target_sage300._books import Books
    from target_sage300._kinds import Kind
    from target_sage300._settings import PostingSettings


class Opening:
    """Reads set-up and books once, at first need, for all postings of a run."""

    def __init__(self, client: Sage300Client) -> None:
        """Read through `client`; nothing is called yet."""
        self._client = client
        self._metadata: dict[str, ServiceMetadata] = {}
        self._books: Books | None = None
        self._payables: Payables | None = None

    def open(self, posting: PostingSettings) -> Kind:
        """Return the kind of a posting, ready to judge and to post.

        Raises:
            RemoteError: a resource cannot be read; the message names the right that is missing.
            MismatchError: the server lacks a resource.
        """
        if posting.kind == GL_JOURNAL:
            return Journals(
                self._client, self.fetch_metadata("GL"), posting=posting, books=self.fetch_books()
            )
        kind = Invoices if posting.kind == AP_INVOICE else Adjustments
        return kind(
            self._client,
            self.fetch_metadata("AP"),
            posting=posting,
            books=self.fetch_books(),
            payables=self.fetch_payables(),
        )

    def open_steps(self, posting: PostingSettings, *, mode: PostMode) -> BatchSteps | None:
        """Return what takes batches further than open; `None` where they stay open."""
        if mode is PostMode.OPEN:
            return None
        route = ROUTES[posting.kind]
        metadata = self.fetch_metadata(route.module)
        return BatchSteps(self._client, metadata, route=route, post_call=posting.post_call)

    def fetch_books(self) -> Books:
        """Read accounts, currencies, periods and source codes."""
        if self._books is None:
            self._books = fetch_books(self._client, metadata=self.fetch_metadata("GL"))
        return self._books

    def fetch_payables(self) -> Payables:
        """Read vendors, terms and distribution codes."""
        if self._payables is None:
            self._payables = Payables(self._client, self.fetch_metadata("AP"))
            self._payables.fetch()
        return self._payables

    def fetch_metadata(self, module: str) -> ServiceMetadata:
        """Read which resources and properties a module has."""
        if module not in self._metadata:
            self._metadata[module] = self._client.fetch_metadata(module)
        return self._metadata[module]
