"""What a check of a system found: good news, notes, and what has to be put right."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from typing_extensions import override


class Verdict(StrEnum):
    """What a finding means for the next run."""

    MISSING = "missing"
    DIFFERENT = "different"
    NOTE = "note"
    FINE = "fine"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at: what it is, what is the matter with it, what to do."""

    verdict: Verdict
    subject: str
    """The object in its owner's words: `list Vendors`, `module PO`."""
    detail: str = ""
    remedy: str = ""

    @property
    def is_problem(self) -> bool:
        """Whether a run would suffer from it."""
        return self.verdict in (Verdict.MISSING, Verdict.DIFFERENT)

    @override
    def __str__(self) -> str:
        """One line."""
        parts = [self.subject, f": {self.detail}" if self.detail else ""]
        said = "".join(parts).rstrip(".")
        return f"{said}. {self.remedy}" if self.remedy else said


def fine(subject: str, detail: str = "") -> Finding:
    """Say that something is as it should be."""
    return Finding(verdict=Verdict.FINE, subject=subject, detail=detail)


def note(subject: str, detail: str, *, remedy: str = "") -> Finding:
    """Say something worth knowing that stops nothing."""
    return Finding(verdict=Verdict.NOTE, subject=subject, detail=detail, remedy=remedy)


def missing(subject: str, detail: str = "is missing", *, remedy: str) -> Finding:
    """Say that something is not there, and what to do."""
    return Finding(verdict=Verdict.MISSING, subject=subject, detail=detail, remedy=remedy)


def different(subject: str, *, expected: str, found: str, remedy: str) -> Finding:
    """Say that something is not as it should be: both sides, and what to do."""
    detail = f"expected {expected}, found {found}"
    return Finding(verdict=Verdict.DIFFERENT, subject=subject, detail=detail, remedy=remedy)
