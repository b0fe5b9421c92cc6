"""What the model consists of, as streams, over real HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tap_anaplan.streams import METADATA

if TYPE_CHECKING:
    from tests.tap_anaplan.models import Model


def test_all_of_the_metadata_is_read_at_once(model: Model) -> None:
    run = model.run(metadata=list(METADATA))

    assert run.code == 0, run.log
    streams = {one["stream"] for one in run.messages if one["type"] == "RECORD"}
    assert streams == set(METADATA)
    assert all(run.states[-1][name] == {"complete": True} for name in METADATA)


@pytest.mark.parametrize("name", METADATA)
def test_every_column_of_the_metadata_is_filled_and_the_key_is_unique(
    model: Model, name: str
) -> None:
    new = {"name": "Partners", "properties": [{"name": "Days"}], "subsets": ["Active"]}
    model.control("POST", "objects", {"lists": [new]})

    run = model.run(metadata=[name])

    assert run.code == 0, run.log
    schema = run.messages[0]
    keys = [tuple(one[key] for key in schema["key_properties"]) for one in run.records]
    assert len(keys) == len(set(keys)) > 0
    assert not any(None in key for key in keys)
    for column in schema["schema"]["properties"]:
        assert any(one[column] is not None for one in run.records), column


@pytest.mark.switch("line_item_key")
def test_line_items_without_ids_have_a_key_nevertheless(model: Model) -> None:
    with_ids = model.run(metadata=["line_items"]).records
    model.control("POST", "switches", {"line_item_key": "code"})

    run = model.run(metadata=["line_items"])

    assert {one["id"] for one in run.records} == {None}
    assert [one["name"] for one in run.records] == [one["name"] for one in with_ids]
    keys = run.messages[0]["key_properties"]
    assert len({tuple(one[key] for key in keys) for one in run.records}) == len(with_ids)


def test_metadata_that_is_not_there_is_named(model: Model) -> None:
    run = model.run(metadata=["users"])

    assert run.code == 2
    assert run.messages == []
    assert "users" in run.log
    assert "line_items" in run.log
