"""Hooks for schemathesis: what a fuzzer cannot guess, so that it gets past the front door.

Loaded by `schemathesis` itself (`SCHEMATHESIS_HOOKS`); see `test_fuzzing.py`. Ids that exist take
the place of random ones in three requests out of four, and bodies that mean something in three
out of ten, where the descriptions have none or a loose one.
"""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING

import schemathesis

if TYPE_CHECKING:
    from schemathesis import Case, HookContext

_IDS: dict[str, list[str]] = json.loads(os.environ.get("ANAPLAN_FUZZ_IDS", "{}"))  # noqa: TID251
_BODIES: dict[str, object] = json.loads(os.environ.get("ANAPLAN_FUZZ_BODIES", "{}"))  # noqa: TID251
_CHANCE = 0.75
_BODY_CHANCE = 0.3
_RANDOM = random.Random(os.environ.get("ANAPLAN_FUZZ_SEED", "1"))  # noqa: S311  # a test's choices


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, object]) -> None:  # noqa: ARG001
    """Put ids that exist into the path, and now and then a body that means something."""
    for name, values in _IDS.items():
        if name in case.path_parameters and _RANDOM.random() < _CHANCE:
            case.path_parameters[name] = _RANDOM.choice(values)
    body = _BODIES.get(case.operation.path.rpartition("/")[2])
    if case.method in ("POST", "PUT") and body is not None and _RANDOM.random() < _BODY_CHANCE:
        case.body, case.media_type = body, "application/json"
