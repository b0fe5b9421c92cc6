"""What a run reads of Sage 300, and whether the user may: one record of each resource is asked for.

Whether the user may add batches, or post them, no call can tell that adds and posts nothing.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from ml_connector.errors import AccessError, RefusedError
from ml_connector.findings import Finding, fine, missing
from ml_connector.sage300 import CollectionQuery

from target_sage300._fields import AP_ADJUSTMENT, AP_INVOICE, GL_JOURNAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ml_connector.sage300 import Sage300Client, ServiceMetadata

_EVERY_KIND: Final = (
    *("GL/GLAccounts", "GL/GLSourceCodes"),
    *("CS/CSCompanyProfile", "CS/CSCurrencyCodes", "CS/CSFiscalCalendars"),
)
_PAYABLES: Final = (
    *("AP/APVendors", "AP/APTerms", "AP/APDistributionCodes", "AP/APPostedDocuments"),
)
_READ: Final[Mapping[str, Sequence[str]]] = {
    GL_JOURNAL: ("GL/GLJournalBatches", "GL/GLPostedTransactions"),
    AP_INVOICE: (*_PAYABLES, "AP/APInvoiceBatches"),
    AP_ADJUSTMENT: (*_PAYABLES, "AP/APPaymentAndAdjustmentBatches", "AP/APVendorStatistics"),
}
"""What a run with a posting of the kind reads."""
_MAY_BE_LACKING: Final = frozenset({"APVendorStatistics"})
"""What a run does without where the server has none."""


def check_rights(client: Sage300Client, kinds: Iterable[str]) -> Iterator[Finding]:
    """Read one record of each resource that postings of these kinds need.

    Raises:
        AccessError: the user cannot sign in.
    """
    wanted: dict[str, list[str]] = {}
    for one in dict.fromkeys([*_EVERY_KIND, *(each for kind in kinds for each in _READ[kind])]):
        module, _, resource = one.partition("/")
        wanted.setdefault(module, []).append(resource)
    for module, resources in wanted.items():
        try:
            metadata = client.fetch_metadata(module)
        except (AccessError, RefusedError) as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                # A password that is wrong is tried once: Sage may lock the account.
                raise
            yield missing(f"module {module}", error.problem, remedy=error.remedy)
            continue
        found = [_check_resource(client, metadata, module, one) for one in resources]
        lacking = [one for one in found if one is not None]
        yield from lacking
        if not lacking:
            yield fine(f"module {module}", f"readable: {', '.join(resources)}")


def _check_resource(
    client: Sage300Client, metadata: ServiceMetadata, module: str, resource: str
) -> Finding | None:
    found = metadata.find_entity_set(resource)
    if found is None:
        remedy = f"Activate module {module} for the company, or leave the posting out of postings."
        is_needed = resource not in _MAY_BE_LACKING
        return missing(f"resource {resource}", remedy=remedy) if is_needed else None
    try:
        client.fetch_page(CollectionQuery(module=module, resource=found[0], top=1))
    except (AccessError, RefusedError) as error:
        return missing(f"resource {resource}", error.problem, remedy=error.remedy)
    return None
