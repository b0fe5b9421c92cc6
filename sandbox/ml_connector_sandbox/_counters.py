"""What a server was asked: counts that tests compare before and after a run."""

from __future__ import annotations

from collections import Counter


class Counters:
    """Named counts, flat (`uploads`) or by key (`tasks_by_object`)."""

    def __init__(self) -> None:
        """Start with no declared counts besides requests, statuses and faults."""
        self._flat: dict[str, int] = {}
        self._keyed: dict[str, Counter[str]] = {}
        for name in ("requests", "statuses", "faults"):
            self.declare_keyed(name)

    def declare(self, name: str) -> None:
        """Show `name` from the start, at zero."""
        self._flat.setdefault(name, 0)

    def declare_keyed(self, name: str) -> None:
        """Show `name` from the start, as an empty object."""
        self._keyed.setdefault(name, Counter())

    def add(self, name: str, *, count: int = 1) -> None:
        """Raise the flat count `name`."""
        self._flat[name] = self._flat.get(name, 0) + count

    def note_peak(self, name: str, value: int) -> None:
        """Keep the highest value of `name`."""
        self._flat[name] = max(self._flat.get(name, 0), value)

    def add_keyed(self, name: str, *, key: str, count: int = 1) -> None:
        """Raise the count of `key` under `name`."""
        self._keyed.setdefault(name, Counter())[key] += count

    def snapshot(self) -> dict[str, int | dict[str, int]]:
        """Return a copy of all counts, as `/_sandbox/counters` shows them."""
        return {**{name: dict(counts) for name, counts in self._keyed.items()}, **self._flat}

    def reset(self) -> None:
        """Set every count to zero; what was declared stays visible."""
        for name in self._flat:
            self._flat[name] = 0
        for counts in self._keyed.values():
            counts.clear()
