"""Rows that make their values when somebody looks, instead of holding them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import overload

from typing_extensions import override


class MadeRow(Sequence[object]):
    """A row that looks like any other, but cannot be written into: another one is put instead.

    Details it makes have every property of their type.
    """

    __slots__ = ()

    @abstractmethod
    def value_at(self, index: int) -> object:
        """Return one value."""

    @abstractmethod
    def values(self) -> list[object]:
        """Return all values."""

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[object]: ...
    @override
    def __getitem__(self, index: int | slice) -> object:
        """Return one value, or a stretch of them."""
        return self.values()[index] if isinstance(index, slice) else self.value_at(index)

    @override
    def __iter__(self) -> Iterator[object]:
        """Yield all values."""
        return iter(self.values())
