"""Where npm cannot be reached, the installation succeeds, says what is missing, and the demo still tells its story."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.living import ROOT

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".uv", "build", "built", "node_modules", "dist", ".*_cache", "__pycache__", ".hypothesis"
)
UV = os.environ.get("UV") or shutil.which("uv")


@pytest.mark.timeout(400)
@pytest.mark.skipif(
    UV is None and "COUNTERSIGN_REQUIRE_BROWSER" not in os.environ, reason="uv is not here to install with"
)
def test_without_npm_the_demo_still_passes(tmp_path: Path) -> None:
    assert UV is not None
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    dropped = (
        "VIRTUAL_ENV",
        "UV_PROJECT_ENVIRONMENT",
        "COUNTERSIGN_SKIP_PHONE_BUILD",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "QT_QPA_PLATFORM",
    )
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment["npm_config_registry"] = "http://127.0.0.1:9/"

    def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [UV, *arguments], cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    installed = uv("sync", "--locked", "--no-dev")
    assert installed.returncode == 0, installed.stderr
    told = (copy / "resources" / "built" / "missing.txt").read_text(encoding="utf-8")
    assert len(told.splitlines()) == 1
    assert told.startswith("npm ci failed")
    done = uv("run", "--locked", "--no-dev", "countersign", "demo", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stdout.splitlines()[0]
    assert "npm ci failed" in done.stdout
    assert len(list((tmp_path / "out").glob("*.png"))) >= 12
    served = uv(
        "run",
        "--locked",
        "--no-dev",
        "python",
        "-c",
        "from starlette.requests import Request; import asyncio; from server.web.phone import app; "
        "answer = asyncio.run(app().serve(Request({'type': 'http', 'path': '/phone/', 'server': ('localhost', 80), "
        "'scheme': 'http', 'query_string': b'', 'headers': []}))); print(answer.status_code, answer.body.decode())",
    )
    assert served.stdout.startswith("503 The phone app is not part of this installation: npm ci failed"), served.stderr
