"""Goal: what was called is on record, and a change of the record shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from ml_connector.errors import LedgerError
from ml_connector.ledger import (
    AuditTrail,
    ChainReport,
    Ledger,
    Run,
    Scope,
    check_no_open_transaction,
    open_ledger,
)
from ml_connector.ledger._database import connect
from sqlalchemy import text

from tests.core.fakes import FakeClock
from tests.core.ledger.rows import deliver, make_row, refuse


@dataclass(frozen=True)
class Call:
    """What the transport hands over."""

    path: str = "/2/0/models"
    method: str = "GET"
    at: datetime = datetime(2026, 1, 5, tzinfo=UTC)
    system: str = "Anaplan"
    status: int | None = 200
    outcome: str = "ok"
    elapsed_ms: int = 12
    sent_bytes: int = 0
    received_bytes: int = 345
    attempt: int = 1


@pytest.fixture
def audit(ledger: Ledger, run: Run) -> AuditTrail:
    return ledger.audit(run)


def paths(ledger: Ledger, run: Run) -> list[str]:
    return [call.path for call in ledger.calls_of(run.run_id)]


def tamper(place: str, statement: str) -> None:
    database = connect(place)
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        connection.execute(text(statement))
    database.close()


def test_run_is_recorded_from_start_to_end(ledger: Ledger, run: Run) -> None:
    run.finish("rejects kept", exit_code=3)

    (found,) = ledger.recent_runs(5)

    assert (found.plugin, found.subject, found.outcome, found.exit_code) == (
        "target-anaplan",
        "W/M",
        "rejects kept",
        3,
    )


def test_newest_runs_come_first_and_a_killed_one_has_no_end(ledger: Ledger) -> None:
    ledger.start_run(plugin="tap-sage300", version="1.0", subject="SAMLTD")
    second = ledger.start_run(plugin="tap-sage300", version="1.0", subject="SAMLTD")

    found = ledger.recent_runs(1)

    assert [(each.run_id, each.finished_at) for each in found] == [(second.run_id, None)]


def test_reads_are_written_in_groups_of_fifty(ledger: Ledger, run: Run, audit: AuditTrail) -> None:
    for number in range(49):
        audit.record_call(Call(path=f"/{number}"))
    assert paths(ledger, run) == []

    audit.record_call(Call(path="/49"))

    assert paths(ledger, run) == [f"/{number}" for number in range(50)]


def test_reads_are_written_after_two_seconds(
    ledger: Ledger, run: Run, audit: AuditTrail, clock: FakeClock
) -> None:
    audit.record_call(Call(path="/1"))
    clock.sleep(2.0)

    audit.record_call(Call(path="/2"))

    assert paths(ledger, run) == ["/1", "/2"]


def test_call_that_may_change_something_is_written_at_once(
    ledger: Ledger, run: Run, audit: AuditTrail
) -> None:
    audit.record_call(Call(method="POST", path="/tasks", status=None, outcome="lost"))

    assert paths(ledger, run) == ["/tasks"]


def test_closing_writes_what_is_left(ledger: Ledger, run: Run) -> None:
    with ledger.audit(run) as audit:
        audit.record_call(Call())

    assert paths(ledger, run) == ["/2/0/models"]


def test_call_while_a_transaction_is_open_is_refused(place: str, audit: AuditTrail) -> None:
    database = connect(place)

    with database.write(), pytest.raises(LedgerError, match="transaction is open"):
        audit.before_call()

    check_no_open_transaction()
    database.close()


def test_transactions_do_not_nest(place: str) -> None:
    database = connect(place)

    with database.read(), pytest.raises(LedgerError), database.write():
        pass

    database.close()


@pytest.fixture
def full_ledger(ledger: Ledger, run: Run, scope: Scope) -> Ledger:
    """Three blocks: calls, a load with a reject, calls of a second run."""
    with ledger.audit(run) as audit:
        audit.record_call(Call(path="/1"))
        audit.record_call(Call(path="/2"))
    deliver(ledger, scope, run, [make_row("a"), make_row("b")], problems=[refuse("b")])
    second = ledger.start_run(plugin="tap-sage300", version="1.0", subject="SAMLTD")
    with ledger.audit(second) as audit:
        audit.record_call(Call(path="/3"))
    return ledger


def test_untouched_chain_is_whole(full_ledger: Ledger) -> None:
    head = full_ledger.read_head()

    assert full_ledger.verify_chain(expected_head=head) == ChainReport(
        block_count=3, head=head, problem=None
    )


def test_later_blocks_do_not_break_a_head_kept_elsewhere(full_ledger: Ledger, run: Run) -> None:
    head = full_ledger.read_head()
    with full_ledger.audit(run) as audit:
        audit.record_call(Call(path="/4"))

    assert full_ledger.verify_chain(expected_head=head).problem is None


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE api_calls SET path = '/x' WHERE path = '/2'", "Block 1 .*calls of run 1.*changed"),
        ("DELETE FROM api_calls WHERE path = '/1'", "Block 1 .*changed"),
        ("UPDATE loaded_rows SET content = '[\"a\"]' WHERE row_key = 'a'", r"Block 2 \(load 1\)"),
        ("UPDATE loaded_rows SET amount = '1.01' WHERE row_key = 'a'", r"Block 2 \(load 1\)"),
        ("UPDATE row_problems SET reason = 'fine'", r"Block 2 \(load 1\)"),
        ("UPDATE audit_blocks SET written_at = '2020-01-01T00:00:00.000000Z'", "Block 1 .*changed"),
        ("UPDATE audit_blocks SET digest = 'x' WHERE block_number = 2", "Block 2 .*changed"),
        ("DELETE FROM api_calls WHERE path = '/3'", "Block 3 .*changed"),
    ],
)
def test_tampering_names_the_first_broken_block(
    full_ledger: Ledger, place: str, statement: str, problem: str
) -> None:
    if place.startswith("postgresql"):
        statement = statement.replace("'1.01'", "1.01")
    tamper(place, statement)

    found = full_ledger.verify_chain().problem

    assert found is not None
    assert re.search(problem, found)


def test_cut_off_end_shows_against_a_head_kept_elsewhere(full_ledger: Ledger, place: str) -> None:
    head = full_ledger.read_head()
    tamper(place, "DELETE FROM api_calls WHERE block_number = 3")
    tamper(place, "DELETE FROM audit_blocks WHERE block_number = 3")

    assert full_ledger.verify_chain().problem is None
    assert "blocks are gone" in str(full_ledger.verify_chain(expected_head=head).problem)


def test_missing_block_shows(full_ledger: Ledger, place: str) -> None:
    tamper(place, "DELETE FROM audit_blocks WHERE block_number = 2")

    assert full_ledger.verify_chain().problem == "Block 2 is missing."


def test_two_processes_keep_one_chain(ledger: Ledger, run: Run, place: str) -> None:
    with open_ledger(place, clock=FakeClock()) as other:
        theirs = other.start_run(plugin="tap-sage300", version="1.0", subject="SAMLTD")
        for _ in range(3):
            with ledger.audit(run) as first, other.audit(theirs) as second:
                first.record_call(Call(method="POST"))
                second.record_call(Call(method="POST"))

        report = other.verify_chain()

    assert (report.block_count, report.problem) == (6, None)
