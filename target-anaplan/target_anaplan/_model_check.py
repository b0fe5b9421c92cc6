"""Compares a model with the blueprint: what is missing or different, and what its builder does.

Pure: `_found_model` has read the model. What a builder added beside the blueprint is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ml_connector.findings import Finding, different, fine, missing, note

from target_anaplan._blueprint_parts import CHECKSUM, TIME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from target_anaplan._blueprint_model import Blueprint
    from target_anaplan._blueprint_parts import LineItem, LoadBlueprint, ModuleBlueprint
    from target_anaplan._found_model import FoundModel, FoundModule, FoundStep

PAGE: Final = "docs/anaplan-model.md"
_MONTHS: Final = "Month"
_LIST_IMPORT: Final = "HIERARCHY_DATA"
_MODULE_IMPORT: Final = "MODULE_DATA"


def compare_with_blueprint(
    model: FoundModel, blueprint: Blueprint, *, process: str, may_skip: Sequence[str] = ()
) -> list[Finding]:
    """Return what is missing or different; notes and a last good word beside it.

    `process` is the one that is run; `may_skip` are files it may read that no run uploads.
    """
    findings = [
        *_check_checksums(model),
        *_check_lists(model, blueprint),
        *_check_modules(model, blueprint),
        *_check_files(model, blueprint),
        *_check_process(model, blueprint, process, may_skip),
    ]
    if not any(one.is_problem for one in findings):
        findings.append(fine("model", f"it is built as {PAGE} says"))
    return findings


# --- the optional column -----------------------------------------------------------------------


def _has_checksum(model: FoundModel) -> bool:
    in_modules = any(CHECKSUM in one.line_items for one in model.modules.values())
    return in_modules or any(CHECKSUM in one.headers for one in model.imports.values())


def _check_checksums(model: FoundModel) -> Iterator[Finding]:
    if not _has_checksum(model):
        yield note(
            f"column {CHECKSUM}",
            "the model does without it: rows changed in Anaplan go unseen while counts and amounts"
            " agree",
        )


# --- lists and modules -------------------------------------------------------------------------


def _check_lists(model: FoundModel, blueprint: Blueprint) -> Iterator[Finding]:
    for one in blueprint.lists:
        subject = f"list {one.name}"
        if one.name not in model.lists:
            yield missing(subject, remedy=f"Create it as section Lists of {PAGE} says.")
        elif model.lists[one.name] != one.parent:
            yield different(
                subject,
                expected=f"the parent list {one.parent}" if one.parent else "no parent list",
                found=model.lists[one.name] or "none",
                remedy="Change the list's parent hierarchy in its configuration.",
            )


def _check_modules(model: FoundModel, blueprint: Blueprint) -> Iterator[Finding]:
    for module in blueprint.modules:
        found = model.modules.get(module.name)
        if found is None:
            yield missing(
                f"module {module.name}",
                remedy=f"Create it by {' and '.join(module.by)} as {PAGE} says.",
            )
            continue
        yield from _check_dimensions(module, found)
        for item in module.line_items:
            if item.name != CHECKSUM or _has_checksum(model):
                yield from _check_line_item(module.name, item, found)


def _check_dimensions(module: ModuleBlueprint, found: FoundModule) -> Iterator[Finding]:
    subject = f"module {module.name}"
    if frozenset(module.by) != found.by:
        yield different(
            subject,
            expected=f"to be by {', '.join(sorted(module.by))}",
            found=", ".join(sorted(found.by)) or "no dimension",
            remedy="Change what the module applies to, or create it anew.",
        )
    elif TIME in module.by and found.time_scale != _MONTHS:
        yield different(
            subject,
            expected="the time scale Month",
            found=found.time_scale,
            remedy="Set the module's time scale to Month.",
        )


def _check_line_item(module: str, item: LineItem, found: FoundModule) -> Iterator[Finding]:
    subject = f"line item {module}.{item.name}"
    there = found.line_items.get(item.name)
    if there is None:
        with_formula = ", with its formula," if item.is_calculated else ""
        yield missing(
            subject,
            remedy=f"Create it in format {item.format_name}{with_formula} and map it as {PAGE}"
            " says.",
        )
        return
    # Anaplan may keep the list of a list format to itself: then its format is all that can be seen.
    is_vague = there.data_type == item.format and not there.list_name
    if there.format_name != item.format_name and not is_vague:
        yield different(
            subject,
            expected=f"the format {item.format_name}",
            found=there.format_name,
            remedy="Change its format and check the import's mapping.",
        )
    if there.is_calculated != item.is_calculated:
        yield different(
            subject,
            expected="a formula" if item.is_calculated else "no formula: it is loaded",
            found="one" if there.is_calculated else "none",
            remedy=f"Enter the formula of {PAGE}." if item.is_calculated else "Remove the formula.",
        )


# --- files and imports -------------------------------------------------------------------------


def _check_files(model: FoundModel, blueprint: Blueprint) -> Iterator[Finding]:
    for load in blueprint.loads:
        if load.file not in model.files:
            yield missing(
                f"file {load.file}",
                remedy="Upload a sample of that name when you create its imports"
                f" ({PAGE}, section {load.file}).",
            )
        for name, kind in (
            (load.list_import, _LIST_IMPORT),
            (load.module_import, _MODULE_IMPORT),
        ):
            yield from _check_import(model, load, name=name, kind=kind)


def _check_import(
    model: FoundModel, load: LoadBlueprint, *, name: str, kind: str
) -> Iterator[Finding]:
    subject, found = f"import {name}", model.imports.get(name)
    if found is None:
        yield missing(subject, remedy=f"Create it from {load.file} as {PAGE} says.")
        return
    if found.import_type != kind:
        yield different(
            subject,
            expected="an import into a " + ("list" if kind == _LIST_IMPORT else "module"),
            found=found.import_type or "something else",
            remedy="Create it anew into the right target.",
        )
    if found.file != load.file:
        yield different(
            subject,
            expected=f"to read the file {load.file}",
            found=found.file or "another source",
            remedy="Choose the file as its source.",
        )
        return
    yield from _check_headers(model, load, subject=subject, headers=found.headers)


def _check_headers(
    model: FoundModel, load: LoadBlueprint, *, subject: str, headers: Sequence[str]
) -> Iterator[Finding]:
    wanted = load.headers if _has_checksum(model) else load.headers[:-1]
    lacking = [name for name in wanted if name not in headers]
    further = [name for name in headers if name not in load.headers]
    if lacking:
        yield different(
            subject,
            expected=f"the columns {', '.join(lacking)} in its source",
            found="none of that name" + (f", but {', '.join(further)}" if further else ""),
            remedy=f"Upload a sample of {load.file} with the headers of {PAGE} to this import and"
            " check its mapping.",
        )
    elif further:
        yield note(
            subject,
            f"its source has further columns: {', '.join(further)}",
            remedy="They are filled from record properties of that name; a name no record has ends"
            " the run.",
        )


# --- the process -------------------------------------------------------------------------------


def _check_process(
    model: FoundModel, blueprint: Blueprint, process: str, may_skip: Sequence[str]
) -> Iterator[Finding]:
    subject = f"process {process}"
    if model.process is None:
        count = len(blueprint.steps)
        yield missing(subject, remedy=f"Create it with the {count} imports of {PAGE}.")
        return
    names = [step.name for step in model.process]
    for name in blueprint.steps:
        if name not in names:
            yield missing(f"{subject}, step {name}", remedy="Add the import to the process.")
        elif names.count(name) > 1:
            yield different(
                f"{subject}, step {name}",
                expected="it once",
                found=f"it {names.count(name)} times",
                remedy="Remove it from the process where it stands again.",
            )
    yield from _check_order(subject, blueprint, names)
    yield from _check_strangers(
        subject, model.process, {*may_skip, *(load.file for load in blueprint.loads)}
    )


def _check_order(subject: str, blueprint: Blueprint, names: Sequence[str]) -> Iterator[Finding]:
    place = {name: position for position, name in reversed(list(enumerate(names)))}
    for name, earlier in blueprint.build_order_rules().items():
        late = [one for one in earlier if one in place and name in place]
        late = [one for one in late if place[one] > place[name]]
        if late:
            yield different(
                f"{subject}, step {name}",
                expected=f"it after {' and '.join(late)}",
                found=f"it at place {place[name] + 1}, before",
                remedy="Move it behind: an item must be there before a row names it.",
            )


def _check_strangers(
    subject: str, steps: Sequence[FoundStep], known: Collection[str]
) -> Iterator[Finding]:
    for step in steps:
        if step.file and step.file not in known:
            yield different(
                f"{subject}, step {step.name}",
                expected="no step that reads another file",
                found=f"one that reads {step.file}, which no run uploads",
                remedy="Remove it from the process, or list the file in process_may_skip.",
            )
