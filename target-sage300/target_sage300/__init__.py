"""Singer target that posts journal batches into Sage 300, each line exactly once."""

from __future__ import annotations

from target_sage300._check import check
from target_sage300._deciding import Learned, Retriable, adopt, find_retriable, retry
from target_sage300.target import TargetSage300

__all__ = ["Learned", "Retriable", "TargetSage300", "adopt", "check", "find_retriable", "retry"]
