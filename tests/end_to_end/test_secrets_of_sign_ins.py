"""Goal: no way to sign in, and no database, brings a secret to where somebody may find it.

Method: as in `test_secrets_search`, with the plugins alone, in the logs' most talkative level, with
the ledger on a PostgreSQL server, whose rows and log are searched as well. The password of its
address, OAuth's tokens, a private key and its passphrase are seeded; each way succeeds and fails,
and the commands that show what is kept are run and searched.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from ml_connector_command.cli import main
from sqlalchemy import create_engine, inspect, text

from tests.core.ledger.conftest import make_database, postgresql_server
from tests.end_to_end.watched_job import MESSAGES, NAME, WRONG
from tests.support.searching import find_anywhere

if TYPE_CHECKING:
    from tests.end_to_end.watched_job import Job

__all__ = ["postgresql_server"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes under /proc"),
]
DATABASE_PASSWORD = "Pg/Recognisable@7"
COMMANDS = (
    ("audit", "runs"),
    ("audit", "verify"),
    ("audit", "calls", "1", "--json"),
    ("rejects", "list"),
    ("credentials", "list"),
    ("credentials", "test", "anaplan"),
    ("credentials", "test", "ledger"),
)


def test_no_sign_in_and_no_database_leaves_a_secret(
    job: Job, postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Outside of Meltano's project, whose settings the commands would ask for.
    monkeypatch.chdir(job.folder)
    url = make_database(postgresql_server)
    secret_url = url.replace("tester@", "tester:Pg%2FRecognisable%407@")
    job.store("ledger", secret_url, field="url")
    job.seeded = {"database password": DATABASE_PASSWORD, "database address": secret_url}
    job.elsewhere = lambda: read_database(url)

    def run(*reached: str) -> None:
        log = job.run_plugins("debug", ledger_url="vault:ledger/url")
        for one in reached:
            assert one in log, log[-4000:]

    job.sign_in_by_oauth()
    run("load.finished", "DEBUG")
    job.sign_in_by_oauth()
    cut = {"kind": "cut_after", "path": "^/oauth/token$"}
    job.sandbox.anaplan("POST", "faults", cut)
    run("was never stored")
    job.sign_in_by_certificate()
    job.store("anaplan", WRONG, field="private_key_passphrase")
    run("does not open private_key")
    show(job)
    job.store("ledger", f"{secret_url}?nonsense={DATABASE_PASSWORD}", field="url")
    run("nonsense=***", "cannot be used")

    job.check_nothing_found(MESSAGES, "PostgreSQL api_calls", "PostgreSQL log")
    assert len(job.wiretap.secrets()) >= 4, "tokens and signatures went over the wire"
    assert find_anywhere(job.elsewhere(), {"seeded": NAME}), "the search does not see the rows"


def show(job: Job) -> None:
    """Run each command that shows something of vault and ledger; keep what it printed."""
    for line in COMMANDS:
        environment = {"ML_CONNECTOR_LEDGER": "vault:ledger/url"} | {
            f"TARGET_ANAPLAN_{name.upper()}": value
            for name, value in (job.sandbox.info["anaplan"] | job.settings).items()
            if name != "password"
        }
        ended = CliRunner().invoke(main, line, env=environment)
        assert ended.output, (line, ended.exception)
        job.printed += ended.output.encode()


def read_database(url: str) -> dict[str, bytes]:
    """Return every row of every table as text, and what the server has logged."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            f"PostgreSQL {table}": "\n".join(
                connection.scalars(text(f'SELECT t::text FROM "{table}" t'))  # noqa: S608 - its names
            ).encode()
            for table in inspect(engine).get_table_names()
        }
        log = text("SELECT pg_read_file(current_setting('data_directory') || '/../log')")
        found["PostgreSQL log"] = str(connection.scalar(log)).encode()
    engine.dispose()
    return found
