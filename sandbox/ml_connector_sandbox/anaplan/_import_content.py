"""What an import reads of its file: the runner's own content, which nobody locks (§4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan.engine import Detail

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._schema import FileDef
    from ml_connector_sandbox.anaplan._tenant import Tenant
    from ml_connector_sandbox.anaplan._users import User

NO_CONTENT = Detail(
    type="uploadedFileNoLongerAvailable", text="The uploaded file is no longer available."
)
_GAPS = Detail(type="importFailedGeneralError", text="The uploaded file is incomplete.")
_CHANGED = Detail(
    type="importFailedGeneralError", text="The uploaded file changed while it was read."
)


class Reading:
    """One import's look at its file, from the moment it starts to the moment it ends."""

    def __init__(self, tenant: Tenant, file: FileDef | None, user: User) -> None:
        """Begin to read: what is there now is what an undisturbed import loads."""
        self._tenant = tenant
        self._file = file
        self._user = user
        self._first = self._find()

    def finish(self) -> bytes | Detail:
        """Return what was read, or why it could not be.

        An upload in the meantime leads to mixed data or an error (C), by switch.
        """
        last = self._find()
        if isinstance(self._first, Detail) or isinstance(last, Detail) or last == self._first:
            return last
        match self._tenant.switches.text("upload_during_import"):
            case "error":
                return _CHANGED
            case "mixed":
                half = len(self._first) // 2
                return self._first[:half] + last[half:]
            case _:
                return last

    def _find(self) -> bytes | Detail:
        """Return the runner's private content, else the default file in silence (§4.1)."""
        tenant = self._tenant
        if self._file is None:
            return NO_CONTENT
        content = tenant.content.find(self._user, self._file.id)
        if content is not None and content.announced >= 0 and content.chunks:
            refuses = tenant.switches.text("chunk_gaps") == "refuse"
            return _GAPS if refuses and not content.is_whole else content.join()
        role = tenant.role_of(self._user)
        default = tenant.content.find_default(self._user, role, self._file.id)
        return default.content if default is not None else NO_CONTENT
