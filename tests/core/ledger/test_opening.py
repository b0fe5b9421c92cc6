"""Goal: a ledger is opened safely anywhere, once migrated, and never by older code."""

from __future__ import annotations

import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from ml_connector.errors import LedgerError, SettingError
from ml_connector.ledger import EntryState, Place, check_writable, open_ledger
from ml_connector.ledger._chain import Block, append_block
from ml_connector.ledger._database import connect
from ml_connector.ledger._schema import REVISIONS, Base
from sqlalchemy import CheckConstraint, inspect, make_url, text

from tests.core.ledger.conftest import make_database


def test_migrated_schema_equals_the_declared_one(empty_place: str) -> None:
    open_ledger(empty_place).close()

    database = connect(empty_place)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
        checks = {
            table.name: {
                str(check["name"])
                for check in inspect(connection).get_check_constraints(table.name)
            }
            for table in Base.metadata.sorted_tables
        }
    database.close()

    assert differences == []
    assert checks == {
        table.name: {
            str(constraint.name)
            for constraint in table.constraints
            if isinstance(constraint, CheckConstraint)
        }
        for table in Base.metadata.sorted_tables
    }


def test_known_revisions_are_those_of_the_migrations() -> None:
    scripts = ScriptDirectory(
        str(Path(sys.modules["ml_connector.ledger"].__path__[0]) / "migrations")
    )

    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS


def test_opening_twice_changes_nothing(empty_place: str) -> None:
    with open_ledger(empty_place) as first, open_ledger(empty_place) as second:
        run = first.start_run(plugin="p", version="1", subject="s")

        assert [found.run_id for found in second.recent_runs(5)] == [run.run_id]


def test_newer_schema_is_refused(place: str) -> None:
    database = connect(place)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()

    with pytest.raises(LedgerError, match=r"9999 is newer.*Update the connector"):
        open_ledger(place)


def test_eight_processes_open_a_new_ledger_at_once(empty_place: str) -> None:
    program = (
        "import sys; from ml_connector.ledger import open_ledger\n"
        "with open_ledger(sys.argv[1]) as ledger:\n"
        "    ledger.start_run(plugin='p', version='1', subject='s')\n"
    )

    running = [subprocess.Popen([sys.executable, "-c", program, empty_place]) for _ in range(8)]

    assert [process.wait(120) for process in running] == [0] * 8
    with open_ledger(empty_place) as ledger:
        assert len(ledger.recent_runs(20)) == 8


def test_migrated_ledger_is_opened_without_alembic(migrated_file: Path) -> None:
    program = (
        "import sys; from ml_connector.ledger import open_ledger\n"
        "open_ledger(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", program, migrated_file], check=False)

    assert done.returncode == 0


def test_sqlite_ledger_is_durable_and_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "ledger.sqlite3"
    open_ledger(path).close()

    database = connect(path)
    with database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("place", "error", "words"),
    [
        ("mysql+nothing://u:geheim@host/db", SettingError, "cannot be kept in mysql"),
        ("postgresql+psycopg2://u:geheim@h/db", SettingError, "psycopg2 is not installed"),
        ("postgresql+nothing://u:geheim@h/db", SettingError, "nothing is not installed"),
        ("postgresql://u:geheim@h:abc/db", SettingError, r"ledger_url.*a port is a number"),
        ("postgresql://u:ge@heim@h/db", SettingError, "written %40"),
        ("postgresql://h:9/db?password=geheim", LedgerError, "cannot be used"),
        ("postgresql://u:geheim@127.0.0.1:9/x", LedgerError, "cannot be used"),
        ("not a url://", SettingError, "not a URL"),
        ("sqlite://", SettingError, "keeps nothing"),
        ("sqlite:///:memory:", SettingError, "keeps nothing"),
        ("postgresql+psycopg://u:geheim@127.0.0.1:9/x", LedgerError, "cannot be used"),
    ],
)
def test_place_that_cannot_be_used_is_named_without_its_password(
    place: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        open_ledger(place)

    assert "geheim" not in str(caught.value)


def test_folder_instead_of_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"cannot be opened.*ML_CONNECTOR_HOME"):
        open_ledger(tmp_path)


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"this is a letter, not a database" * 100)

    with pytest.raises(LedgerError, match=r"not a database.*backup.*full refresh"):
        open_ledger(path)


def test_file_that_was_cut_short_is_named_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    open_ledger(path).close()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(LedgerError, match=r"malformed.*is damaged.*backup.*full refresh"):
        open_ledger(path)


def test_a_ledger_of_an_older_release_keeps_its_chain_and_its_postings(empty_place: str) -> None:
    migrate_to(empty_place, "0003")
    insert_before_the_audit_of_postings(empty_place)

    with open_ledger(empty_place) as ledger:
        report = ledger.verify_chain()
        run = ledger.start_run(plugin="target-sage300", version="2", subject="SAMLTD")
        postings = ledger.postings(subject="SAMLTD")
        (entry,) = postings.find_in({EntryState.CREATED}, kind="gl_journal")
        place = Place(state=EntryState.POSTED, batch="000001", entry="00001")
        postings.move(run, [(entry.entry_id, place)])

        assert (report.block_count, report.problem) == (1, None)
        assert (ledger.verify_chain().block_count, ledger.verify_chain().problem) == (2, None)


def migrate_to(place: str, revision: str) -> None:
    """Make a ledger as an older release would have."""
    config = Config()
    config.set_main_option("script_location", "ml_connector.ledger:migrations")
    database = connect(place)
    with database.change_schema() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    database.close()


BEFORE_THE_AUDIT_OF_POSTINGS = """
INSERT INTO runs (plugin, version, subject, host, pid, started_at)
VALUES ('target-sage300', '1', 'SAMLTD', 'h', 1, '2026-10-31T00:00:00.000000Z');
INSERT INTO posting_batches (subject, kind, run_id, token, prepared_at)
VALUES ('SAMLTD', 'gl_journal', 1, 't', '2026-10-31T00:00:00.000000Z');
INSERT INTO posting_entries (
    subject, batch_id, name, state, was_adopted, sage_batch, sage_entry, content, changed_at
) VALUES (
    'SAMLTD', 1, 'A', 'created', false, '000001', '00001', '{}', '2026-10-31T00:00:00.000000Z'
);
INSERT INTO posting_lines (entry_id, position, subject, reference, is_claimed, content)
VALUES (1, 0, 'SAMLTD', 'A-1', true, '{}');
INSERT INTO posting_steps (entry_id, run_id, at, after)
VALUES (1, 1, '2026-10-31T00:00:00.000000Z', 'created')
"""
"""A run and an entry with its step, in the words of revision 0003."""


def insert_before_the_audit_of_postings(place: str) -> None:
    database = connect(place)
    with database.write() as connection:
        for statement in BEFORE_THE_AUDIT_OF_POSTINGS.split(";"):
            # By the driver: a colon in a text is no parameter.
            connection.exec_driver_sql(statement)
        written_at = datetime(2026, 10, 31, tzinfo=UTC)
        append_block(
            connection, Block(run_id=1, kind="calls", load_id=None, written_at=written_at), []
        )
    database.close()


def test_a_look_whether_it_can_be_written_makes_nothing(empty_place: str) -> None:
    check_writable(empty_place)

    if "://" not in empty_place:
        assert not Path(empty_place).exists()
        return
    database = connect(empty_place)
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    database.close()


@pytest.mark.parametrize("has_tables", [True, False], ids=["a-ledger", "an-empty-database"])
def test_a_user_of_the_database_who_may_not_write_is_told(
    request: pytest.FixtureRequest, postgresql_server: str, *, has_tables: bool
) -> None:
    template = request.getfixturevalue("migrated_database") if has_tables else "template0"
    url = make_database(postgresql_server, template=template)
    reader = f"reader_{uuid.uuid4().hex}"
    database = connect(url)
    with database.engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {reader} LOGIN"))
        connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    database.close()

    check_writable(url)
    with pytest.raises(LedgerError, match="may not be written"):
        check_writable(make_url(url).set(username=reader).render_as_string(hide_password=False))


def test_a_file_that_has_no_folder_to_be_in_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("not a folder", encoding="utf-8")

    with pytest.raises(LedgerError, match="notes does not allow it"):
        check_writable(tmp_path / "notes" / "ledger.sqlite3")

    check_writable(tmp_path / "deep" / "down" / "ledger.sqlite3")
    assert not (tmp_path / "deep").exists()
