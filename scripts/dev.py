"""Set up, try out, test and check the workspace: the same on Linux, macOS and Windows.

Usage: python scripts/dev.py [--venv DIR] TASK [ARGS ...]

TASK is setup, demo, test, soak, lint, generate or constraints.

Needs Python 3.11 to 3.13 and nothing else: this file uses the standard library only. ARGS go to the
tool behind the word (`test -k paging` hands `-k paging` to pytest).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "ml-connector",
    "tap-sage300",
    "target-anaplan",
    "tap-anaplan",
    "target-sage300",
    "command",
    "sandbox",
)
SOURCES = tuple(
    f"{folder}/{package}"
    for folder, package in (
        ("ml-connector", "ml_connector"),
        ("tap-sage300", "tap_sage300"),
        ("target-anaplan", "target_anaplan"),
        ("tap-anaplan", "tap_anaplan"),
        ("target-sage300", "target_sage300"),
        ("command", "ml_connector_command"),
        ("sandbox", "ml_connector_sandbox"),
    )
)
WORKERS = min(8, (os.cpu_count() or 1) * 3 // 2)
"""Three to two cores, for tests wait about as long as they compute."""
SHARED_OUT = ("-n", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")
"""All tests, in the order `tests/conftest.py` puts them into."""
PYTHON_MIN, PYTHON_BELOW = (3, 11), (3, 14)


class Environment:
    """The virtual environment everything runs in."""

    def __init__(self, folder: Path) -> None:
        """Name the environment's folder; nothing is made yet."""
        self.folder = folder
        self.scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")

    def command(self, name: str) -> str:
        """Return the path of a console script."""
        return str(self.scripts / (f"{name}.exe" if sys.platform == "win32" else name))

    def has_this_python(self) -> bool:
        """Say whether the environment is there, with the interpreter's version running now."""
        settings = self.folder / "pyvenv.cfg"
        if not settings.is_file():
            return False
        version = ".".join(map(str, sys.version_info[:3]))
        return version in settings.read_text()

    def run(self, name: str, *arguments: str) -> None:
        """Run a console script from the workspace root; end this process when it fails."""
        path = os.pathsep.join((str(self.scripts), os.environ.get("PATH", "")))
        variables = {
            **os.environ,
            "PATH": path,
            "VIRTUAL_ENV": str(self.folder),
            "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
            "UV_CONSTRAINT": str(ROOT / "constraints.txt"),
            "UV_BUILD_CONSTRAINT": str(ROOT / "constraints.txt"),
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        ended = subprocess.run(  # the tools of this workspace, by their full path
            [self.command(name), *arguments], cwd=ROOT, env=variables, check=False
        )
        if ended.returncode:
            sys.exit(ended.returncode)


def fingerprint() -> str:
    """Digest what decides the environment's content, so that it is made anew when that changes."""
    digest = hashlib.sha256(sys.version.encode())
    names = ["constraints.txt", "meltano.yml", *(f"{name}/pyproject.toml" for name in PACKAGES)]
    for name in names:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def setup(environment: Environment) -> None:
    """Make the environment, install every package with the pinned parts, then Meltano's plugins."""
    stamp = environment.folder / "workspace-stamp"
    if stamp.is_file() and stamp.read_text() == fingerprint():
        return
    print(f"Setting up {environment.folder.name} (a few minutes, once) ...", flush=True)
    if not environment.has_this_python():
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=os.name != "nt").create(
            environment.folder
        )
    pins = ["--quiet", "--disable-pip-version-check", "--constraint", "constraints.txt"]
    editable = [part for name in PACKAGES for part in ("--editable", f"./{name}")]
    environment.run(
        "python", "-m", "pip", "install", *pins, *editable, "--requirement", "requirements-dev.txt"
    )
    environment.run("meltano", "--log-level=warning", "install")
    stamp.write_text(fingerprint())


def demo(environment: Environment, arguments: list[str]) -> None:
    """Show both directions once, against the sandbox."""
    setup(environment)
    environment.run("python", "scripts/demo.py", *arguments)


def test(environment: Environment, arguments: list[str]) -> None:
    """Run the tests; ARGS go to pytest."""
    setup(environment)
    environment.run("python", "-m", "pytest", *(arguments or SHARED_OUT))


def soak(environment: Environment, arguments: list[str]) -> None:
    """Kill runs of target-sage300 at random, and see that each line stands once."""
    setup(environment)
    environment.run("python", "scripts/soak.py", *arguments)


def lint(environment: Environment, _arguments: list[str]) -> None:
    """Run what must be clean before a change lands."""
    setup(environment)
    environment.run("ruff", "check", ".")
    environment.run("ruff", "format", "--check", ".")
    environment.run("mypy", *SOURCES)
    environment.run("mypy", "--platform", "win32", *SOURCES)
    environment.run("lint-imports")
    environment.run("codespell")
    environment.run("python", "scripts/generate.py", "--check")


def generate(environment: Environment, arguments: list[str]) -> None:
    """Write settings tables, meltano.yml settings and .env.example from the plugins' schemas."""
    setup(environment)
    environment.run("python", "scripts/generate.py", *arguments)


def constraints(environment: Environment, arguments: list[str]) -> None:
    """Resolve the newest allowed versions into constraints.txt."""
    sources = [f"{name}/pyproject.toml" for name in PACKAGES]
    environment.run(
        "uv", "pip", "compile", "--universal", "--python-version", "3.11", "--upgrade",
        "--no-annotate", "--no-header", "--no-emit-index-url", "--all-extras",
        "--output-file", "constraints.txt", "requirements-dev.txt", *sources, *arguments,
    )  # fmt: skip


TASKS = {
    "setup": lambda environment, _arguments: setup(environment),
    "demo": demo,
    "test": test,
    "soak": soak,
    "lint": lint,
    "generate": generate,
    "constraints": constraints,
}


def main() -> None:
    """Read the command line and run one task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", metavar="DIR")
    parser.add_argument("task", choices=TASKS)
    options, arguments = parser.parse_known_args()
    if not PYTHON_MIN <= sys.version_info[:2] < PYTHON_BELOW:
        sys.exit(f"Python 3.11 to 3.13 is needed; this is {sys.version.split()[0]}.")
    TASKS[options.task](Environment(options.venv.absolute()), arguments)


if __name__ == "__main__":
    main()
