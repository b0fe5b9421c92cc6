"""`post: ready | posted`: our batches go as far as the setting says, and nobody else's do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState
from ruamel.yaml import YAML
from target_sage300._looking import Lookout

from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from target_sage300._looking import Sight

    from tests.target_sage300.conftest import Books

MESSAGES = export(make_entry("GLE-1"), make_entry("GLE-2"))
ALL = ("GLE-1-1", "GLE-1-2", "GLE-2-1", "GLE-2-2")
READY: dict[str, Any] = {"post": "ready", "batch_lines": 2}
POSTED: dict[str, Any] = {"post": "posted", "allow_auto_post": True, "batch_lines": 2}
PATCH = {"method": "PATCH", "path": r"GLJournalBatches\("}
PROCESS = {"method": "POST", "path": r"GLPostJournal\('\$process"}
LOOK = {"method": "GET", "path": r"GLJournalBatches\?"}
NUMBERS = {
    "PostAllBatchesSwitch": 1,
    "ProvisionalPostSwitch": 0,
    "FromBatchNumber": "{batch}",
    "ToBatchNumber": "{batch}",
}


def with_call(call: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"stream": "gl_adjustments", "post_call": call}]


def statuses(books: Books) -> list[str]:
    return [batch["Status"] for batch in books.batches()]


def posted_references(books: Books) -> list[str]:
    query = "GL/GLPostedTransactions?$filter=SourceTypeCode%20eq%20'PL'&$top=100"
    return sorted(row["JournalDetailReference"] for row in books.get(query)["value"])


def add_ready_batch_of_somebody(books: Books) -> str:
    """A batch of another source, set ready by its owner: it must stay as it is."""
    header = {
        "SourceLedger": "GL",
        "SourceType": "JE",
        "PostingDate": "2026-10-31",
        "JournalDetails": [
            {"AccountNumber": "6100100", "SourceCurrencyAmount": 10},
            {"AccountNumber": "2100", "SourceCurrencyAmount": -10},
        ],
    }
    batch = books.send("POST", "GL/GLJournalBatches", {"JournalHeaders": [header]})
    number = str(batch["BatchNumber"])
    books.control("POST", f"gl/batches/{number}/ready", {})
    return number


def test_posted_needs_a_consent_of_its_own(books: Books) -> None:
    result = books.run(MESSAGES, post="posted")

    assert result.exit_code == 2
    assert "allow_auto_post" in result.log
    assert books.new_batches() == []


def test_batches_are_set_ready_and_no_further(books: Books) -> None:
    books.post(MESSAGES, **READY)

    assert statuses(books) == ["ReadyToPost", "ReadyToPost"]
    assert len(books.find_in(EntryState.READY)) == 2
    assert posted_references(books) == []


def test_our_batches_are_posted_and_nobody_elses(books: Books) -> None:
    others = add_ready_batch_of_somebody(books)

    books.post(MESSAGES, **POSTED)

    assert statuses(books) == ["Posted", "Posted"]
    assert posted_references(books) == sorted(ALL)
    assert books.get(f"GL/GLJournalBatches('{others}')")["Status"] == "ReadyToPost"
    assert len(books.find_in(EntryState.POSTED)) == 2


@pytest.mark.parametrize("earlier", [{}, READY], ids=["open", "ready"])
def test_what_an_earlier_run_left_is_taken_on_and_nothing_twice(
    books: Books, earlier: dict[str, Any]
) -> None:
    books.post(MESSAGES, **{"batch_lines": 2, **earlier})

    books.post(MESSAGES, **POSTED)
    books.post(MESSAGES, **POSTED)

    assert posted_references(books) == sorted(ALL)
    books.assert_stands_once(*ALL)


def test_a_lost_ledger_goes_on_with_the_batches_it_finds(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    books.post(MESSAGES, **READY)
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    books.post(MESSAGES, **POSTED)

    assert posted_references(books) == sorted(ALL)


@pytest.mark.parametrize(
    "now",
    [[make_entry("GLE-1")], [make_entry("GLE-1"), make_entry("GLE-2", "9", "-9")]],
    ids=["taken-back", "changed"],
)
def test_what_the_model_no_longer_approves_is_left_to_a_person(
    books: Books, now: list[list[dict[str, Any]]]
) -> None:
    books.post(MESSAGES)

    result = books.run(export(*now), **POSTED)

    assert result.exit_code == 3
    assert "GLE-2 is not among what is approved now" in result.log
    assert statuses(books) == ["Open"]


def test_a_batch_that_somebody_edited_is_left_to_him(books: Books) -> None:
    books.post(MESSAGES, batch_lines=2)
    first, _ = books.batches()
    (header,) = first["JournalHeaders"]
    detail = header["JournalDetails"][0] | {"AccountNumber": "6200100"}
    books.send(
        "PATCH",
        f"GL/GLJournalBatches('{first['BatchNumber']}')",
        {"JournalHeaders": [header | {"JournalDetails": [detail]}]},
    )

    result = books.run(MESSAGES, **POSTED)

    assert result.exit_code == 3
    assert "it was edited: GLE-1-1: account was '6100100' and is '6200100' now" in result.log
    assert statuses(books) == ["Open", "Posted"]


def test_a_batch_that_somebody_opened_again_is_left_to_him(books: Books) -> None:
    books.post(MESSAGES, **READY)
    first = books.batches()[0]["BatchNumber"]
    books.send("PATCH", f"GL/GLJournalBatches('{first}')", {"ReadyToPost": "No"})

    result = books.run(MESSAGES, **POSTED)

    assert result.exit_code == 3
    assert "somebody has opened it again" in result.log
    assert statuses(books) == ["Open", "Posted"]


def test_a_second_batch_with_the_same_ids_stops_the_run_before_one_is_ready(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.post(MESSAGES)
    (batch,) = books.batches()
    names = ("AccountNumber", "SourceCurrencyAmount", "Reference")
    header = {
        "SourceLedger": "GL",
        "SourceType": "PL",
        "PostingDate": "2026-10-31",
        "JournalDetails": [
            {name: line[name] for name in names}
            for line in batch["JournalHeaders"][0]["JournalDetails"]
        ],
    }
    save = Lookout.save

    def save_and_copy(self: Lookout, sight: Sight) -> None:
        # Somebody copies the batch when the run has settled, and before it goes on.
        save(self, sight)
        books.send("POST", "GL/GLJournalBatches", {"JournalHeaders": [header]})

    monkeypatch.setattr(Lookout, "save", save_and_copy)

    result = books.run(MESSAGES, **POSTED)

    assert result.exit_code == 1
    assert "Delete one of the two" in result.log
    assert statuses(books) == ["Open", "Open"]


@pytest.mark.switch(
    *("ready_field", "ready_shows_in_status", "process_spelling", "unready_batches"),
    *("ready_in_journal_post", "posting_moves_stamps", "property_casing"),
)
@pytest.mark.parametrize(
    "positions",
    [
        {"ready_field": "Status", "process_spelling": "abbreviated"},
        {
            "ready_field": "either",
            "ready_shows_in_status": False,
            "property_casing": "lowered",
        },
        {
            "unready_batches": "posted",
            "ready_in_journal_post": "ignored",
            "posting_moves_stamps": False,
        },
    ],
    ids=["abbreviated", "lowered", "lenient"],
)
def test_however_the_site_spells_it_each_batch_is_posted_by_itself(
    books: Books, positions: dict[str, Any]
) -> None:
    others = add_ready_batch_of_somebody(books)
    books.switch(**positions)

    books.post(MESSAGES, **POSTED)

    books.switch(property_casing="documented")
    assert posted_references(books) == sorted(ALL)
    assert books.get(f"GL/GLJournalBatches('{others}')")["ReadyToPost"] == "Yes"


@pytest.mark.switch("process_spelling")
def test_a_process_whose_range_switch_is_not_known_is_never_called(books: Books) -> None:
    books.switch(process_spelling="numbers")

    refused = books.run(MESSAGES, **POSTED)

    assert refused.exit_code == 2
    assert "post_call" in refused.log
    assert books.new_batches() == []

    others = add_ready_batch_of_somebody(books)
    books.post(MESSAGES, **POSTED, postings=with_call(NUMBERS))
    assert posted_references(books) == sorted(ALL)
    assert books.get(f"GL/GLJournalBatches('{others}')")["Status"] == "ReadyToPost"


@pytest.mark.switch("process_spelling")
def test_a_post_call_in_numbers_keeps_other_batches_out_as_well(books: Books) -> None:
    books.switch(process_spelling="numbers")
    add_ready_batch_of_somebody(books)
    all_batches = NUMBERS | {"PostAllBatchesSwitch": 0}

    result = books.run(MESSAGES, **POSTED, postings=with_call(all_batches))

    assert result.exit_code == 2
    assert "Give it another value than 0, its default" in result.log
    assert books.batches() == []


WIDE = {
    "no-switch": {"ProvisionalPostSwitch": "ActualPost"},
    "all-batches": {"PostAllBatchesSwitch": "PostallBatches"},
    "a-number": {"PostAllBatchesSwitch": 1},
    "another-case": {"PostAllBatchesSwitch": "postbybatchrange"},
}


@pytest.mark.parametrize("switches", WIDE.values(), ids=WIDE)
def test_a_post_call_that_would_post_other_batches_is_refused_before_anything_is_entered(
    books: Books, switches: dict[str, Any]
) -> None:
    add_ready_batch_of_somebody(books)
    call = {"FromBatchNumber": "{batch}", "ToBatchNumber": "{batch}", **switches}

    result = books.run(MESSAGES, **POSTED, postings=with_call(call))

    assert result.exit_code == 2
    assert "post_call.PostAllBatchesSwitch" in result.log
    assert "Give PostbyBatchRange" in result.log
    assert books.batches() == []


def test_a_post_call_that_does_not_end_the_range_is_refused(books: Books) -> None:
    call = {"PostAllBatchesSwitch": "PostbyBatchRange", "FromBatchNumber": "{batch}"}
    call["ErrorBatchCreatedSwitch"] = "{batch}"

    result = books.run(MESSAGES, **POSTED, postings=with_call(call))

    assert result.exit_code == 2
    assert "post_call.ToBatchNumber" in result.log
    assert books.batches() == []


def test_the_post_call_of_the_guide_and_of_the_message_posts_one_batch(books: Books) -> None:
    others = add_ready_batch_of_somebody(books)
    guide = Path("docs/posting.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(post_call:.+?)```", guide, flags=re.DOTALL)
    refused = books.run(MESSAGES, **POSTED, postings=with_call({"Batch": "{batch}"}))
    (shown,) = re.findall(r"for example (\{.+?'\})\.", refused.log)
    calls = [YAML().load(block)["post_call"], YAML().load(shown)]

    for number, call in enumerate(calls):
        entry = export(make_entry(f"EXAMPLE-{number}"))
        books.post(entry, **POSTED, postings=with_call(dict(call)))

    assert statuses(books) == ["Posted", "Posted"]
    assert books.get(f"GL/GLJournalBatches('{others}')")["Status"] == "ReadyToPost"


@pytest.mark.parametrize(
    "call", [{"FromBatchNumber": "{batch}"}, dict(list(NUMBERS.items())[2:])], ids=["one", "two"]
)
def test_a_post_call_without_a_range_is_refused(books: Books, call: dict[str, Any]) -> None:
    result = books.run(MESSAGES, **POSTED, postings=with_call(call))

    assert result.exit_code == 2
    assert "does not keep the process to one batch" in result.log


def test_a_post_call_names_what_the_process_has(books: Books) -> None:
    call = {"Switch": 1, **NUMBERS}

    result = books.run(MESSAGES, **POSTED, postings=with_call(call))

    assert result.exit_code == 2
    assert "Switch" in result.log
    assert books.new_batches() == []


@pytest.mark.fault("cut_before", "cut_after", "late")
@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (PATCH, {"kind": "cut_before"}),
        (PATCH, {"kind": "cut_after"}),
        (PATCH, {"kind": "late", "until": LOOK}),
        (PROCESS, {"kind": "cut_before"}),
        (PROCESS, {"kind": "cut_after"}),
        (PROCESS, {"kind": "late", "until": LOOK}),
        (PROCESS, {"kind": "late", "until": {**LOOK, "times": 2}}),
    ],
    ids=[
        *("ready-never", "ready-done", "ready-after-a-look"),
        *("post-never", "post-done", "post-after-a-look", "post-after-two"),
    ],
)
def test_an_answer_that_is_lost_leaves_each_batch_posted_once(
    books: Books, call: dict[str, Any], fault: dict[str, Any]
) -> None:
    others = add_ready_batch_of_somebody(books)
    books.fault(**call, **fault)

    first = books.run(MESSAGES, **POSTED)
    books.post(MESSAGES, **POSTED)

    assert first.exit_code in (0, 1)
    assert posted_references(books) == sorted(ALL)
    assert books.get(f"GL/GLJournalBatches('{others}')")["Status"] == "ReadyToPost"


@pytest.mark.switch("error_batch_description", "locked_periods")
@pytest.mark.parametrize("text", ["kept", "replaced"])
def test_an_entry_that_sage_moves_to_an_error_batch_is_named_and_stays_claimed(
    books: Books, text: str
) -> None:
    books.switch(error_batch_description=text)
    messages = export(make_entry("GLE-1"), make_entry("GLE-2", **{"Posting Date": "2026-09-30"}))
    books.post(messages)
    books.switch(locked_periods=[f"GL:{books.period_of('2026-09-30')}"])

    first = books.run(messages, post="posted", allow_auto_post=True)
    again = books.run(messages, post="posted", allow_auto_post=True)

    assert (first.exit_code, again.exit_code) == (3, 3)
    assert "entry.in_error_batch" in first.log
    assert posted_references(books) == ["GLE-1-1", "GLE-1-2"]
    (in_error,) = books.find_in(EntryState.IN_ERROR_BATCH)
    assert in_error.name == "GLE-2"
    books.assert_stands_once(*ALL)


@pytest.mark.switch("error_batch_description", "locked_periods")
@pytest.mark.parametrize("corrected", [True, False], ids=["corrected", "as-it-was"])
def test_a_new_ledger_tries_an_error_batch_once_more_and_doubles_nothing(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, corrected: bool
) -> None:
    messages = export(make_entry("GLE-1"), make_entry("GLE-2", **{"Posting Date": "2026-09-30"}))
    books.post(messages)
    books.switch(locked_periods=[f"GL:{books.period_of('2026-09-30')}"])
    assert books.run(messages, **POSTED).exit_code == 3
    if corrected:
        books.switch(locked_periods=[])
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    result = books.run(messages, **POSTED)
    again = books.run(messages, **POSTED)

    assert (result.exit_code, again.exit_code) == ((0, 0) if corrected else (3, 3))
    posted = ["GLE-1-1", "GLE-1-2", *(["GLE-2-1", "GLE-2-2"] if corrected else [])]
    assert posted_references(books) == posted
    books.assert_stands_once(*ALL)
