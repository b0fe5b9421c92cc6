"""Anaplan's Integration and Authentication APIs without the network: requests and their judge."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from ml_connector.anaplan._errors import PASSWORD_REFUSED, Refusal, build_error
from ml_connector.anaplan.types import ListAction
from ml_connector.transport import Repeat, Reply, Request
from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector.anaplan.settings import AnaplanSettings
    from ml_connector.anaplan.types import TaskKind

SYSTEM = "Anaplan"
PAGE_LIMIT = 5000
"""Default and maximum page (§2.2). Always sent: without it the answer's paging is wrong."""
_JSON = {"Accept": "application/json", "Content-Type": "application/json"}
_TEXT = {"Accept": "*/*"}
_LOCALE = {"localeName": "en_US"}


def build_get(settings: AnaplanSettings, path: str, **params: str | int) -> Request:
    """Build a read below the model; `path` starts with a slash, its parts already quoted."""
    return _api(settings, "GET", f"{settings.model_url}{path}{_query(params)}", headers=_JSON)


def build_text_get(settings: AnaplanSettings, path: str) -> Request:
    """Build a read of bytes or text, such as a chunk of a dump."""
    return _api(settings, "GET", f"{settings.model_url}{path}", headers=_TEXT)


def build_table_get(settings: AnaplanSettings, path: str, **params: str) -> Request:
    """Build a read of cells as CSV in which texts are quoted where they must be (§7.2)."""
    url = f"{settings.model_url}{path}{_query(params)}"
    return _api(settings, "GET", url, headers={"Accept": "text/csv;escaped=true"})


def build_model_request(settings: AnaplanSettings) -> Request:
    """Build the read of the model with its details. Only this form exists (§2.4)."""
    url = f"{settings.base_url}/models/{settings.model_id}?modelDetails=true"
    return _api(settings, "GET", url, headers=_JSON)


def build_me_request(settings: AnaplanSettings) -> Request:
    """Build the read of who we are."""
    return _api(settings, "GET", f"{settings.base_url}/users/me", headers=_JSON)


def build_page_request(
    settings: AnaplanSettings,
    path: str,
    *,
    offset: int,
    params: Mapping[str, str] | None = None,
    of_tenant: bool = False,
) -> Request:
    """Build the read of one page of a collection, of the model or of its tenant (§2.2)."""
    root = settings.base_url if of_tenant else settings.model_url
    query = _query({**(params or {}), "limit": PAGE_LIMIT, "offset": offset})
    return _api(settings, "GET", f"{root}{path}{query}", headers=_JSON)


def build_announcement(settings: AnaplanSettings, file_id: str, *, chunk_count: int) -> Request:
    """Announce how many chunks will follow; the true count, so nothing needs completing (§4.3).

    `file_id` must be known to exist: a POST to an unknown one would create a file. Announcing
    again changes nothing.
    """
    return _api(
        settings,
        "POST",
        f"{settings.model_url}/files/{part(file_id)}",
        headers=_JSON,
        body=encode_json({"chunkCount": chunk_count}),
    )


def build_chunk(settings: AnaplanSettings, file_id: str, *, index: int, data: bytes) -> Request:
    """Build the upload of one chunk, compressed on its own; sending it again replaces it (§4.3)."""
    return _api(
        settings,
        "PUT",
        f"{settings.model_url}/files/{part(file_id)}/chunks/{index}",
        headers={"Accept": "application/json", "Content-Type": "application/x-gzip"},
        body=gzip.compress(data, compresslevel=6, mtime=0),
    )


def build_list_write(
    settings: AnaplanSettings, list_id: str, action: ListAction, items: Sequence[object]
) -> Request:
    """Build a write of list items (§7.1).

    It may be sent again: an item that is there is refused as a duplicate, one that is gone as not
    found, and an update sets what it set before.
    """
    path = f"{settings.model_url}/lists/{part(list_id)}/items"
    is_update = action is ListAction.UPDATE
    return _api(
        settings,
        "PUT" if is_update else "POST",
        path if is_update else f"{path}?action={action.value}",
        headers=_JSON,
        body=encode_json({"items": items}),
    )


def build_task_start(settings: AnaplanSettings, kind: TaskKind, object_id: str) -> Request:
    """Build the start of a task, which must never be repeated blindly (§5.1)."""
    return _api(
        settings,
        "POST",
        f"{settings.model_url}{task_path(kind, object_id)}",
        headers=_JSON,
        body=encode_json(_LOCALE),
        repeat=Repeat.NEVER,
    )


def build_read_start(
    settings: AnaplanSettings, path: str, *, options: Mapping[str, str]
) -> Request:
    """Build the start of a large read; one too many does no harm and expires (§7.4)."""
    return _api(
        settings,
        "POST",
        f"{settings.model_url}{path}",
        headers=_JSON,
        body=encode_json(options),
    )


def build_read_drop(settings: AnaplanSettings, path: str) -> Request:
    """Build the end of a large read; it answers 200 with the state (§7.4)."""
    return _api(settings, "DELETE", f"{settings.model_url}{path}", headers=_JSON)


def task_path(kind: TaskKind, object_id: str, task_id: str | None = None) -> str:
    """Return the path of an object's tasks, or of one of them."""
    path = f"/{kind.value}/{part(object_id)}/tasks"
    return path if task_id is None else f"{path}/{part(task_id)}"


def build_token_request(
    settings: AnaplanSettings, action: str, *, authorization: str, body: bytes | None = None
) -> Request:
    """Build `authenticate`, `refresh` or `logout`.

    Each may be repeated: two logins give two independent tokens, and the others change nothing a
    second time (§1.3).
    """
    return Request(
        method="POST",
        url=f"{settings.token_url}/{action}",
        system=SYSTEM,
        setting="auth_url",
        repeat=Repeat.SAFE,
        read_timeout_s=60.0,
        headers={**_JSON, "Authorization": authorization},
        body=body,
    )


def judge_reply(
    request: Request, reply: Reply, *, account: str, refusal: Refusal = PASSWORD_REFUSED
) -> Reply:
    """Return `reply` when it is a success, raise what its status means otherwise (§2.5).

    Raises:
        RemoteError: see the table in `_errors`.
        SettingError: whatever answered is not Anaplan.
    """
    if 200 <= reply.status < 300:  # noqa: PLR2004 - the class of successes
        return reply
    raise build_error(request, reply, account=account, refusal=refusal)


def part(text: str) -> str:
    """Quote one part of a path: an id from a setting must not lead elsewhere."""
    return quote(text, safe="")


def _query(params: Mapping[str, str | int]) -> str:
    return f"?{urlencode(params, quote_via=quote)}" if params else ""


def _api(
    settings: AnaplanSettings,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    repeat: Repeat = Repeat.SAFE,
) -> Request:
    return Request(
        method=method,
        url=url,
        system=SYSTEM,
        setting="api_url",
        repeat=repeat,
        read_timeout_s=settings.read_timeout_s,
        headers=headers,
        body=body,
    )
