"""Calls that did not succeed: what the answers of both systems have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from ml_connector.errors import (
    ConnectorError,
    RefusedError,
    RemoteError,
    SettingError,
    UnexpectedReplyError,
)
from ml_connector.transport._network import build_lost_answer
from ml_connector.transport._retry_after import parse_retry_after

if TYPE_CHECKING:
    from ml_connector.transport._messages import Reply, Request


class Where(TypedDict):
    """The fields by which every remote error names its call."""

    system: str
    call: str
    status: int
    code: str | None


class Problem(NamedTuple):
    """A call that did not succeed with what the other side said about it."""

    request: Request
    reply: Reply
    code: str
    message: str
    account: str

    @property
    def where(self) -> Where:
        """System, call, status and code, to be handed on to an error."""
        return {
            "system": self.request.system,
            "call": self.request.call,
            "status": self.reply.status,
            "code": self.code or None,
        }

    @property
    def retry_after_s(self) -> float | None:
        """The other side's own waiting time."""
        return parse_retry_after(self.reply.headers, now=self.reply.received_at)


Builder = Callable[[Problem], ConnectorError]


def refused(remedy: str) -> Builder:
    """Return what builds a refusal with this remedy, in the other side's own words."""

    def build(problem: Problem) -> RemoteError:
        return RefusedError(
            problem.message or f"refused without an explanation: {problem.reply.excerpt!r}",
            remedy=remedy,
            **problem.where,
        )

    return build


def server_failed(problem: Problem) -> RemoteError:
    """Build the error for a failure of the server, which may have done the work all the same."""
    said = problem.message or problem.reply.excerpt or "no explanation"
    return build_lost_answer(
        f"{problem.request.system} failed: {said}",
        problem.request,
        status=problem.reply.status,
        code=problem.code or None,
        retry_after_s=problem.retry_after_s,
    )


def redirected(problem: Problem, *, remedy: str) -> SettingError:
    """Build the error for a redirection: our credentials follow none."""
    target = problem.reply.headers.get("Location", "?").split("?")[0]
    return SettingError(
        problem.request.setting,
        None,
        f"the server redirects {problem.request.call} to {target}",
        remedy=remedy,
    )


def misread(problem: Problem, *, remedy: str) -> UnexpectedReplyError:
    """Build the error for an answer nobody expects."""
    return UnexpectedReplyError(
        problem.message or "an answer the API does not document",
        excerpt=problem.reply.excerpt,
        remedy=remedy,
        **problem.where,
    )
