"""One run over one model: what earlier runs left, what the stream brings, what comes of it.

    open ──> earlier tasks judged ──> catalog ──> control read
    records ──> rows staged in the ledger, unchanged ones counted
    finish ──> ledger's own rows added ──> files uploaded ──> process or imports, one at a time
           ──> every row judged ──> control read again ──> marks saved

Nothing is uploaded before the end of input: only then is the number of chunks known, are several
versions of one key reduced to the last, and is an interrupted `replace` stream told apart.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ml_connector.errors import AccessError, InputError, MismatchError
from ml_connector.events import event
from ml_connector.ledger import ModelKey, ScopeKey, Sending

from target_anaplan._agreement import Comparison, find_disagreement
from target_anaplan._blueprint import COMPANY
from target_anaplan._control import expect_totals, fetch_totals, find_control
from target_anaplan._earlier import finish_earlier_tasks
from target_anaplan._mapping import check_fields, check_key, map_record
from target_anaplan._preflight import fetch_catalog
from target_anaplan._settings import KeyPrefix, Mode, Send, UnmappedStreams
from target_anaplan._tasks import NOT_FOUND
from target_anaplan._verdicts import encode_plan, find_known_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ml_connector.anaplan import AnaplanClient, ListInfo
    from ml_connector.ledger import Ledger, Load, Run, Scope, StagedRow

    from target_anaplan._control import ControlModule, ControlTotals
    from target_anaplan._preflight import Catalog, LoadPlan
    from target_anaplan._settings import TargetSettings
    from target_anaplan._tasks import TaskRunner

log = logging.getLogger(__name__)

BATCH_ROWS: Final = 1000
SERIAL_MARK: Final = "serial"
LIST_MARK: Final = "list:"


@dataclass(slots=True, kw_only=True)
class ActiveLoad:
    """A load of this run: its plan, what the ledger knows, and the rows not staged yet.

    `companies` are those whose records came, when codes are prefixed by them.
    """

    plan: LoadPlan
    scope: Scope
    load: Load
    key_properties: tuple[str, ...]
    rows_read: int = 0
    rows_unchanged: int = 0
    companies: set[str] = field(default_factory=set)
    _waiting: list[StagedRow] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The load's name: its stream."""
        return self.plan.stream

    def add(self, record: Mapping[str, object]) -> None:
        """Take one record: durable at the latest when `flush` returns."""
        row = map_record(self.plan.mapping, record, key_properties=self.key_properties)
        if self.plan.mapping.prefix is not KeyPrefix.NONE:
            self.companies.add(str(record[COMPANY]))
        self._waiting.append(row)
        if len(self._waiting) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Stage the waiting rows durably."""
        if not self._waiting:
            return
        counts = self.load.stage(self._waiting)
        self.rows_read += len(self._waiting)
        self.rows_unchanged += counts.unchanged
        self._waiting.clear()


@dataclass(slots=True, kw_only=True)
class LoadRun:
    """The loads of one run of the target; `open_run` makes one with everything checked.

    `gone_marks` are those of lists that the model has no more.
    """

    settings: TargetSettings
    client: AnaplanClient
    ledger: Ledger
    run: Run
    tasks: TaskRunner
    catalog: Catalog
    control: ControlModule | None
    totals: dict[str, ControlTotals]
    resend_all: str | None = None
    gone_marks: list[str] = field(default_factory=list)
    loads: dict[str, ActiveLoad] = field(default_factory=dict)
    ignored_streams: set[str] = field(default_factory=set)

    @property
    def model_key(self) -> ModelKey:
        """The model as the ledger names it."""
        return model_key_of(self.settings)

    def begin_stream(
        self, stream: str, *, properties: Collection[str], key_properties: Sequence[str]
    ) -> ActiveLoad | None:
        """Begin the load of `stream`, once; `None` when the stream is to be left out.

        Raises:
            MismatchError: no load takes the stream, or its schema lacks a column's property.
            InputError: the key properties changed while the stream was read.
        """
        active = self.loads.get(stream)
        if active is None:
            plan = self.catalog.plan_load(stream)
            if plan is None:
                self._leave_out(stream)
                return None
            check_fields(plan.mapping, properties)
            check_key(plan.mapping, key_properties)
            return self._open_load(plan, key_properties)
        check_fields(active.plan.mapping, properties)
        if active.key_properties != tuple(key_properties):
            raise InputError(
                stream,
                "its key changed while it was read, from"
                f" {', '.join(active.key_properties) or 'none'} to"
                f" {', '.join(key_properties) or 'none'}",
                remedy="Have the tap use one key per stream.",
            )
        return active

    def _leave_out(self, stream: str) -> None:
        if self.settings.unmapped_streams is UnmappedStreams.REFUSE:
            raise MismatchError(
                "stream",
                stream,
                expected="a load that takes it",
                found=f"none; loads exist for {', '.join(self.catalog.possible_streams())}",
                remedy=f"Deselect the stream in the tap, add it to loads, let the model have a file"
                f" {stream}.csv, or set unmapped_streams to ignore.",
            )
        if stream not in self.ignored_streams:
            self.ignored_streams.add(stream)
            event(log, "stream.ignored", level=logging.WARNING, stream=stream)

    def _open_load(self, plan: LoadPlan, key_properties: Sequence[str] | None) -> ActiveLoad:
        scope = self.ledger.open_scope(
            ScopeKey(
                workspace=self.settings.workspace_id,
                model=self.settings.model_id,
                load=plan.stream,
                mapping_digest=plan.mapping.digest,
            ),
            columns=plan.mapping.headers,
            key_prefix=self._key_prefix(),
        )
        self._mark_resend(scope)
        if key_properties is None:
            key_properties = find_known_key(scope, plan.mapping)
        active = ActiveLoad(
            plan=plan,
            scope=scope,
            load=self._begin_load(plan, scope, key_properties),
            key_properties=tuple(key_properties),
        )
        self.loads[plan.stream] = active
        return active

    def _begin_load(self, plan: LoadPlan, scope: Scope, key_properties: Sequence[str]) -> Load:
        return scope.begin_load(
            self.run,
            sending=_sending(self.settings, plan),
            plan=encode_plan(plan, key_properties),
        )

    def begin_again(self, active: ActiveLoad) -> None:
        """Begin another load of a scope whose first one in this run is settled already."""
        active.load = self._begin_load(active.plan, active.scope, active.key_properties)

    def open_silent_load(self, stream: str) -> ActiveLoad | None:
        """Begin the load of a stream that did not appear, for what the ledger has to send."""
        if stream in self.loads:
            return self.loads[stream]
        plan = self.catalog.plan_load(stream)
        return None if plan is None else self._open_load(plan, None)

    def in_order(self) -> list[ActiveLoad]:
        """The loads in the order of loading."""
        order = self.catalog.possible_streams()
        known = {name: place for place, name in enumerate(order)}
        return sorted(self.loads.values(), key=lambda active: known[active.name])

    def _key_prefix(self) -> str:
        prefix = self.settings.key_prefix
        return "" if prefix is KeyPrefix.NONE else prefix.value

    def _mark_resend(self, scope: Scope) -> None:
        """Mark the scope for a full resend when the model has lost something, or on demand."""
        reason = "send is all" if self.settings.send is Send.ALL else self.resend_all
        if reason is not None and scope.belief().rows:
            scope.mark_resend(reason)


def _sending(settings: TargetSettings, plan: LoadPlan) -> Sending:
    if plan.settings.mode is Mode.REPLACE:
        return Sending.REPLACE
    return Sending.ALL if settings.send is Send.ALL else Sending.CHANGED


def model_key_of(settings: TargetSettings) -> ModelKey:
    """Return the model as the ledger names it."""
    return ModelKey(workspace=settings.workspace_id, model=settings.model_id)


def open_run(
    settings: TargetSettings,
    *,
    client: AnaplanClient,
    ledger: Ledger,
    run: Run,
    tasks: TaskRunner,
) -> LoadRun:
    """Check model and settings, judge what earlier runs left, and read the control.

    Nothing is written to the model.

    Raises:
        MismatchError: the model is not what the settings say.
        RemoteError: Anaplan cannot be reached, or refuses this user.
    """
    catalog = fetch_catalog(client, settings)
    finish_earlier_tasks(ledger, model_key_of(settings), client=client, tasks=tasks)
    control = find_control(client, settings.control)
    load_run = LoadRun(
        settings=settings,
        client=client,
        ledger=ledger,
        run=run,
        tasks=tasks,
        catalog=catalog,
        control=control,
        totals=fetch_totals(client, control) if control else {},
    )
    marks = ledger.read_marks(load_run.model_key)
    restored = _find_restored(load_run, marks)
    if restored is not None:
        _mark_passed_over(load_run, restored)
    load_run.resend_all = restored or _find_loss(load_run, marks)
    if load_run.resend_all is not None:
        event(log, "model.changed", level=logging.WARNING, reason=load_run.resend_all)
    return load_run


def _find_restored(load_run: LoadRun, marks: Mapping[str, int]) -> str | None:
    before, now = marks.get(SERIAL_MARK), load_run.catalog.model.last_saved_serial_number
    if before is not None and now is not None and now < before:
        return f"the model's saved serial number fell from {before} to {now}: it was restored"
    return None


def _mark_passed_over(load_run: LoadRun, reason: str) -> None:
    """Have what another process loads sent again as well: its run will not see the number fall."""
    own = load_run.catalog.own_streams()
    others = set(load_run.catalog.possible_streams()).difference(own)
    for scope in _known_scopes(load_run, others).values():
        if scope.belief().rows:
            scope.mark_resend(reason)


def _known_scopes(load_run: LoadRun, loads: Collection[str]) -> dict[str, Scope]:
    """Return those of `loads` that were loaded into this model before."""
    model = (load_run.settings.workspace_id, load_run.settings.model_id)
    return {
        name.load: scope
        for name, scope in load_run.ledger.known_scopes()
        if (name.workspace, name.model) == model and name.load in loads
    }


def _find_loss(load_run: LoadRun, marks: Mapping[str, int]) -> str | None:
    """Say why the model cannot hold what was confirmed, or return `None`.

    One lost item is enough to send everything again: an item deleted by hand empties every cell
    that pointed to it, in loads whose own totals still agree.
    """
    return _find_difference(load_run) or _find_shrunken_list(load_run, marks)


def _find_difference(load_run: LoadRun) -> str | None:
    # What no load fills any more cannot be sent again: it would differ in every run.
    loads = load_run.totals.keys() & load_run.catalog.own_streams()
    for name, scope in _known_scopes(load_run, loads).items():
        # Rows in doubt are sent again anyway; until then there is nothing to compare.
        if scope.belief().rows and not scope.uncertain_row_count():
            found = load_run.totals[name]
            totals = load_run.catalog.leave_out_cells(name, found, expect_totals(scope))
            known = scope.read_control().extra.rows
            comparison = Comparison(load=name, scope=scope, totals=totals)
            difference = find_disagreement(comparison) or _find_gone(scope, known)
            if difference is not None:
                return f"load {name}: {difference}"
    return None


def _find_gone(scope: Scope, known: int) -> str | None:
    """Say that items not loaded through this ledger were deleted: cells may have named them."""
    gone = known - scope.read_control().extra.rows
    return f"{gone} items that others had made were deleted" if gone > 0 else None


def _find_shrunken_list(load_run: LoadRun, marks: Mapping[str, int]) -> str | None:
    # Lists are counted for loads of which the control says nothing; the others are compared there.
    own = load_run.catalog.own_streams()
    shrunken = []
    for mark, before in marks.items():
        load, list_id = parse_list_mark(mark)
        if not list_id or load in load_run.totals or load not in own:
            continue
        found = _fetch_list(load_run.client, list_id)
        if found is None:
            load_run.gone_marks.append(mark)
            shrunken.append(
                f"the list of load {load} (id {list_id}, {before} items) is not in the model any"
                " more: it was deleted, or made anew under another id"
            )
        elif found.item_count < before:
            shrunken.append(f"list {found.name} shrank from {before} to {found.item_count} items")
    return shrunken[0] if shrunken else None


def _fetch_list(client: AnaplanClient, list_id: str) -> ListInfo | None:
    try:
        return client.fetch_list(list_id)
    except AccessError as error:
        if error.status != NOT_FOUND:
            raise
        return None


def list_mark(load: str, list_id: str) -> str:
    """Name the mark under which a list's number of items is kept."""
    return f"{LIST_MARK}{load}:{list_id}"


def parse_list_mark(mark: str) -> tuple[str, str]:
    """Return load and list id of such a name; both empty when it is another mark."""
    if not mark.startswith(LIST_MARK):
        return "", ""
    load, _, list_id = mark.removeprefix(LIST_MARK).rpartition(":")
    return load, list_id
