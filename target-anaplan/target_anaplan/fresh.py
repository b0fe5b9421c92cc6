"""A model for looks: its modules read afresh, and what the ledger believes of them; only reads."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ml_connector.clock import SystemClock
from ml_connector.errors import MismatchError
from ml_connector.ledger import open_ledger
from ml_connector.transport import NoAudit

from target_anaplan._connection import ledger_place, open_client
from target_anaplan._mapping import map_record
from target_anaplan._preflight import fetch_catalog
from target_anaplan._settings import KeyPrefix, parse_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from ml_connector.ledger import Ledger, Scope

    from target_anaplan._preflight import Catalog

    ComputeDigest = Callable[[Mapping[str, object]], str]


class FreshModel:
    """The model that `config` names; opened for the length of a block."""

    def __init__(self, config: Mapping[str, object]) -> None:
        """Read the settings; nothing is called yet.

        Raises:
            SettingError: a setting is unknown, missing or cannot be used.
        """
        self._settings = parse_settings(config)
        self._stack = ExitStack()
        self._client = open_client(self._settings, clock=SystemClock(), audit=NoAudit())

    def __enter__(self) -> Self:
        """Open for a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log out and close."""
        self._stack.close()
        self._client.close()

    @property
    def holds_several_companies(self) -> bool:
        """Whether codes carry a company before them."""
        return self._settings.key_prefix is not KeyPrefix.NONE

    def loads(self, stream: str) -> bool:
        """Tell whether a run loads `stream` into this model."""
        return stream in self._catalog.own_streams()

    def read_module(self, name: str) -> Iterator[dict[str, str]]:
        """Yield each row of a module's default view by dimension and line item.

        Raises:
            MismatchError: the model has no such module.
        """
        for module in self._client.fetch_modules():
            if module.name == name:
                return self._client.read_large_view(module.id)
        raise MismatchError(
            "module",
            name,
            expected="it in the model",
            found="none of that name",
            remedy="`ml-connector ping` says what else the model lacks.",
        )

    def make_digest(self, stream: str, *, key: Sequence[str]) -> ComputeDigest:
        """Return what computes the digest of a record as it would be sent now.

        Raises:
            MismatchError: file, imports or columns are not in the model as the settings say.
        """
        plan = self._catalog.plan_load(stream)
        if plan is None:
            return lambda _record: ""
        mapping = plan.mapping
        return lambda record: map_record(mapping, record, key_properties=key).digest

    def find_confirmed(self, stream: str, keys: Iterable[str]) -> dict[str, str]:
        """Return the digests of those rows that Anaplan has confirmed, by key."""
        wanted = list(keys)
        found: dict[str, str] = {}
        for scope in self._scopes(stream):
            found |= scope.confirmed_digests(wanted)
        return found

    def find_rejects(self, stream: str) -> dict[str, str]:
        """Return the reasons of the rows that Anaplan refused and that wait, by key."""
        return {
            reject.row_key: "; ".join(reject.reasons)
            for scope in self._scopes(stream)
            for reject in scope.kept_rejects()
        }

    def knows(self, stream: str) -> bool:
        """Tell whether the ledger on this computer knows loads of `stream`."""
        return bool(self._scopes(stream))

    @cached_property
    def _catalog(self) -> Catalog:
        return fetch_catalog(self._client, self._settings)

    @cached_property
    def _ledger(self) -> Ledger | None:
        place = ledger_place(self._settings)
        # Looking must not make one.
        if isinstance(place, Path) and not place.is_file():
            return None
        return self._stack.enter_context(open_ledger(place))

    def _scopes(self, stream: str) -> list[Scope]:
        known = self._ledger.known_scopes() if self._ledger else []
        here = (self._settings.workspace_id, self._settings.model_id, stream)
        return [scope for name, scope in known if (name.workspace, name.model, name.load) == here]
