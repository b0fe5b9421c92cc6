"""`ml-connector postings`: what became of each entry on its way into the books of Sage 300."""

from __future__ import annotations

import getpass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import click
from ml_connector.ledger import KIND_TITLES, EntryState, sum_entry
from ml_connector.wire import encode_json

from ml_connector_command._ledgers import find_places, json_option, ledger_option, opened
from ml_connector_command._output import print_rows
from ml_connector_command._plugin_settings import ALL_ABOUT, environment_option, find_config
from ml_connector_command._posting_rows import (
    build_view,
    describe,
    find_code,
    print_list,
    print_views,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ml_connector.ledger import EntrySummary, EntryView, Ledger, RecordedEntry

    Row = dict[str, object]

KINDS: Final = tuple(KIND_TITLES)
STATES: Final = tuple(str(one) for one in EntryState if one is not EntryState.PARTLY_POSTED)
"""Those that entries come into."""
IDS_SHOWN: Final = 4
target_file_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--target", "target_file", metavar="FILE", help=f"JSON file of target-sage300. {ALL_ABOUT}"
)

yes_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--yes", is_flag=True, help="Do not ask."
)


@click.group("postings", short_help="Entries on their way into the books of Sage 300.")
def group() -> None:
    """Entries on their way into the books: where each stands, and why one does not go on."""


@group.command("list", short_help="List entries, the last to change first.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    help="Only entries in this state; may be given more than once.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="Only entries of this kind; may be given more than once.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many."
)
@click.option(
    "--all",
    "with_attempts",
    is_flag=True,
    help="A row for each attempt: what came to nothing before, too.",
)
@ledger_option
@json_option
def list_postings(
    states: tuple[str, ...],
    kinds: tuple[str, ...],
    limit: int,
    place: str | None,
    output: str,
    *,
    with_attempts: bool,
) -> None:
    """List the entries of every company, the last to change first.

    Each has one row, by its newest record; attempts that came to nothing show with --all.
    """
    chosen = [EntryState(state) for state in states]
    found: list[EntrySummary] = []
    for name in find_places(place):
        with opened(name) as ledger:
            views = ledger.posting_views()
            find = views.find_records if with_attempts else views.find_newest
            found += find(states=chosen, kinds=kinds, limit=limit)
    found.sort(key=lambda one: one.changed_at, reverse=True)
    print_list(found[:limit], output=output)


@group.command("show", short_help="Show an entry: its lines, all its steps, and what to do.")
@click.argument("entry")
@ledger_option
@json_option
def show(entry: str, place: str | None, output: str) -> None:
    """Show ENTRY, by its name or by the transaction id of a line.

    An entry that came more than once, was refused or revised, is shown with each of its records,
    the newest first.
    """
    views = [view for name in find_places(place) for view in _find(name, entry)]
    if not views:
        raise build_unknown(entry)
    if output == "json":
        for view in views:
            click.echo(encode_json(build_view(view)).decode())
    else:
        print_views(views)


@group.command("dismiss", short_help="Let a refused entry go.")
@click.argument("entry")
@ledger_option
@yes_option
def dismiss(entry: str, place: str | None, *, yes: bool) -> None:
    """Let the refused ENTRY go, by its name or by the transaction id of a line.

    It is kept no longer, nor entered, until it comes otherwise than it was, or `postings retry`
    takes that back.
    """
    found = [(name, view) for name in find_places(place) for view in _find(name, entry)]
    refused = _narrow([one for one in found if one[1].entry.state is EntryState.REFUSED], entry)
    if not refused:
        raise click.BadParameter(
            f"no refused entry has the name {entry!r}, and no line of one this transaction id."
            " `ml-connector postings list --state refused` shows them.",
            param_hint="ENTRY",
        )
    (name, view), *others = refused
    one = view.summary
    if {(place, other.summary.entry_key) for place, other in others} - {(name, one.entry_key)}:
        raise _build_unclear(entry, [other for _, other in refused])
    about = describe(one.title, kind=one.kind, figures=one.figures)
    if not yes:
        click.confirm(f"{about} was refused. May it be let go?", abort=True)
    with opened(name) as ledger:
        _dismiss(ledger, one, {other.entry.entry_id for _, other in refused})
    click.echo(f"Dismissed {about}; it is not entered unless it comes otherwise.")


@group.command("retry", short_help="Have an entry that was deleted or dismissed entered again.")
@click.argument("entry")
@target_file_option
@environment_option
@yes_option
def retry(entry: str, target_file: str | None, environment: str | None, *, yes: bool) -> None:
    """Have ENTRY, which a person deleted in Sage 300, entered again by the next run.

    ENTRY is its name, or a line's reference as `postings show` shows it. Sage 300 is looked through
    first: its batch must be there and deleted, and none of its ids may stand anywhere else. The
    ledger is the one of the settings.

    Of an entry that a person dismissed, the dismissal is taken back: it is judged again.
    """
    from target_sage300 import TargetSage300, find_retriable  # noqa: PLC0415 - its libraries
    from target_sage300 import retry as free  # noqa: PLC0415

    config = find_config(TargetSage300, file=target_file, environment=environment)
    found = find_retriable(config, entry)
    one = found.entry
    figures = sum_entry(found.kind, one.content, [line.content for line in one.lines])
    title = one.name or min(one.references)
    about = describe(title, kind=found.kind, figures=figures)
    if not yes:
        was = one.reason if one.is_dismissed else f"deleted in Sage 300 with batch {one.sage_batch}"
        click.confirm(f"{about} was {was}. May it be entered into the books again?", abort=True)
    free(config, entry, by=find_user())
    says = "is not dismissed any more" if one.is_dismissed else "stands nowhere in Sage 300"
    click.echo(f"{title} {says}; the next run that brings it enters it again, if it is good.")


@group.command("adopt", short_help="Learn from Sage 300 what stands there; post nothing.")
@target_file_option
@environment_option
@json_option
def adopt(target_file: str | None, environment: str | None, output: str) -> None:
    """Look through all of Sage 300 that may hold entries, and claim every id that is found.

    That is what a run begins with, and a little more: it reads every batch, and settles what an
    earlier run left open. Nothing is posted. A new ledger looks twice, settle_minutes apart.

    Lists what the ledger has learned, and what Sage 300 does not show.
    """
    from target_sage300 import TargetSage300  # noqa: PLC0415 - it brings its libraries
    from target_sage300 import adopt as learn  # noqa: PLC0415

    config = find_config(TargetSage300, file=target_file, environment=environment)
    click.echo("Looking through Sage 300; a new ledger looks twice.", err=True)
    learned = learn(config)
    rows = [_adopted_row(one.kind, entry) for one in learned for entry in one.entries]
    untold = [
        {"kind": one.kind, "source": one.source, "untold": what}
        for one in learned
        for what in one.untold
    ]
    if output == "json":
        print_rows([*rows, *untold], output=output, nothing="")
        return
    for row in rows:
        row["ids"] = _shorten(row["ids"])
    print_rows(rows, output=output, nothing="Nothing that the ledger did not know.")
    if untold:
        click.echo("What Sage 300 does not show:")
        print_rows(untold, output=output, nothing="")


def _adopted_row(kind: str, entry: RecordedEntry) -> Row:
    return {
        "kind": kind,
        "entry": entry.name,
        "state": entry.state,
        "batch": entry.sage_batch,
        "batch entry": entry.sage_entry,
        "ids": sorted(entry.references),
        "reason": entry.reason,
    }


def _shorten(ids: object) -> str:
    shown = ids if isinstance(ids, list) else []
    more = f" and {len(shown) - IDS_SHOWN} more" if len(shown) > IDS_SHOWN else ""
    return ", ".join(shown[:IDS_SHOWN]) + more


def _narrow(found: list[tuple[str, EntryView]], entry: str) -> list[tuple[str, EntryView]]:
    """Return those that have the very id that was given, origin and all; or else all of them."""
    exact = {entry, entry.upper()}
    return [one for one in found if one[1].entry.references & exact] or found


def _build_unclear(entry: str, views: Sequence[EntryView]) -> click.BadParameter:
    """Return the refusal of a name, or an id, that more than one entry has."""
    named = "; ".join(
        f"{one.first_reference} of {describe(one.title, kind=one.kind, figures=one.figures)}"
        f" in {find_code(one.subject)}"
        for one in (view.summary for view in views)
    )
    return click.BadParameter(
        f"several refused entries have the name {entry!r}, or a line of that transaction id:"
        f" {named}. Name one by its first id, as it stands here, or its ledger by --ledger; nothing"
        " was dismissed.",
        param_hint="ENTRY",
    )


def _dismiss(ledger: Ledger, one: EntrySummary, entry_ids: Collection[int]) -> None:
    subject = one.subject
    with ledger.posting_lease(subject=subject):
        postings = ledger.postings(subject=subject)
        refused = postings.find_in({EntryState.REFUSED}, kind=one.kind)
        # A run may have judged it anew while the question stood.
        still = {kept.entry_id for kept in refused} & set(entry_ids)
        if not still:
            raise click.ClickException(f"{one.title} is not refused any more; nothing was changed.")
        run = ledger.start_run(
            plugin="ml-connector", version=version("ml-connector-command"), subject=subject
        )
        postings.dismiss(run, still, by=find_user())
        run.finish("entries dismissed", exit_code=0)


def find_user() -> str:
    """Return who decides, by the name this computer knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # without an account, as in containers
        return "a user without a name"


def build_unknown(entry: str) -> click.BadParameter:
    """Return the refusal of an entry that no ledger has."""
    return click.BadParameter(
        f"no entry has the name {entry!r}, and no line this transaction id. `ml-connector postings"
        " list` shows names. What was left out or held back is in no list: the posting results, and"
        " SYS Posting Status in the model, say why.",
        param_hint="ENTRY",
    )


def _find(place: str, entry: str) -> list[EntryView]:
    with opened(place) as ledger:
        return ledger.posting_views().find(entry)
