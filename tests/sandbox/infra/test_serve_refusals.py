"""`ml-sandbox serve` refuses what it cannot serve: in one sentence, naming what to mend."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from ml_connector_sandbox.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def _serve(*options: str) -> Result:
    return CliRunner().invoke(main, ["serve", "--orders", "1", *options])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sage-port", "99999"], "'--sage-port': 99999 is not in the range"),
        (["--anaplan-port", "-1"], "'--anaplan-port': -1 is not in the range"),
        (["--orders", "-5"], "'--orders': -5 is not in the range"),
        (["--orders", "many"], "'--orders': 'many' is not a valid integer"),
        (["--page-size", "0"], "'--page-size': 0 is not in the range"),
        (["--latency-ms", "-3"], "'--latency-ms': -3 is not in the range"),
        (["--data", "nowhere"], "'nowhere' does not exist"),
        (["--port-file", "nowhere/ready.json"], "there is no folder nowhere"),
        (["--gravity", "off"], "No such option"),
    ],
)
def test_an_option_that_cannot_be_is_refused_by_name(options: list[str], words: str) -> None:
    done = _serve(*options)

    assert done.exit_code == 2
    assert words in done.stderr
    assert isinstance(done.exception, SystemExit), "it broke down"


@pytest.mark.parametrize("option", ["--sage-port", "--anaplan-port"])
def test_a_port_in_use_is_named(option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = _serve(option, str(port))

    assert done.exit_code == 1
    assert f"port {port} cannot be listened on" in done.stderr
    assert isinstance(done.exception, SystemExit), "it broke down"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("AP.APVendors.jsonl", b'\n{"VendorNumber": 5}', "AP.APVendors.jsonl, line 2: VendorNumb"),
        ("AP.APVendors.jsonl", b'{"VendorNumber": "1"}\n[1]', "line 2: a JSON object was expected"),
        ("AP.APVendors.jsonl", b"\xff\xfe", "AP.APVendors.jsonl, line 1: "),
        ("XX.XXThings.jsonl", b'{"Key": "1", "Parts": [1]}', "XX.XXThings.jsonl: Parts: a list of"),
        ("XX.XXThings.jsonl", b'{"Key": "1", "Part": {}}', "XX.XXThings.jsonl, line 1: Part"),
        ("CS.CSFiscalCalendars.jsonl", b'{"FiscalPeriod1StartDate": "soon"}', "line 1: "),
        ("vendors.csv", b"", "has no file named like PO.POPurchaseOrders.jsonl"),
    ],
)
def test_bad_files_of_a_company_are_named(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)

    done = _serve("--data", str(tmp_path))

    assert done.exit_code == 1
    assert words in done.stderr
    assert isinstance(done.exception, SystemExit), "it broke down"


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"]])
def test_help_says_what_can_be_asked_for(arguments: list[str]) -> None:
    done = CliRunner().invoke(main, arguments)

    assert done.exit_code == 0
    assert "Sage 300" in done.stdout
