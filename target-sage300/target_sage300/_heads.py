"""Lists of batches, page by page, behind the number that came last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.errors import UnexpectedReplyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ml_connector.sage300 import CollectionQuery, Sage300Client

    from target_sage300._kinds import BatchHead


def walk_heads(
    client: Sage300Client,
    build_query: Callable[[int], CollectionQuery],
    *,
    read: Callable[[Mapping[str, object]], BatchHead],
    after: int,
) -> Iterator[BatchHead]:
    """Yield every batch behind number `after`; each page is asked for by the last number seen.

    Raises:
        UnexpectedReplyError: the server does not give them in the order of their numbers.
    """
    last = after
    while True:
        query = build_query(last)
        page = client.fetch_page(query)
        if not page.records:
            return
        for record in page.records:
            head = read(record)
            if head.position <= last:
                raise UnexpectedReplyError(
                    "batches do not come in the order of their numbers",
                    system="Sage 300",
                    call=f"GET …/{query.module}/{query.resource}",
                    remedy="Nothing was posted. Report it with the Sage 300 version.",
                )
            last = head.position
            yield head
