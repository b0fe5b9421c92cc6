"""Schemathesis, written by others, against the three published descriptions.

Goal: no answer that breaks a description, and no 500 but the documented ones, whatever is sent.
Method: `schemathesis` runs against a served sandbox for `ANAPLAN_FUZZ_S` seconds (40 unless set),
with a fixed seed, `ANAPLAN_FUZZ_SEED`. It reads the descriptions with every refusal added that the
fact sheet knows (§2.5) and its known faults mended; nothing else is excused.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.anaplan.contracts import drop_known_faults
from tests.sandbox.anaplan.test_contracts import Scene

if TYPE_CHECKING:
    from tests.sandbox.anaplan.contracts import Json
    from tests.sandbox.anaplan.service import Anaplan

ROOT = Path(__file__).parents[3]
SECONDS = int(os.environ.get("ANAPLAN_FUZZ_S", "40"))
SEED = os.environ.get("ANAPLAN_FUZZ_SEED", "1")
SHARES = {"integration": 0.7, "authentication": 0.15, "oauth": 0.15}
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance", "ignored_auth"),
    "unsupported_method",
)
"""All but those that hold the server to a description of requests: Anaplan's are looser than it
(a made-up id is a 404) and stricter (a parameter it does not know is passed over)."""
READS = 50
"""Large reads to begin with; the fuzzer drops some of them."""
REFUSALS = (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 423, 424, 425, 429)
DOCUMENTED_500 = {
    ("GET", "/models/{modelId}/imports/{importId}"): "a made-up import (fact sheet §2.4)",
    (
        "GET",
        "/workspaces/{workspaceId}/models/{modelId}/imports/{importId}",
    ): "a made-up import (§2.4)",
    ("GET", "/models/{modelId}/views/{viewId}/data"): "a view without data (§7.2)",
    ("GET", "/workspaces/{workspaceId}/admins"): "whoever does not administer the tenant (§1.6)",
    ("GET", "/workspaces/{workspaceId}/visitors"): "whoever does not administer the tenant (§1.6)",
}


def mend(document: Json, *, name: str) -> Json:
    """Add what the fact sheet knows and the description leaves out; take out its known faults."""
    drop_known_faults(document)
    for path, operations in document["paths"].items():
        if path.endswith("/tasks/{taskId}"):
            operations["delete"] = {"responses": copy.deepcopy(operations["get"]["responses"])}
    errors = "ErrorPayload" if name == "oauth" else "ErrorResponse"
    schema = {"$ref": f"#/components/schemas/{errors}"}
    refusal = {"description": "refused", "content": {"application/json": {"schema": schema}}}
    for path, operations in document["paths"].items():
        for verb in {"get", "post", "put", "delete"} & set(operations):
            responses = operations[verb]["responses"]
            documented = [500] if (verb.upper(), path) in DOCUMENTED_500 else []
            for status in (*REFUSALS, *documented):
                if "content" not in responses.get(str(status), {}):
                    responses[str(status)] = refusal
            _mend_types(responses, verb.upper(), path)
    return document


def _mend_types(responses: Json, method: str, path: str) -> None:
    """Let cells and list items be CSV, as the help pages have them (§7.1, §7.2)."""
    csv = path.endswith(("/data", "/lists/{listId}/items"))
    if csv and method == "GET":
        responses["200"]["content"]["text/csv"] = {"schema": {"type": "string"}}


def write_config(folder: Path) -> Path:
    """Write the fuzzer's configuration: which 500 is documented where."""
    lines = [f"seed = {SEED}"]
    for method, path in DOCUMENTED_500:
        lines += [
            "[[operations]]",
            f'include-name = "{method} {path}"',
            'checks.not_a_server_error.expected-statuses = ["2xx", "4xx", 500]',
        ]
    file = folder / "schemathesis.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.parametrize("name", SHARES)
def test_a_fuzzer_finds_no_answer_that_breaks_the_descriptions(
    anaplan: Anaplan, anaplan_contracts: Path, tmp_path: Path, name: str
) -> None:
    scene = Scene(anaplan)
    anaplan.control.turn(role="administrator", requests_per_minute=1_000_000_000)
    source = (anaplan_contracts / f"{name}-openapi.json").read_text("utf-8")
    described = tmp_path / f"{name}.json"
    document = mend(json.loads(source), name=name)  # noqa: TID251  # test data
    described.write_text(json.dumps(document), "utf-8")

    done = run_schemathesis(anaplan, scene, described, seconds=max(5, int(SECONDS * SHARES[name])))

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]


def run_schemathesis(
    service: Anaplan, scene: Scene, described: Path, *, seconds: int
) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer over one description."""
    root = "/2/0" if described.stem == "integration" else ""
    ids = {key: [value] for key, value in scene.ids.items()} | {
        "taskId": list(scene.tasks.values()),
        "requestId": [scene.start_read() for _ in range(READS)],
    }
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "tests.sandbox.anaplan.fuzz_hooks",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "ANAPLAN_FUZZ_IDS": json.dumps(ids),
        "ANAPLAN_FUZZ_BODIES": json.dumps(scene.bodies()),
        "ANAPLAN_FUZZ_SEED": SEED,
    }
    command = [
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(write_config(described.parent)), "--no-color"),
        *("run", str(described), "--url", service.origin + root),
        *("--header", f"Authorization: AnaplanAuthToken {service.token}"),
        *("--checks", ",".join(CHECKS), "--max-time", str(seconds), "--workers", "1"),
        *("--continue-on-failure", "--suppress-health-check", "all"),
        *("--generation-database", "none", "--warnings", "off"),
    ]
    return subprocess.run(
        command,
        cwd=described.parent,  # where it leaves its crash files
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
