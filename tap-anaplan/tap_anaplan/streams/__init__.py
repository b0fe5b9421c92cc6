"""Streams: a table of the model each, or its metadata."""

from __future__ import annotations

from tap_anaplan.streams.exports import ExportStream
from tap_anaplan.streams.lists import ListStream
from tap_anaplan.streams.metadata import METADATA, MetadataStream
from tap_anaplan.streams.views import ViewStream

__all__ = ["METADATA", "ExportStream", "ListStream", "MetadataStream", "ViewStream"]
