"""The ledger on both databases, and factories for what goes into it."""

from __future__ import annotations

import os
import shutil
import uuid
from typing import TYPE_CHECKING

import pytest
from ml_connector.ledger import Ledger, Run, Scope, ScopeKey, open_ledger
from sqlalchemy import create_engine, text

from tests.core.fakes import FakeClock
from tests.core.ledger import postgresql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running cluster; its absence fails the test in CI and skips it elsewhere."""
    programs = postgresql.find_programs()
    if programs is None:
        message = "PostgreSQL (initdb, pg_ctl) is not installed"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with postgresql.serve(programs) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite ledger with the newest schema, to be copied: migrating takes half a second."""
    path = tmp_path_factory.mktemp("migrated") / "ledger.sqlite3"
    open_ledger(path).close()
    return path


@pytest.fixture(scope="session")
def migrated_database(postgresql_server: str) -> str:
    """The name of a PostgreSQL database with the newest schema, used as a template."""
    open_ledger(make_database(postgresql_server, "migrated")).close()
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing is yet, once per kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite3")
    return make_database(request.getfixturevalue("postgresql_server"))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty ledger lies, once per kind of database."""
    if request.param == "sqlite":
        copy = tmp_path / "ledger.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_file"), copy)
        return str(copy)
    template = request.getfixturevalue("migrated_database")
    return make_database(request.getfixturevalue("postgresql_server"), template=template)


def make_database(server: str, name: str = "", *, template: str = "template0") -> str:
    """Make a database on the test's server and return its URL."""
    name = name or f"ledger_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()
    return server.rpartition("/")[0] + f"/{name}"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ledger(place: str, clock: FakeClock) -> Iterator[Ledger]:
    with open_ledger(place, clock=clock) as opened:
        yield opened


@pytest.fixture
def run(ledger: Ledger) -> Run:
    return ledger.start_run(plugin="target-anaplan", version="1.0", subject="W/M")


@pytest.fixture
def open_scope(ledger: Ledger) -> Callable[..., Scope]:
    """A factory of scopes; `mapping` changes the columns, `key_prefix` the prefix."""

    def make(load: str = "vendors", *, mapping: str = "m1", key_prefix: str = "") -> Scope:
        key = ScopeKey(workspace="W", model="M", load=load, mapping_digest=mapping)
        return ledger.open_scope(key, columns=("Code", "Name"), key_prefix=key_prefix)

    return make


@pytest.fixture
def scope(open_scope: Callable[..., Scope]) -> Scope:
    return open_scope()
