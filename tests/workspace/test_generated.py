"""What is derived from the plugins' settings is up to date, and what is written is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = ("tap-sage300", "target-anaplan", "tap-anaplan", "target-sage300")


def test_tables_and_project_files_are_what_the_settings_say() -> None:
    ended = subprocess.run(
        [sys.executable, "scripts/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_changed_setting_is_noticed(plugin: str) -> None:
    code = (
        "import sys; sys.path.insert(0, 'scripts'); import generate;"
        f"generate.SCHEMAS['{plugin}']['properties']['brand_new'] = {{'type': ['string']}};"
        "sys.exit(generate.main(['--check']))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert f"{plugin}{'/' if sys.platform != 'win32' else chr(92)}README.md" in ended.stdout


def test_every_link_in_a_document_leads_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("docs/**/*.md")]
    broken = [
        (document.name, target)
        for document in documents
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8"))
        if not (document.parent / target).exists()
    ]

    assert not broken


def test_constraints_are_exact_and_name_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()

    assert len(lines) > 50
    assert all(re.match(r"^[a-z0-9._-]+==[^\s;]+( ; .+)?$", line) for line in lines)
    assert not any("://" in line for line in lines)
