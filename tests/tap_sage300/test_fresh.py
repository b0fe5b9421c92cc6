"""A look reads what a first run would, with two payables of one number however far apart.

Method: the look in this process, against the sandbox over HTTP.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from tap_sage300 import read_afresh

from tests.tap_sage300.runs import Sandbox, Tap, switch
from tests.tap_sage300.test_batches_over_http import act, enter, make_document

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("is_posted", [False, True], ids=["older-stands", "posted-stands"])
def test_of_two_payables_of_one_number_one_comes_and_both_are_named(
    company: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_posted: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    switch(company, ap_duplicates="posted")
    desk = Tap(company, tmp_path)
    first = enter(desk, make_document("D-1"))
    enter(desk, *(make_document(f"BETWEEN-{number}") for number in range(501)))
    second = enter(desk, make_document("D-1", 70))
    if is_posted:
        act(desk, second, "post")
    lines: list[dict[str, Any]] = []
    headers: list[dict[str, Any]] = []

    read_afresh(
        company.info["sage300"], {"ap_invoice_lines": lines.append, "ap_invoices": headers.append}
    )

    held = {one["TransactionId"]: one for one in lines}
    last = held["SAMLTD:AP:1000:D-1:20"]
    assert (last["BatchNumber"], last["SignedAmount"]) == (
        (second, 70) if is_posted else (first, 100)
    )
    named = {
        one["BatchNumber"]: one["SignedAmount"] for one in headers if one["DocumentNumber"] == "D-1"
    }
    assert named == ({first: 0, second: 70} if is_posted else {first: 100, second: 0})
    assert list(tmp_path.iterdir()) == []
