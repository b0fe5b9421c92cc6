"""Entries as `ml-connector postings` shows them: in full to machines, in short to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
from ml_connector.ledger import KIND_TITLES, EntryState

from ml_connector_command._output import print_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from ml_connector.ledger import EntryFigures, EntryStep, EntrySummary, EntryView

    Row = dict[str, object]

_RUNS_ON: Final = "Run the job again: it looks into Sage 300 first, and finds out."
_REMEDIES: Final = {
    EntryState.PREPARED: _RUNS_ON,
    EntryState.SENT: _RUNS_ON,
    EntryState.UNKNOWN: _RUNS_ON,
    EntryState.CREATED: "Review its batch in Sage 300, and post it.",
    EntryState.READY: "Post its batch in Sage 300.",
    EntryState.POSTED: "Nothing: it is in the books.",
    EntryState.PARTLY_POSTED: "Look at its batch in Sage 300: a part of it is in the books.",
    EntryState.IN_ERROR_BATCH: "Correct and post its error batch in Sage 300, or delete it.",
    EntryState.WITHDRAWN: "Nothing, if it was deleted on purpose. Else `postings retry` has it"
    " entered again; or give its lines new ids in the model.",
    EntryState.REFUSED: "Correct what the reason names, in the model or in Sage 300. It is judged"
    " again when it comes again. `postings dismiss` lets it go.",
    EntryState.ABSENT: "Nothing: it does not stand in Sage 300, and its ids are free.",
}
_TAKE_BACK: Final = "Nothing, if it is to stay away. `postings retry` takes the dismissal back."
_VANISHED: Final = (
    "Look in Sage 300 whether it was posted before its batch was purged. If it was not, and is to"
    " stand, give its lines new ids in the model."
)
_DECIMALS: Final = 2
_WITHOUT_DECIMALS: Final = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
        *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
    }
)
"""Currencies without a smaller unit (ISO 4217)."""


def print_list(found: Sequence[EntrySummary], *, output: str) -> None:
    """Print a row for each of `found`."""
    if output == "json":
        rows = [build_row(one) for one in found]
    else:
        companies = _name_companies(found)
        rows = [_build_short_row(one, companies.get(one.subject)) for one in found]
    print_rows(rows, output=output, nothing="No entry is there.")


def print_view(view: EntryView) -> None:
    """Print all that is known of one record of an entry."""
    one = view.summary
    facts = {
        **_build_short_row(one, find_code(one.subject)),
        "reason": one.reason,
        **{name: value for name, value in view.entry.content.items() if value},
        "remedy": _find_remedy(view),
    }
    rows = [{"entry": name, "value": value} for name, value in facts.items()]
    print_rows(rows, output="text", nothing="")
    lines = list(_line_rows(view))
    print_rows(_fill(lines), output="text", nothing="It has no lines.")
    print_rows([_step_row(step) for step in view.steps], output="text", nothing="")


def print_views(views: Sequence[EntryView]) -> None:
    """Print entries, each by its newest record; its older ones stand below a heading."""
    entries: dict[tuple[object, ...], list[EntryView]] = {}
    for view in views:
        entries.setdefault(view.summary.entry_key, []).append(view)
    for newest, *older in entries.values():
        print_view(newest)
        if older:
            click.echo(f"Earlier records of {newest.summary.title}, the newest first:")
        for view in older:
            print_view(view)


def build_view(view: EntryView) -> Row:
    """Return all that is known of one record of an entry, for machines."""
    return {
        **build_row(view.summary),
        "remedy": _find_remedy(view),
        "content": dict(view.entry.content),
        "lines": list(_line_rows(view)),
        "steps": [_step_row(step) for step in view.steps],
    }


def build_row(one: EntrySummary) -> Row:
    """Return what is known of a record, less its lines and steps, for machines."""
    return {
        "entry": one.name,
        "first id": one.first_reference,
        "origin": one.origin,
        "lines": one.line_count,
        "kind": one.kind,
        "date": one.figures.date,
        "description": one.figures.description,
        "amounts": {name: f"{amount:f}" for name, amount in one.figures.amounts.items()},
        "state": one.state,
        "batch": one.sage_batch,
        "batch entry": one.sage_entry,
        "changed (UTC)": _write_moment(one),
        "reason": one.reason,
        "company": one.subject,
    }


def describe(title: str, *, kind: str, figures: EntryFigures) -> str:
    """Say which entry it is: name, kind, date and amount."""
    amounts = " and ".join(
        f"{_write_amount(amount, currency)} {currency}".rstrip()
        for currency, amount in figures.amounts.items()
    )
    about = f"{title}, {KIND_TITLES.get(kind, kind)}"
    about += f" of {figures.date}" if figures.date else ""
    return about + (f" over {amounts}" if amounts else "")


def find_code(subject: str) -> str:
    """Return the code of a company, less the address it is found at."""
    return subject.rpartition("-")[2]


def _build_short_row(one: EntrySummary, company: str | None) -> Row:
    amounts = one.figures.amounts
    return {
        "entry": one.title,
        "kind": KIND_TITLES.get(one.kind, one.kind),
        "date": one.figures.date,
        "amount": "\n".join(_write_amount(amount, name) for name, amount in amounts.items()),
        "cur.": "\n".join(amounts),
        "lines": one.line_count,
        "description": one.figures.description,
        "state": one.state,
        "batch": one.sage_batch,
        "batch entry": one.sage_entry,
        "changed (UTC)": _write_moment(one),
        "reason": _shorten(one.reason, of=one.name),
        **({"company": company} if company else {}),
    }


def _name_companies(found: Sequence[EntrySummary]) -> dict[str, str]:
    """Return what tells companies apart: nothing, their codes, or their addresses."""
    subjects = {one.subject for one in found}
    if len(subjects) <= 1:
        return {}
    codes = {subject: find_code(subject) for subject in subjects}
    is_clear = len(set(codes.values())) == len(subjects)
    return codes if is_clear else {subject: subject for subject in subjects}


def _shorten(reason: str | None, *, of: str) -> str:
    """Return the first of several reasons, less the name that stands beside it."""
    first, *others = (reason or "").split("\n")
    first = first.removeprefix(f"entry {of!r}, ")
    return f"{first} (and {len(others)} more)" if others else first


def _write_amount(amount: Decimal, currency: str) -> str:
    """Write an amount with the decimals of its currency, and all that it has."""
    exponent = amount.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return f"{amount:,.{max(own, 0 if currency in _WITHOUT_DECIMALS else _DECIMALS)}f}"


def _write_moment(one: EntrySummary) -> str:
    return f"{one.changed_at:%Y-%m-%d %H:%M}"


def _find_remedy(view: EntryView) -> str:
    if view.entry.has_vanished:
        return _VANISHED
    return _TAKE_BACK if view.entry.is_dismissed else _REMEDIES[view.entry.state]


def _line_rows(view: EntryView) -> Iterator[Row]:
    for line in view.entry.lines:
        yield {"reference": line.reference, **line.content}


def _fill(rows: Sequence[Row]) -> list[Row]:
    """Give all rows the columns in which any of them has a value."""
    names = dict.fromkeys(name for row in rows for name, value in row.items() if value)
    return [{name: row.get(name) for name in names} for row in rows]


def _step_row(step: EntryStep) -> Row:
    return {
        "when (UTC)": f"{step.at:%Y-%m-%d %H:%M:%S}",
        "run": step.run_id,
        "by": step.plugin,
        "before": step.before,
        "after": step.after,
        "batch": step.sage_batch,
        "batch entry": step.sage_entry,
        "reason": step.reason,
    }
