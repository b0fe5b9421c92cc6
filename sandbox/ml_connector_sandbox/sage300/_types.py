"""What a Web API resource is made of: properties, collections of details, keys.

Definitions are written as short texts, one property per line or several separated by commas::

    PurchaseOrderNumber str22
    TaxAmount1-5 dec3              five properties
    OnHold bool
    PurchaseOrderType PurchaseOrderType(Active Standing Future Blanket)

Kinds follow the Sage sheet §3.4: ``strN`` (length), ``codeN`` (a text whose mask folds it to
upper case), ``decN`` (decimals), ``int``, ``long``, ``bool``, ``date``; an enum is written out
with its members, the first being the default. ``bool(Active Inactive)`` is a boolean field with
a list of words, for false and for true; without a list they are No and Yes (unknown 15).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Kind(Enum):
    """The kinds of value a property can hold."""

    STRING = "Edm.String"
    DECIMAL = "Edm.Decimal"
    INTEGER = "Edm.Int32"
    LONG = "Edm.Int64"
    BOOLEAN = "Edm.Boolean"
    DATE = "Edm.DateTimeOffset"
    ENUM = "enum"
    COLLECTION = "Collection"

    @property
    def is_number(self) -> bool:
        """Whether values are numbers."""
        # By identity: asked for every value stored, and members hash slowly.
        return self is Kind.DECIMAL or self is Kind.INTEGER or self is Kind.LONG


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property of an entity or a detail."""

    name: str
    kind: Kind
    size: int | None = None
    """Longest text, or number of decimals."""
    type_name: str = ""
    """Name of the enum, or of the details' complex type."""
    members: tuple[str, ...] = ()
    """An enum's members; a boolean's words for false and true."""
    details: tuple[Property, ...] = ()
    key: tuple[str, ...] = ()
    """What tells the details of one parent apart."""
    step: int = 0
    """By how much the next detail's number is greater, where the server numbers them."""
    is_code: bool = False
    """Whether the field's mask folds texts to upper case."""

    @cached_property
    def blank(self) -> object:
        """The value of a field nobody filled in (Sage sheet §3.4)."""
        if self.kind is Kind.ENUM:
            return self.members[0]
        return _BLANKS[self.kind]

    def word_for(self, value: object) -> str:
        """Return a boolean's word, where the server speaks in words (unknown 15)."""
        return (self.members or ("No", "Yes"))[value is True]


_BLANKS: Mapping[Kind, object] = {
    Kind.STRING: "",
    Kind.DECIMAL: 0,
    Kind.INTEGER: 0,
    Kind.LONG: 0,
    Kind.BOOLEAN: False,
    Kind.DATE: None,
    Kind.COLLECTION: msgspec.Raw(b"[]"),
}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One entity set of a module."""

    module: str
    name: str
    """With the module's prefix: `POPurchaseOrders`."""
    entity: str
    """The entity type: `PurchaseOrder`."""
    key: tuple[str, ...]
    properties: tuple[Property, ...]
    stamp: str | None = None
    """The date property a desktop user's edit moves (Sage sheet §4.8)."""
    verbs: str = "G"
    """What it answers to: G get, P post, U put, D delete, A patch (Sage sheet §4.1)."""

    @property
    def path(self) -> tuple[str, str]:
        """Module and name, under which tables and rules are found."""
        return self.module, self.name

    @property
    def is_process(self) -> bool:
        """Whether it is run rather than stored (Sage sheet §4.3)."""
        return self.key == ("ActionSelector",)

    @cached_property
    def namespace(self) -> str:
        """The namespace of the module's types."""
        return namespace_of(self.module)

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Position of each property in a row."""
        return {item.name: position for position, item in enumerate(self.properties)}

    @cached_property
    def key_indexes(self) -> tuple[int, ...]:
        """Positions of the key's parts in a row."""
        return tuple(self.index[name] for name in self.key)

    def find(self, name: str) -> Property | None:
        """Return the property called `name`, if there is one."""
        position = self.index.get(name)
        return None if position is None else self.properties[position]


def namespace_of(module: str) -> str:
    """Return the namespace of a module's types (Sage sheet §1.1)."""
    return f"Sage.CA.SBS.ERP.Sage300.{module}.WebApi.Models"


def parse_properties(text: str) -> tuple[Property, ...]:
    """Read a definition text; see the module's docstring."""
    return tuple(item for found in _ITEM.finditer(text) for item in _parse_item(found[1], found[2]))


def collection(
    name: str,
    *,
    item: str,
    details: tuple[Property, ...],
    key: tuple[str, ...] = (),
    step: int = 0,
) -> Property:
    """Define a collection of details, each of complex type `item`."""
    return Property(
        name=name, kind=Kind.COLLECTION, type_name=item, details=details, key=key, step=step
    )


_SIMPLE = {
    "int": Kind.INTEGER,
    "long": Kind.LONG,
    "date": Kind.DATE,
}
_SIZED = {"str": Kind.STRING, "code": Kind.STRING, "dec": Kind.DECIMAL}
_ITEM = re.compile(r"([\w-]+)\s+(\w+(?:\([^)]*\))?)")


def _parse_item(name: str, kind: str) -> Iterator[Property]:
    span = re.fullmatch(r"(\w+?)(\d+)-(\d+)(\w*)", name)
    if span is None:
        yield _build_property(name, kind)
        return
    head, first, last, tail = span.groups()
    for number in range(int(first), int(last) + 1):
        yield _build_property(f"{head}{number:0{len(first)}d}{tail}", kind)


def _build_property(name: str, kind: str) -> Property:
    if kind in _SIMPLE:
        return Property(name=name, kind=_SIMPLE[kind])
    if words := re.fullmatch(r"bool(?:\(([^)]*)\))?", kind):
        members = tuple((words[1] or "No Yes").split())
        type_name = name if words[1] else "YesNo"
        return Property(name=name, kind=Kind.BOOLEAN, type_name=type_name, members=members)
    if enum := re.fullmatch(r"(\w+)\(([^)]*)\)", kind):
        members = tuple(enum[2].split())
        return Property(name=name, kind=Kind.ENUM, type_name=enum[1], members=members)
    word = kind.rstrip("0123456789")
    size = int(kind.removeprefix(word))
    return Property(name=name, kind=_SIZED[word], size=size, is_code=word == "code")
