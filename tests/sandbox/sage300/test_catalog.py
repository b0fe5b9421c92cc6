"""The catalogue of resources: names and keys fit together, and `$metadata` is unambiguous."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox.sage300._types import Kind, Property, Resource
from ml_connector_sandbox.sage300.catalog import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MODULES = sorted({module for module, _ in RESOURCES})
by_name = pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda item: item.name)


def _levels(properties: Sequence[Property]) -> Iterator[Sequence[Property]]:
    yield properties
    for item in properties:
        if item.kind is Kind.COLLECTION:
            yield from _levels(item.details)


@by_name
def test_no_property_is_named_twice(resource: Resource) -> None:
    for properties in _levels(resource.properties):
        names = [item.name for item in properties]
        assert len(names) == len(set(names))


@by_name
def test_keys_are_properties(resource: Resource) -> None:
    assert all(resource.find(name) for name in resource.key)
    for properties in _levels(resource.properties):
        for item in properties:
            assert set(item.key) <= {detail.name for detail in item.details}


@by_name
def test_every_level_carries_the_update_operation(resource: Resource) -> None:
    for properties in _levels(resource.properties):
        assert any(item.name == "UpdateOperation" for item in properties)


@pytest.mark.parametrize("module", MODULES)
def test_a_type_name_means_one_thing_in_its_module(module: str) -> None:
    meanings: defaultdict[str, set[object]] = defaultdict(set)
    for resource in RESOURCES.values():
        if resource.module != module:
            continue
        meanings[resource.entity].add(resource.name)
        for properties in _levels(resource.properties):
            for item in properties:
                if item.kind is Kind.ENUM:
                    meanings[item.type_name].add(item.members)
                if item.kind is Kind.COLLECTION:
                    meanings[item.type_name].add(item.details)

    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}
