"""Running an export: its file gets the export's own id, private or shared (Anaplan sheet §6.2)."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._content import Audience, Content, DefaultFile
from ml_connector_sandbox.anaplan._exports import Exporter
from ml_connector_sandbox.anaplan._switchboard import read_number

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._schema import ExportDef
    from ml_connector_sandbox.anaplan._tenant import Tenant
    from ml_connector_sandbox.anaplan._users import User

JsonObject = dict[str, object]


async def run_export(tenant: Tenant, export: ExportDef, user: User) -> JsonObject:
    """Write the export's file over the one before and return the result.

    Two runs by one user share one file: who reads while the second one ends gets parts of both
    (§11, 24).
    """
    exporter = Exporter(tenant.model, tenant.calculations, export, switches=tenant.switches)
    content = await asyncio.to_thread(exporter.render)
    _keep(tenant, export, user, content)
    detail: JsonObject = {
        "type": "exportSucceeded",
        "occurrences": 0,
        "localMessageText": f"{export.name}: export succeeded",
    }
    return {
        "successful": True,
        "failureDumpAvailable": False,
        "objectId": export.id,
        "objectName": export.name,
        "details": [detail],
    }


def _keep(tenant: Tenant, export: ExportDef, user: User, content: bytes) -> None:
    if export.shared_with:
        audience = Audience(export.shared_with)
        tenant.content.defaults[export.id] = DefaultFile(content=content, audience=audience)
        return
    lag = dt.timedelta(milliseconds=read_number(tenant.switches, "export_file_lag_ms"))
    chunks = cut_chunks(content, read_number(tenant.switches, "export_chunk_bytes"))
    now = tenant.clock.now()
    tenant.content.put(
        user,
        export.id,
        Content(
            used_at=now, announced=len(chunks), chunks=dict(enumerate(chunks)), visible_at=now + lag
        ),
    )


def cut_chunks(content: bytes, size: int) -> list[bytes]:
    """Cut a file into chunks, wherever a row ends (§4.4); one chunk at least."""
    return [content[start : start + size] for start in range(0, max(1, len(content)), size)]
