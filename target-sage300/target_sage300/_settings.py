"""The target's settings, parsed once into frozen structs; every refusal names the setting."""

from __future__ import annotations

import difflib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from ml_connector.errors import SettingError, build_missing_remedy
from ml_connector.places import ledger_path
from ml_connector.sage300 import Sage300Settings
from ml_connector.secrets import resolve

from target_sage300._entries import build_reference
from target_sage300._fields import AP_ADJUSTMENT, AP_INVOICE, FIELDS, GL_JOURNAL, OPTIONAL_FIELDS
from target_sage300._optional_fields import (
    DOCUMENT,
    LINE,
    NAME_CHARS_MAX,
    SETTINGS,
    find_column,
    list_fields,
)
from target_sage300._post_call import check_post_call

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PLUGIN: Final = "target-sage300"
ORIGIN_CHARS_MAX: Final = 12
MARK_CHARS_MAX: Final = 22


class OnRefused(StrEnum):
    """How a run ends that refused entries, or held them back."""

    FAIL = "fail"
    GO_ON = "go_on"


class UnmappedStreams(StrEnum):
    """What to do with a stream that no posting takes."""

    REFUSE = "refuse"
    IGNORE = "ignore"


class PostMode(StrEnum):
    """How far a batch is taken."""

    OPEN = "open"
    READY = "ready"
    POSTED = "posted"


class PostingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of `postings`: a stream, what becomes of its lines, and where each field is."""

    stream: str
    kind: str = "gl_journal"
    fields: dict[str, str] = {}
    source_ledger: str = "GL"
    source_type: str = "PL"
    post_call: dict[str, str | int] = {}
    mark: str = "PLANNING"
    adjustment_sign: Literal["debit", "credit"] = "debit"
    optional_fields: dict[str, str] = {}
    document_optional_fields: dict[str, str] = {}

    def column(self, field: str) -> str:
        """Return the property a field is read from."""
        optional = find_column(self, field)
        return optional or self.fields.get(field) or FIELDS[self.kind][field]

    @property
    def sign(self) -> int:
        """What a positive amount of an adjustment is multiplied with, so that more is owed."""
        return 1 if self.adjustment_sign == "debit" else -1

    @property
    def is_payables(self) -> bool:
        """Whether it posts into Accounts Payable."""
        return self.kind != GL_JOURNAL

    def build_reference(self, transaction_id: str, *, origin: str) -> str:
        """Return what identifies a line in Sage, which writes document numbers in upper case."""
        reference = build_reference(transaction_id, origin=origin) if transaction_id else ""
        return reference.upper() if self.is_payables else reference

    def may_lack(self, field: str) -> bool:
        """Tell whether the stream may have no such property."""
        return field in OPTIONAL_FIELDS[self.kind]

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields of a line, by our names."""
        return (*FIELDS[self.kind], *list_fields(self, LINE), *list_fields(self, DOCUMENT))


class TargetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run needs to know, secrets resolved."""

    connection: Sage300Settings
    postings: tuple[PostingSettings, ...]
    origin: str = ""
    batch_lines: int = 1000
    post: PostMode = PostMode.OPEN
    may_revise: bool = False
    settle_s: int = 600
    """How long an unanswered POST may still take effect."""
    lease_wait_s: int = 600
    all_or_nothing: bool = False
    dry_run: bool = False
    review_file: Path | None = None
    """Where a dry run writes the bodies of its batches."""
    trust_end_of_input: bool = False
    on_refused: OnRefused = OnRefused.FAIL
    unmapped_streams: UnmappedStreams = UnmappedStreams.REFUSE
    ledger_url: str | None = None

    def find_postings(self, stream: str) -> tuple[PostingSettings, ...]:
        """Return what becomes of `stream`: one posting, or one for each kind of its lines."""
        return tuple(one for one in self.postings if one.stream == stream)

    @property
    def ledger_place(self) -> str | Path:
        """The ledger's URL, or the company's own file in the user's data folder."""
        return self.ledger_url or ledger_path(self.connection.ledger_key)


DEFAULT_POSTINGS: Final = (
    {"stream": "gl_adjustments", "kind": GL_JOURNAL},
    {"stream": "ap_adjustments", "kind": AP_INVOICE},
    {"stream": "ap_adjustments", "kind": AP_ADJUSTMENT},
)


def parse_settings(config: Mapping[str, object], *, known: Collection[str]) -> TargetSettings:
    """Parse the target's configuration; `known` are the names of all settings.

    Raises:
        SettingError: a setting is missing, unknown or cannot be used.
    """
    _check_names(config, known=known)
    read_timeout_s = _parse_number(config, "read_timeout_s", default=300, least=1)
    settle_s = _parse_number(config, "settle_minutes", default=10, least=0) * 60
    return TargetSettings(
        connection=Sage300Settings(
            base_url=_parse_text(config, "base_url"),
            company=_parse_text(config, "company"),
            username=_parse_text(config, "username"),
            password=resolve(str(config.get("password") or ""), setting="password"),
            ca_bundle=_parse_optional(config, "ca_bundle"),
            allow_http=config.get("allow_http") is True,
            read_timeout_s=read_timeout_s,
        ),
        postings=_parse_postings(config.get("postings")),
        origin=_parse_origin(config.get("origin")),
        batch_lines=_parse_number(config, "batch_lines", default=1000, least=2),
        post=_parse_post(config),
        may_revise=config.get("on_change") == "revise",
        # While we still wait for the answer, the effect cannot be late yet.
        settle_s=max(settle_s, read_timeout_s),
        lease_wait_s=_parse_number(config, "lease_wait_minutes", default=10, least=0) * 60,
        all_or_nothing=config.get("all_or_nothing") is True,
        dry_run=config.get("dry_run") in (True, "true"),
        review_file=_parse_path(config, "review_file"),
        trust_end_of_input=config.get("trust_end_of_input") is True,
        on_refused=OnRefused(str(config.get("on_refused") or "fail")),
        unmapped_streams=UnmappedStreams(str(config.get("unmapped_streams") or "refuse")),
        ledger_url=_parse_optional(config, "ledger_url"),
    )


def _check_names(config: Mapping[str, object], *, known: Collection[str]) -> None:
    for name in config:
        if name not in known:
            raise _unknown(name, known, "is not a setting of target-sage300")


def _unknown(name: str, known: Collection[str], problem: str) -> SettingError:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
    return SettingError(name, None, problem, remedy=hint)


def _parse_postings(given: object) -> tuple[PostingSettings, ...]:
    if given in (None, "", []):
        given = list(DEFAULT_POSTINGS)
    try:
        postings = msgspec.convert(given, tuple[PostingSettings, ...])
    except msgspec.ValidationError as error:
        raise SettingError(
            "postings",
            None,
            f"cannot be used ({error})",
            remedy="Give a list with stream, kind and fields of each posting.",
        ) from error
    for number, posting in enumerate(postings):
        _check_posting(posting, where=f"postings[{number}]")
    for stream in {one.stream for one in postings}:
        kinds = [one.kind for one in postings if one.stream == stream]
        if len(set(kinds)) < len(kinds) or (len(kinds) > 1 and GL_JOURNAL in kinds):
            raise SettingError(
                "postings",
                stream,
                "names a stream twice",
                remedy="Name each stream once; of payables, once for each kind.",
            )
    _check_identities(postings)
    return postings


def _check_identities(postings: Sequence[PostingSettings]) -> None:
    """Insist that all postings of a kind are known by one source code, or mark."""
    known: dict[str, tuple[str, ...]] = {}
    for number, posting in enumerate(postings):
        names = ("mark",) if posting.is_payables else ("source_ledger", "source_type")
        identity = tuple(str(getattr(posting, name)) for name in names)
        if known.setdefault(posting.kind, identity) != identity:
            raise SettingError(
                f"postings[{number}].{names[-1]}",
                identity[-1],
                f"is not that of the other postings of kind {posting.kind}",
                remedy=f"Give them one: {'-'.join(known[posting.kind])}. By it the connector finds"
                " what it entered.",
            )


def _check_posting(posting: PostingSettings, *, where: str) -> None:
    if posting.kind not in FIELDS:
        raise SettingError(
            f"{where}.kind",
            posting.kind,
            "is not a kind this release can post",
            remedy=f"Use one of {', '.join(FIELDS)}.",
        )
    for field in posting.fields:
        if field not in FIELDS[posting.kind]:
            raise _unknown(
                f"{where}.fields.{field}",
                FIELDS[posting.kind],
                f"is not a field of kind {posting.kind}",
            )
    check_post_call(posting.post_call, kind=posting.kind, setting=f"{where}.post_call")
    for setting in SETTINGS:
        _check_optional_fields(posting, setting, where=f"{where}.{setting}")
    if (
        not posting.mark
        or len(posting.mark) > MARK_CHARS_MAX
        or posting.mark != posting.mark.strip()
    ):
        raise SettingError(
            f"{where}.mark",
            posting.mark,
            f"is not a text of 1 to {MARK_CHARS_MAX} characters",
            remedy="Give a text that no order number is, such as PLANNING.",
        )
    for name in ("source_ledger", "source_type"):
        code = getattr(posting, name)
        if not (code.isalnum() and code == code.upper() and len(code) == 2):  # noqa: PLR2004 - Sage's width
            raise SettingError(
                f"{where}.{name}",
                code,
                "is not half of a source code",
                remedy="Give two characters in upper case, as G/L Source Codes shows them.",
            )


def _parse_post(config: Mapping[str, object]) -> PostMode:
    mode = PostMode(str(config.get("post") or PostMode.OPEN))
    if mode is PostMode.POSTED and config.get("allow_auto_post") is not True:
        raise SettingError(
            "post",
            mode.value,
            "would have Sage 300 post without anybody's review, and allow_auto_post is not set",
            remedy="Set allow_auto_post to true if that is meant, or post to open or ready.",
        )
    return mode


def _check_optional_fields(posting: PostingSettings, setting: str, *, where: str) -> None:
    given = getattr(posting, setting)
    if given and (
        posting.kind == AP_ADJUSTMENT or (setting == DOCUMENT and posting.kind != AP_INVOICE)
    ):
        raise SettingError(
            where,
            None,
            f"is not for postings of kind {posting.kind}",
            remedy=f"Leave it out; {LINE} is for gl_journal and ap_invoice, {DOCUMENT} for"
            " ap_invoice.",
        )
    for name in given:
        if not (name.isalnum() and name == name.upper() and len(name) <= NAME_CHARS_MAX):
            raise SettingError(
                f"{where}.{name}",
                None,
                "is not the name of an optional field",
                remedy=f"Give at most {NAME_CHARS_MAX} characters in upper case, as Optional Fields"
                " in Common Services shows them.",
            )


def _parse_origin(value: object) -> str:
    origin = str(value or "")
    if not origin or (len(origin) <= ORIGIN_CHARS_MAX and origin.isascii() and origin.isalnum()):
        return origin
    raise SettingError(
        "origin",
        origin,
        f"is not a word of at most {ORIGIN_CHARS_MAX} letters and digits",
        remedy="Give the model a short name of its own, such as FY27.",
    )


def _parse_text(config: Mapping[str, object], name: str) -> str:
    value = config.get(name)
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise SettingError(name, None, "is missing", remedy=build_missing_remedy(name, plugin=PLUGIN))


def _parse_optional(config: Mapping[str, object], name: str) -> str | None:
    value = config.get(name)
    return resolve(value, setting=name) if isinstance(value, str) and value.strip() else None


def _parse_path(config: Mapping[str, object], name: str) -> Path | None:
    value = config.get(name)
    return Path(value).expanduser() if isinstance(value, str) and value.strip() else None


def _parse_number(config: Mapping[str, object], name: str, *, default: int, least: int) -> int:
    value = config.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise SettingError(
        name, value, f"is not a whole number of {least} or more", remedy=f"Default: {default}."
    )
