"""Reads both sides and the third figures into the spools of the areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tap_sage300 import ThirdFigures, read_afresh
from target_anaplan import Format

from ml_connector_command.reconciling._areas import DELETED_AT, LEDGER, ORDERS, PAYABLES, spell
from ml_connector_command.reconciling._spool import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_sage300 import ThirdFigure
    from target_anaplan import FreshModel

    from ml_connector_command.reconciling._areas import Area
    from ml_connector_command.reconciling._spool import Spool

    Read = Callable[[ThirdFigures], Iterator[ThirdFigure]]

Config = dict[str, object]
Spools = dict[str, "Spool"]

THIRDS: Final[Mapping[str, Read]] = {
    ORDERS.name: ThirdFigures.read_orders,
    PAYABLES.name: ThirdFigures.read_posted,
    LEDGER.name: ThirdFigures.read_balances,
}


def read_all(
    config: Config,
    thirds: ThirdFigures,
    model: FreshModel,
    *,
    areas: Mapping[str, Area],
    spools: Spools,
) -> None:
    """Read Sage, then what it says besides, then Anaplan.

    Raises:
        ConnectorError: one of them cannot be read.
    """
    read_sage(config, areas, spools, model)
    read_thirds(thirds, areas, spools)
    read_anaplan(model, areas, spools, company=str(config.get("company")))


def read_sage(config: Config, areas: Mapping[str, Area], spools: Spools, model: FreshModel) -> None:
    """Read every area's lines as a first run of the tap would, in one pass.

    Raises:
        ConnectorError: the company cannot be read.
    """
    takers = {
        area.load.stream: _make_taker(area, spools[name], model) for name, area in areas.items()
    }
    takers |= {
        area.headers: _make_header_taker(area, spools[name])
        for name, area in areas.items()
        if area.headers
    }
    read_afresh(config, takers)


def _make_taker(area: Area, spool: Spool, model: FreshModel) -> Callable[[dict[str, object]], None]:
    digest = model.make_digest(area.load.stream, key=(area.load.code,))

    def take(record: dict[str, object]) -> None:
        spool.add(Side.SAGE, area.read_record(record, digest=digest(record)))

    return take


def _make_header_taker(area: Area, spool: Spool) -> Callable[[dict[str, object]], None]:
    def take(record: dict[str, object]) -> None:
        key = " ".join(f"{name} {record[column]}" for name, column in area.header_key)
        document = ":".join(str(record[column]) for column in area.document)
        spool.add_header(key, document, is_gone=record[DELETED_AT] is not None)

    return take


def read_thirds(thirds: ThirdFigures, areas: Mapping[str, Area], spools: Spools) -> None:
    """Read what else Sage says of each area's amounts.

    Raises:
        ConnectorError: the company cannot be read.
    """
    for name in areas:
        spool = spools[name]
        first_year = _prepare_ledger(thirds, spool) if name == LEDGER.name else ""
        for figure in THIRDS[name](thirds):
            parts = figure.document
            if name == LEDGER.name:
                parts = (parts[0], *(spell(part, Format.NUMBER) for part in parts[1:]))
                # Transactions of earlier years were cleared; their sums stay in the sets.
                if not first_year or parts[1] < first_year:
                    continue
            spool.add_third(":".join(parts), figure.amount, batch=figure.batch)


def _prepare_ledger(thirds: ThirdFigures, spool: Spool) -> str:
    """Return the first year to tie; lines of periods that are not read whole tie to nothing."""
    periods = spool.list_periods()
    for year, period in periods:
        if not thirds.is_whole(year, period):
            spool.untie(year, period)
    return min((year for year, _ in periods), default="")


def read_anaplan(
    model: FreshModel, areas: Mapping[str, Area], spools: Spools, *, company: str
) -> None:
    """Read every area's module; of several companies in one model, the lines of `company`.

    Raises:
        ConnectorError: the model cannot be read.
    """
    several = model.holds_several_companies
    for name, area in areas.items():
        for row in model.read_module(area.load.module):
            if several and not row[area.load.list_name].startswith(f"{company}:"):
                continue
            line = area.read_row(row, company=company if several else None)
            spools[name].add(Side.ANAPLAN, line)
