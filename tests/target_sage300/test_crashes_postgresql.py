"""The crash matrix of journals that are posted, with the ledger on PostgreSQL."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tests.core.ledger.conftest import make_database, postgresql_server
from tests.target_sage300.trials import KINDS, LedgerFiles, Trial, Work

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

__all__ = ["postgresql_server"]


class LedgerDatabases(LedgerFiles):
    """The company's ledger as a database of its own for each case."""

    def __init__(self, books: Books, server: str) -> None:
        """Begin without a ledger."""
        super().__init__(books)
        self._server = server
        self._template = "template0"
        self._url = ""

    @property
    @override
    def settings(self) -> dict[str, Any]:
        return {"ledger_url": self._url}

    @override
    def keep(self) -> None:
        self._template = self._url.rpartition("/")[2]

    @override
    def restore(self) -> None:
        self._url = make_database(self._server, template=self._template)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor signals")
def test_killed_at_every_point_the_next_run_completes(books: Books, postgresql_server: str) -> None:
    work = Work(kind=KINDS["gl_journal"], post="posted", entry_count=1)
    trial = Trial(books, work, ledger=LedgerDatabases(books, postgresql_server))
    between = 0
    for index in trial.distinct:
        trial.begin()
        between += trial.die(index).between_effect_and_record
        trial.finish()

    assert len(trial.distinct) >= 30
    assert between * 3 >= len(trial.distinct)
