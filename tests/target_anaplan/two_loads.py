"""Two loads of a small company, and what has to stand in the model after each.

The second changes an amount, loses another, moves a vendor, removes a line, and brings rows that no
model takes whole: a vendor of a group there is not, a line of a vendor there is not, and a key of
61 characters. What is expected is computed here, from the records alone.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ml_connector.ledger import open_ledger
from ml_connector.places import ledger_path

from tests.support.sandbox import call
from tests.target_anaplan.singer import (
    Message,
    Record,
    company,
    make_group,
    make_line,
    make_vendor,
    stream,
)

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model, Result

PROCESS = {"process": "Load Sage 300"}
OBSERVER = ("second@example.com", "Second-4-Sandbox!")
"""Who looks at the model for the test: somebody whom no switch of signing in or rights touches."""
LOST_VENDOR = "Łódź 7"
LOST_LINE = "SAMLTD:PO:PO3:1000"
TOO_LONG = "SAMLTD:PO:" + "Ä" * 48 + ":10"
MISFITS = {("vendors", LOST_VENDOR), ("purchase_order_lines", LOST_LINE)}
NEVER = {("purchase_order_lines", TOO_LONG)}
KEYS = {"vendor_groups": "GroupCode", "vendors": "VendorNumber"}
LISTS = {
    "vendor_groups": "Vendor Groups",
    "vendors": "Vendors",
    "purchase_order_lines": "PO Lines",
}
CELLS = {
    "vendor_groups": ("SYS Vendor Groups", {"Description": "Description"}),
    "vendors": ("SYS Vendors", {"Vendor Name": "VendorName", "City": "City"}),
    "purchase_order_lines": (
        "DAT PO Lines",
        {
            "Vendor": "Vendor",
            "Order Date": "OrderDate",
            "Order Number": "PurchaseOrderNumber",
            "Amount": "ExtendedCost",
            "Functional Amount": "FunctionalExtendedCost",
            "Functional Outstanding": "FunctionalOutstandingAmount",
        },
    ),
}

Rows = dict[str, list[Record]]


def first_rows() -> Rows:
    """A company as it is loaded first."""
    return {
        "vendor_groups": [make_group("GRP"), make_group("OTHER", Description="Übrige, €")],
        "vendors": [
            make_vendor("1200", VendorName='Müller, "Söhne" & Co.', City="Zürich"),
            make_vendor("Ä-13", City="Łódź"),
        ],
        "purchase_order_lines": [
            make_line(1000, amount="10.50"),
            make_line(2000, amount="0.01", vendor="Ä-13"),
            make_line(1000, order="PO2", amount="99999999.99"),
        ],
    }


def second_rows() -> Rows:
    """What changed since: a vendor moved, amounts changed, a line gone, three misfits."""
    gone = make_line(2000, amount="0", vendor="Ä-13", _sdc_deleted_at="2026-02-01T00:00:00Z")
    return {
        "vendors": [
            make_vendor("1200", group="OTHER", VendorName="Müller", City="Genève"),
            make_vendor(LOST_VENDOR, group="Żadna"),
        ],
        "purchase_order_lines": [
            make_line(1000, amount="11"),
            make_line(1000, amount="12.34"),
            gone,
            make_line(1000, order="PO2", amount="99999999.99", FunctionalExtendedCost=None),
            make_line(1000, order="PO3", vendor="nobody", amount="5.25"),
            make_line(10, order="PO4", amount="7", TransactionId=TOO_LONG),
        ],
    }


def mending_rows() -> Rows:
    """What the misfits lack."""
    return {"vendor_groups": [make_group("Żadna")], "vendors": [make_vendor("nobody")]}


def messages_of(rows: Rows, *, at: int) -> list[Message]:
    """Rows as whole streams, of run number `at`."""
    if at == 1:
        return company(
            groups=rows["vendor_groups"],
            vendors=rows["vendors"],
            lines=rows["purchase_order_lines"],
        )
    parts = [stream(name, rows[name], bookmark=at, before=at - 1) for name in rows]
    return [message for part in parts for message in part]


@dataclass
class Books:
    """What the records of all runs say, the last one of each key."""

    records: dict[str, dict[str, Record]] = field(
        default_factory=lambda: {name: {} for name in LISTS}
    )

    def take(self, rows: Rows) -> None:
        """Take what a run brings."""
        for name, records in rows.items():
            key = KEYS.get(name, "TransactionId")
            self.records[name] |= {str(record[key]): record for record in records}

    def find_differences(self, model: Model, *, partly: set[tuple[str, str]]) -> list[str]:
        """Compare lists, parents, cells and totals; `partly` may stand there in part only."""
        return [
            *(line for name in LISTS for line in self._compare(model, name, partly)),
            *self._compare_parents(model, partly),
            *self._compare_totals(model, partly),
        ]

    def _compare(self, model: Model, name: str, partly: set[tuple[str, str]]) -> list[str]:
        module, line_items = CELLS[name]
        held, codes = model.cells(module), model.codes(LISTS[name])
        own = self._whole(name, partly)
        strange = codes - own.keys() - {key for load, key in partly if load == name}
        found = [f"{LISTS[name]}: {code} is too many" for code in strange]
        for key, record in own.items():
            for item, source in line_items.items():
                wanted, cell = _wanted(record, source), held.get(key, {}).get(item)
                if _read(cell, wanted) != ("" if wanted is None else wanted):
                    found.append(f"{module}: {key}: {item} is {cell!r}, expected {wanted!r}")
        return [*found, *(f"{LISTS[name]}: {code} is missing" for code in own.keys() - codes)]

    def _compare_parents(self, model: Model, partly: set[tuple[str, str]]) -> list[str]:
        held = {item["code"]: item["parent"] for item in model.control("GET", "lists/Vendors")}
        return [
            f"Vendors: {key} is in {held.get(key)!r}, expected {record['GroupCode']!r}"
            for key, record in self._whole("vendors", partly).items()
            if held.get(key) != record["GroupCode"]
        ]

    def _compare_totals(self, model: Model, partly: set[tuple[str, str]]) -> list[str]:
        totals, lines = read_totals(model), self._whole("purchase_order_lines", partly)
        known = (_wanted(one, "FunctionalExtendedCost") for one in lines.values())
        amount = sum(known, Decimal(0))
        held = model.amounts()
        amount += sum((held.get(key, Decimal(0)) for _, key in partly), Decimal(0))
        found = [
            f"CTL Loads: {name} has {totals[name]['Rows']} rows"
            for name in LISTS
            if totals[name]["Rows"] != len(model.codes(LISTS[name]))
        ]
        told = totals["purchase_order_lines"]["Amount"]
        if told != amount:
            found.append(f"CTL Loads: lines are {told}, expected {amount}")
        return found

    def _whole(self, name: str, partly: set[tuple[str, str]]) -> dict[str, Record]:
        known = self.records[name].items()
        return {key: record for key, record in known if (name, key) not in partly}


def _wanted(record: Record, source: str) -> Any:
    """What a cell should hold; an amount that is missing counts nothing."""
    value = record.get(source)
    return Decimal(0) if value is None and source == "FunctionalExtendedCost" else value


def _read(cell: str | None, wanted: object) -> object:
    """Read a cell as what is expected in it; Anaplan's binary residue is below a millionth."""
    if isinstance(wanted, Decimal):
        return round(Decimal(cell or 0), 6)
    return cell or ""


def read_totals(model: Model) -> dict[str, dict[str, Decimal]]:
    """Read `CTL Loads` as anybody can: rows and amount per load."""
    # A minute later the tenant may call again, whatever the runs have used up.
    model.control("POST", "clock", {"advance_s": 60})
    root = model.sandbox.anaplan_root
    words = f"{OBSERVER[0]}:{OBSERVER[1]}".encode()
    basic = {"Authorization": "Basic " + b64encode(words).decode()}
    login = call("POST", f"{root}/token/authenticate", None, basic)
    bearer = {"Authorization": f"AnaplanAuthToken {login['tokenInfo']['tokenValue']}"}
    where = model.sandbox.info["anaplan"]
    base = f"{root}/2/0/workspaces/{where['workspace_id']}/models/{where['model_id']}"
    modules = call("GET", f"{base}/modules", None, bearer)["modules"]
    [module] = [one["id"] for one in modules if one["name"] == "CTL Loads"]
    grid = call("GET", f"{base}/views/{module}/data?format=v1", None, bearer)
    columns = [one[-1] for one in grid["columnCoordinates"]]
    return {
        row["rowCoordinates"][-1]: {
            column: round(Decimal(cell or 0), 6)
            for column, cell in zip(columns, row["cells"], strict=True)
        }
        for row in grid["rows"]
    }


def kept_rejects(model: Model) -> dict[tuple[str, str], tuple[str, ...]]:
    """What the ledger keeps to be sent again: by load and key, the reasons."""
    settings = model.sandbox.info["anaplan"]
    place = ledger_path(f"anaplan-{settings['workspace_id']}-{settings['model_id']}")
    with open_ledger(place) as ledger:
        return {
            (name.load, reject.row_key): reject.reasons
            for name, scope in ledger.known_scopes()
            for reject in scope.kept_rejects()
        }


def load_first(model: Model, **settings: Any) -> Books:
    """Load the company as it is first; everything arrives."""
    books = Books()
    books.take(first_rows())
    model.load(messages_of(first_rows(), at=1), **(PROCESS | settings))
    assert books.find_differences(model, partly=set()) == []
    return books


def load_second(model: Model, books: Books, **settings: Any) -> Result:
    """Load what changed since; what comes of it is the test's to look at."""
    books.take(second_rows())
    return model.run(messages_of(second_rows(), at=2), **(PROCESS | settings))


def find_error(result: Result) -> str:
    """What the target says at its end, once; there is no traceback beside it."""
    assert "Traceback" not in result.log, result.log
    marks = "| ERROR    | target-anaplan "
    said = [line for line in result.log.splitlines() if marks in line]
    assert len(said) == 1, result.log
    return said[0]
