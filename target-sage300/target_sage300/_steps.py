"""What may follow a batch that stands open: it is set ready, and posted (Sage sheet §5.1 to §5.3).

How a site spells this nobody knows beforehand (Sage sheet §7, unknown 6). Which property sets a
batch ready is tried, for a wrong one is refused or does nothing. The process that posts is never
tried: one call of it may post every batch that is ready. What it is sent is settled, or refused,
before anything is entered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.sage300 import Spelling

from target_sage300._post_call import build_call, check_call
from target_sage300._routes import BATCH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector.sage300 import Sage300Client, ServiceMetadata

    from target_sage300._routes import Route


class BatchSteps:
    """Sets batches of one kind ready, and posts them, one at a time."""

    def __init__(
        self,
        client: Sage300Client,
        metadata: ServiceMetadata,
        *,
        route: Route,
        post_call: Mapping[str, str | int],
    ) -> None:
        """Speak through `client`; `post_call` is what a setting says of the process."""
        self._client = client
        self._metadata = metadata
        self._route = route
        self._batches = Spelling(metadata, route.batches)
        self._given = post_call
        self._call: Mapping[str, str | int] | None = None

    @property
    def ready_changes(self) -> Sequence[Mapping[str, str]]:
        """What may set a batch ready, the likelier first."""
        return self._route.ready_changes

    def find_ready_names(self) -> list[str]:
        """Return the properties of a batch that may set it ready, as the server spells them."""
        names = dict.fromkeys(name for change in self.ready_changes for name in change)
        return [self._batches.name(name) for name in names if self._batches.has(name)]

    def describe_post(self) -> str:
        """Say what the process is sent for one batch; identifies it, and posts nothing.

        Raises:
            MismatchError: see `identify`.
            SettingError: see `identify`.
        """
        self.identify()
        return ", ".join(f"{name}: {value}" for name, value in (self._call or {}).items())

    def set_ready(self, number: str, change: Mapping[str, str]) -> None:
        """Set a batch ready, once, by one of `ready_changes`.

        Raises:
            RemoteError: see `Sage300Client.patch_record`.
        """
        known = {name: value for name, value in change.items() if self._batches.has(name)}
        if known:
            self._client.patch_record(
                self._route.module,
                self._batches.resource,
                self._route.build_key(number, self._batches),
                self._batches.write(known),
            )

    def identify(self) -> None:
        """Find out how exactly one batch is posted; nothing is posted.

        Raises:
            MismatchError: what keeps the process to one batch cannot be identified.
            SettingError: `post_call` does not keep this process to one batch.
        """
        if self._call is None:
            route = self._route
            process = self._metadata.find_entity_set(route.process)
            if process is None:
                raise route.refuse("it among the resources of the Web API", "none of that name")
            path = f"{process[0]}('$template')"
            template = self._client.post_record(route.module, path, {}) or {}
            if self._given:
                check_call(self._given, route, process[1], template)
                self._call = self._given
            else:
                self._call = build_call(route, process[1], template)

    def post(self, number: str) -> None:
        """Have Sage post exactly this batch; the answer does not say what came of it.

        Raises:
            RemoteError: see `Sage300Client.post_record`.
        """
        self.identify()
        call = self._call or {}
        found = self._metadata.find_entity_set(self._route.process)
        name = found[0] if found else self._route.process
        shown = number if self._route.has_text_numbers else int(number)
        body = {key: shown if value == BATCH else value for key, value in call.items()}
        self._client.post_record(self._route.module, f"{name}('$process')", body)
