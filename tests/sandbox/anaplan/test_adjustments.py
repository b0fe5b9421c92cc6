"""Adjustments planners have entered, and what planners go on to do with them."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from urllib.parse import quote

from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.anaplan.service import Anaplan, make_vendors
from tests.sandbox.web import Sage, call

GL, AP = "GL Adjustments", "AP Adjustments"
Lines = dict[str, dict[str, str]]


def entries_of(lines: Lines) -> dict[str, list[dict[str, str]]]:
    entries: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line in lines.values():
        entries[line["Entry"]].append(line)
    return entries


def complete(entry: list[dict[str, str]]) -> bool:
    return len(entry) == int(entry[0]["Lines In Entry"])


def test_every_journal_balances_in_each_of_its_currencies(anaplan: Anaplan) -> None:
    for entry in entries_of(anaplan.cells(GL)).values():
        totals: dict[str, Decimal] = defaultdict(Decimal)
        for line in entry:
            totals[line["Currency"]] += Decimal(line["Debit"]) - Decimal(line["Credit"])
        assert set(totals.values()) == {Decimal(0)}


def test_journals_are_of_every_kind_a_loader_must_tell_apart(anaplan: Anaplan) -> None:
    lines = anaplan.cells(GL)
    entries = entries_of(lines).values()
    approvals = {frozenset(line["Approved"] for line in entry) for entry in entries}

    assert approvals == {
        frozenset({"true"}),
        frozenset({"false"}),
        frozenset({"true", "false"}),
    }
    assert [complete(entry) for entry in entries].count(False) == 1
    assert {line["Company"] for line in lines.values()} == {"SAMLTD", "EURLTD"}
    assert {line["Currency"] for line in lines.values()} == {"CAD", "USD", "JPY", "EUR"}
    assert {line["Reversal"] for line in lines.values()} == {"true", "false"}
    comments = "".join(line["Comment"] for line in lines.values())
    assert all(mark in comments for mark in ('"', ",", "\n", "ö"))
    assert max(len(code) for code in lines) <= 22


def test_documents_are_of_every_kind_too(anaplan: Anaplan) -> None:
    lines = anaplan.cells(AP).values()

    assert {line["Kind"] for line in lines} == {"ap_invoice", "ap_adjustment"}
    assert {line["Document Type"] for line in lines} == {"Invoice", "DebitNote", "CreditNote", ""}
    assert {line["Approved"] for line in lines} == {"true", "false"}
    assert any(Decimal(line["Amount"]) < 0 for line in lines)


def test_credit_notes_and_adjustments_apply_to_invoices_of_the_company() -> None:
    with serving(ServeOptions(orders=30)) as ready:
        sage, service = Sage(ready["sage300"]), Anaplan(ready["anaplan"])
        service.control.post("adjustments/items", {})
        lines = service.cells(AP).values()
        found = {
            (line["Vendor"], line["Applies To Document"])
            for line in lines
            if line["Document Type"] in ("CreditNote", "")
        }
        posted = [
            sage.get(f"AP/APPostedDocuments(VendorNumber='{vendor}',DocumentNumber='{document}')")
            for vendor, document in found
        ]

    assert len(found) == 2
    assert [answer.status for answer in posted] == [200, 200]
    assert {answer.json["DocumentType"] for answer in posted} == {"Invoice"}


def test_accounts_and_vendors_are_those_of_the_company() -> None:
    with serving(ServeOptions(orders=1)) as ready:
        sage, service = Sage(ready["sage300"]), Anaplan(ready["anaplan"])
        service.control.post("adjustments/items", {})
        accounts, vendors = service.items("GL Accounts"), service.items("Vendors")
        found = [sage.get(f"GL/GLAccounts('{one}')").json for one in accounts]
        known = [sage.get(f"AP/APVendors('{one}')").status for one in vendors]

    assert {account["Status"] for account in found} == {"Active"}
    assert {account["PostToAccount"] for account in found} == {"Detail"}
    assert set(known) == {200}


def test_the_same_seed_enters_the_same_and_another_does_not() -> None:
    seen = []
    for seed in (3, 3, 4):
        with serving(ServeOptions(orders=1, seed=seed)) as ready:
            seen.append(Anaplan(ready["anaplan"]).cells(GL))

    assert seen[0] == seen[1]
    assert seen[0] != seen[2]


def test_vendors_appear_once_a_load_has_brought_them(anaplan: Anaplan) -> None:
    with serving(ServeOptions(orders=1)) as ready:
        service = Anaplan(ready["anaplan"])
        service.login()
        before = {line["Vendor"] for line in service.cells(AP).values()}
        service.control.post("adjustments/items", {})
        named = {line["Vendor"] for line in service.cells(AP).values()}

    anaplan.load("Vendors from vendors.csv", make_vendors(*(f"{one},G1" for one in named)))

    assert before == {""}
    assert "" not in named
    assert {line["Vendor"] for line in anaplan.cells(AP).values()} == named


def test_accounts_and_vendors_can_be_added_by_hand(anaplan: Anaplan) -> None:
    added = anaplan.control.post("adjustments/items", {})["added"]

    assert added["Vendors"] == len(anaplan.items("Vendors")) > 0
    assert added["GL Accounts"] == len(anaplan.items("GL Accounts")) > 0
    assert all(line["Account"] for line in anaplan.cells(GL).values())


def test_a_planner_enters_changes_and_deletes_lines(anaplan: Anaplan) -> None:
    where = f"adjustments/{quote(GL)}"
    before = anaplan.cells(GL)
    line = {"Entry": "NEW", "Debit": "10.10", "Account": "6999"}

    (code,) = anaplan.control.post(where, {"lines": [line]})["ids"]
    anaplan.control.send("PATCH", where, {code: {"Debit": 20, "Comment": "twice"}})
    entered = anaplan.cells(GL)[code]
    anaplan.control.post("lists/GL%20Accounts", {"items": [{"code": "6999"}]})
    with_account = anaplan.cells(GL)[code]
    anaplan.control.send("DELETE", where, {"ids": [code]})

    assert code not in before
    assert (entered["Debit"], entered["Comment"], entered["Account"]) == ("20", "twice", "")
    assert with_account["Account"] == "6999"
    assert anaplan.cells(GL) == before


def test_transaction_ids_are_never_used_again(anaplan: Anaplan) -> None:
    where = f"adjustments/{quote(AP)}"
    (first,) = anaplan.control.post(where, {"lines": [{}]})["ids"]
    anaplan.control.send("DELETE", where, {"ids": [first]})

    (second,) = anaplan.control.post(where, {"lines": [{}]})["ids"]

    assert first != second


def test_an_entry_is_approved_as_a_whole_and_withdrawn_again(anaplan: Anaplan) -> None:
    where = f"adjustments/{quote(GL)}"
    codes = anaplan.control.post(where, {"lines": [{"Entry": "E9"}, {"Entry": "E9"}]})["ids"]

    approved = anaplan.control.post(f"{where}/approve", {"entries": ["E9"], "by": "cfo@x.example"})
    after = [anaplan.cells(GL)[code] for code in codes]
    anaplan.control.post(f"{where}/withdraw", {"entries": ["E9"]})
    withdrawn = [anaplan.cells(GL)[code] for code in codes]

    assert approved == {"lines": 2}
    assert {line["Approved By"] for line in after} == {"cfo@x.example"}
    assert {line["Approved"] for line in after} == {"true"}
    assert {line["Approved"] for line in withdrawn} == {"false"}


def test_an_entry_that_is_not_there_approves_none_beside_it(anaplan: Anaplan) -> None:
    where = f"adjustments/{quote(GL)}"
    (code,) = anaplan.control.post(where, {"lines": [{"Entry": "E9"}]})["ids"]

    url = f"{anaplan.control.origin}/_sandbox/{where}/approve"
    answer = call("POST", url, body={"entries": ["E9", "E10"]})

    assert answer.status == 404
    assert answer.json == {"error": "not found: E10"}
    assert anaplan.cells(GL)[code]["Approved"] == "false"


def test_every_change_of_a_planner_grows_the_serial_number(anaplan: Anaplan) -> None:
    before = int(anaplan.control.get("model")["lastSavedSerialNumber"])

    anaplan.control.post(f"adjustments/{quote(GL)}", {"lines": [{"Entry": "E9"}]})

    assert int(anaplan.control.get("model")["lastSavedSerialNumber"]) == before + 1
