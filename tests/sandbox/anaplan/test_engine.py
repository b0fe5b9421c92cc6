"""The import engine by itself: reading files, and its speed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector_sandbox.anaplan._blueprint import Scope, build_blueprint
from ml_connector_sandbox.anaplan._calculated import Calculations
from ml_connector_sandbox.anaplan._calendar import Calendar
from ml_connector_sandbox.anaplan._model import Model
from ml_connector_sandbox.anaplan._schema import FileDef
from ml_connector_sandbox.anaplan.engine import EngineSettings, read_source, run_import

from tests.sandbox.anaplan.service import LINE_DEFAULTS

LINES_MANY = 50_000
SECONDS_MAX = 10  # about 2 on an idle machine
_AMOUNTS = ("ExtendedCost", "FunctionalExtendedCost", "OutstandingAmount")
FILE = FileDef(id="1", name="f.csv")


def _make_model() -> Model:
    return Model(build_blueprint(Scope.ORDERS), calendar=Calendar(first_year=2019, last_year=2030))


@given(st.lists(st.lists(st.text(), min_size=2, max_size=4), min_size=1, max_size=6))
def test_what_a_csv_writer_wrote_is_read_back(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])

    # Lone surrogates cannot be in a file.
    content = out.getvalue().encode("utf-8", errors="replace")
    source = read_source(content, FILE)

    expected = [[cell.encode("utf-8", "replace").decode() for cell in row] for row in rows]
    assert source.rows == expected
    assert source.broken == []


@given(st.text(alphabet='a",\n\r'))
def test_any_text_is_cut_into_rows_or_named_as_broken(text: str) -> None:
    source = read_source(f"h1,h2\n{text}".encode(), FILE)

    assert source.headers == ["h1", "h2"]
    assert len(source.lines) == len(source.rows)
    assert all(broken.line > 1 for broken in source.broken)


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    assert read_source("\ufeffa,b\n1,2\n".encode(), FILE).headers == ["a", "b"]


@pytest.mark.parametrize(("day", "label"), [((2024, 1, 31), "Jan 24"), ((2018, 4, 1), "Apr 18")])
def test_a_fiscal_year_from_april_is_named_after_the_year_it_ends_in(
    day: tuple[int, int, int], label: str
) -> None:
    calendar = Calendar(first_year=2019, last_year=2030, first_month=4)
    position = calendar.find_month(dt.date(*day))

    assert position is not None
    assert calendar.months[position].label == label
    assert calendar.periods[12].label == "FY19"
    assert calendar.find_month(dt.date(2018, 3, 31)) is None
    assert calendar.find_month(dt.date(2030, 4, 1)) is None
    assert calendar.fiscal_year(dt.date(2024, 3, 31))[0] == 2024
    assert calendar.fiscal_year(dt.date(1899, 1, 1))[0] == 2019


@pytest.mark.slow
def test_50_000_order_lines_load_in_seconds() -> None:
    model = _make_model()
    for number in range(100):
        model.lists["Vendors"].add(name=f"V{number}", code=f"V{number}")
    content = _make_many_lines()
    settings = EngineSettings()
    started_at = time.process_time()

    source = read_source(content, model.files["113000000003"])
    for name in ("PO Lines", "DAT PO Lines"):
        definition = model.find_import(f"{name} from purchase_order_lines.csv")
        assert definition is not None
        outcome = run_import(model, definition, source=source, settings=settings)
        assert outcome.is_perfect
    model.revision += 1
    amount = Calculations(model).load_total("purchase_order_lines", "Amount")

    assert time.process_time() - started_at < SECONDS_MAX
    assert model.lists["PO Lines"].count == LINES_MANY
    assert amount == Decimal(LINES_MANY * (LINES_MANY - 1) // 2) / 10_000


def _make_many_lines() -> bytes:
    headers = list(LINE_DEFAULTS)
    template = ",".join(f"{{{header}}}" for header in headers)
    lines = [",".join(headers)]
    for number in range(LINES_MANY):
        amount = f"{number / 10_000:.4f}"
        row = LINE_DEFAULTS | {"TransactionId": f"S:PO:{number}:1", "Vendor": f"V{number % 100}"}
        lines.append(template.format_map(row | dict.fromkeys(_AMOUNTS, amount)))
    return "\n".join(lines).encode()
