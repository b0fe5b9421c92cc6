"""`$filter`: from text to a test of one row and the keys it can be limited to (§3.2).

The grammar is odata-query's; this module gives it Sage's meaning and refuses what the
Web API's stack refuses: unknown properties, unquoted texts, dates without a zone.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from ml_connector_sandbox.sage300._operands import (
    Operand,
    build_literal,
    convert_literal,
    invalid,
    property_operand,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Key, Row
    from ml_connector_sandbox.sage300._view import ResourceView

Test = Callable[["Row"], bool]

_COMPARATORS: dict[type[Any], tuple[str, Callable[[Any, Any], bool]]] = {
    ast.Eq: ("eq", operator.eq),
    ast.NotEq: ("ne", operator.ne),
    ast.Gt: ("gt", operator.gt),
    ast.GtE: ("ge", operator.ge),
    ast.Lt: ("lt", operator.lt),
    ast.LtE: ("le", operator.le),
}
_MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq", "ne": "ne"}
_BY_NAME = dict(_COMPARATORS.values())
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_SUBSTRINGOF = re.compile(r"substringof\(\s*('(?:[^']|'')*')\s*,\s*(\w+)\s*\)")
_QUOTED = re.compile(r"'(?:[^']|'')*'")


@dataclass
class KeyBounds:
    """What a filter says about a single key: bounds, or the very keys."""

    above: Key | None = None
    from_: Key | None = None
    below: Key | None = None
    to: Key | None = None
    keys: set[Key] | None = None

    def narrow(self, comparator: str, key: Key) -> None:
        """Take one more comparison with the key into account."""
        if comparator == "eq":
            self.narrow_to({key})
        elif comparator == "gt":
            self.above = key if self.above is None else max(self.above, key)
        elif comparator == "ge":
            self.from_ = key if self.from_ is None else max(self.from_, key)
        elif comparator == "lt":
            self.below = key if self.below is None else min(self.below, key)
        elif comparator == "le":
            self.to = key if self.to is None else min(self.to, key)

    def narrow_to(self, keys: set[Key]) -> None:
        """Only these keys are possible."""
        self.keys = keys if self.keys is None else self.keys & keys


@dataclass(frozen=True)
class Filter:
    """A compiled filter: bounds are a help, `test` alone decides."""

    test: Test
    bounds: KeyBounds = field(default_factory=KeyBounds)


def compile_filter(text: str, view: ResourceView, *, switches: Switches) -> Filter:
    """Compile `$filter`.

    Raises:
        WebApiError: `InvalidParameters`; the text says what is wrong.
    """
    if switches.is_on("substringof"):
        text = _SUBSTRINGOF.sub(r"contains(\2,\1)", text)
    _check_syntax(text, switches)
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(text))
    except ODataException as error:
        raise invalid(f"Syntax error in '{text}'.") from error
    compiler = _Compiler(view)
    try:
        return Filter(compiler.compile(tree), compiler.find_bounds(tree))
    except RecursionError as error:
        raise invalid("The query's node count limit has been exceeded.") from error


def _check_syntax(text: str, switches: Switches) -> None:
    bare = _QUOTED.sub("''", text)
    if not switches.is_on("parentheses") and re.search(r"(?<!\w)\(", bare):
        raise invalid(f"Syntax error at '(' in '{text}'.")
    if not switches.is_on("contains") and "contains(" in bare:
        raise invalid("An unknown function with name 'contains' was found.")
    if not switches.is_on("null_literals") and re.search(r"\bnull\b", bare):
        raise invalid(f"Could not find a property named 'null' in '{text}'.")


class _Compiler:
    """Turns syntax into tests, for one resource."""

    def __init__(self, view: ResourceView) -> None:
        self._view = view

    def compile(self, node: object) -> Test:
        """Compile a condition."""
        match node:
            case ast.BoolOp(op=ast.And(), left=left, right=right):
                return _both(self.compile(left), self.compile(right))
            case ast.BoolOp(op=ast.Or(), left=left, right=right):
                return _either(self.compile(left), self.compile(right))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _negated(self.compile(operand))
            case ast.Compare(comparator=comparator, left=left, right=right):
                return self._compile_comparison(comparator, left, right)
            case ast.Call(func=ast.Identifier(name=name), args=args) if name in _TEXT_TESTS:
                return self._compile_text_test(name, args)
            case ast.Identifier() | ast.Boolean():
                return _is_true(self._operand(node))
            case _:
                raise invalid("The $filter expression must evaluate to a single boolean value.")

    def find_bounds(self, node: object) -> KeyBounds:
        """Find what the conditions joined by `and` at the top say about a single key."""
        bounds = KeyBounds()
        pending = [node] if len(self._view.resource.key) == 1 else []
        while pending:
            match pending.pop():
                case ast.BoolOp(op=ast.And(), left=left, right=right):
                    pending += [left, right]
                case ast.BoolOp() as either:
                    keys = self._keys_of(either)
                    if keys is not None:
                        bounds.narrow_to(keys)
                case ast.Compare() as comparison:
                    found = self._key_comparison(comparison)
                    if found is not None:
                        bounds.narrow(*found)
                case _:
                    pass
        return bounds

    def _keys_of(self, node: object) -> set[Key] | None:
        match node:
            case ast.BoolOp(op=ast.Or(), left=left, right=right):
                first, second = self._keys_of(left), self._keys_of(right)
                return None if first is None or second is None else first | second
            case ast.Compare(comparator=ast.Eq()) as comparison:
                found = self._key_comparison(comparison)
                return None if found is None else {found[1]}
            case _:
                return None

    def _key_comparison(self, node: ast.Compare) -> tuple[str, Key] | None:
        comparator = _COMPARATORS.get(type(node.comparator))
        left, right = self._operand(node.left), self._operand(node.right)
        if comparator is None:
            return None
        name = comparator[0]
        if left.is_literal:
            left, right, name = right, left, _MIRRORED[name]
        if left.name != self._view.resource.key[0] or not right.is_literal or right.is_null:
            return None
        return name, convert_literal(right, left).value

    def _compile_comparison(self, comparator: object, left: object, right: object) -> Test:
        found = _COMPARATORS.get(type(comparator))
        if found is None:
            raise invalid("The operator is not supported.")
        name = found[0]
        first, second = self._operand(left), self._operand(right)
        if first.is_literal and not second.is_literal:
            first, second, name = second, first, _MIRRORED[name]
        return _compare(name, first, convert_literal(second, first))

    def _compile_text_test(self, name: str, args: Sequence[object]) -> Test:
        if len(args) != len(("text", "part")):
            raise invalid(f"No function signature for the function with name '{name}' matches.")
        text, part = (self._operand(arg) for arg in args)
        if not (text.is_text and part.is_text):
            raise invalid(f"No function signature for the function with name '{name}' matches.")
        test, first, second = _TEXT_TESTS[name], text.read, part.read
        return lambda row: test(str(first(row)), str(second(row)))

    def _operand(self, node: object) -> Operand:
        match node:
            case ast.Identifier(name=name):
                return property_operand(name, self._view)
            case ast.Call(func=ast.Identifier(name=name)) if name in _TEXT_TESTS:
                return Operand(kind="Edm.Boolean", read=self.compile(node))
            case ast.Call(func=ast.Identifier(name=name), args=[argument]):
                return self._call(name, self._operand(argument))
            case _:
                return build_literal(node)

    def _call(self, name: str, argument: Operand) -> Operand:
        functions: dict[str, tuple[str, Callable[[str], object]]] = {
            "length": ("Edm.Int32", len),
            "tolower": ("Edm.String", str.lower),
            "toupper": ("Edm.String", str.upper),
            "trim": ("Edm.String", str.strip),
        }
        if name not in functions:
            raise invalid(f"An unknown function with name '{name}' was found.")
        if not argument.is_text:
            raise invalid(f"No function signature for the function with name '{name}' matches.")
        kind, function = functions[name]
        read = argument.read
        return Operand(kind=kind, read=lambda row: function(str(read(row))))


def _compare(name: str, left: Operand, right: Operand) -> Test:
    compare = _BY_NAME[name]
    if name not in {"eq", "ne"} and (left.is_unordered or right.is_null):
        raise invalid(f"A binary operator with incompatible types was detected: '{name}'.")
    first = left.read
    if not right.is_literal:
        second = right.read
        return lambda row: _safely(compare, first(row), second(row), name)
    constant = right.value
    if left.index is not None:
        return _compare_stored(name, left.index, constant)
    return lambda row: _safely(compare, first(row), constant, name)


def _compare_stored(name: str, index: int, constant: Any) -> Test:  # noqa: ANN401  # any value
    """Compare one stored value with a constant: the common case, kept short for speed."""
    compare = _BY_NAME[name]
    if name in {"eq", "ne"}:
        return lambda row: compare(row[index], constant)

    def test(row: Row) -> bool:
        value = row[index]
        return value is not None and compare(value, constant)

    return test


def _safely(compare: Callable[[Any, Any], bool], left: object, right: object, name: str) -> bool:
    # A comparison with null is false, except for eq and ne.
    if name not in {"eq", "ne"} and (left is None or right is None):
        return False
    return compare(left, right)


def _is_true(operand: Operand) -> Test:
    if operand.kind != "Edm.Boolean":
        raise invalid("The $filter expression must evaluate to a single boolean value.")
    read = operand.read
    return lambda row: read(row) is True


def _both(first: Test, second: Test) -> Test:
    return lambda row: first(row) and second(row)


def _either(first: Test, second: Test) -> Test:
    return lambda row: first(row) or second(row)


def _negated(test: Test) -> Test:
    return lambda row: not test(row)
