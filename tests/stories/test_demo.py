"""The main job from its own command: the demo tells the story, without a display, and ends with pictures."""

import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests.living import ROOT

PICTURES = {
    "first-run",
    "sign-in",
    "users",
    "enrolment",
    "enrolment-confirm",
    "settings",
    "pending",
    "approved",
    "audit",
}


def demo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QT_", "DISPLAY", "WAYLAND"))}
    return subprocess.run(
        [sys.executable, "-m", "desktop", "demo", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_the_demo_tells_the_story_with_pictures_in_both_themes(tmp_path: Path) -> None:
    done = demo("--headless", "--out", str(tmp_path / "pictures"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "executed in the same transaction" in done.stdout
    found = {file.stem for file in (tmp_path / "pictures").glob("*.png")}
    assert {f"{name}-{theme}" for name in PICTURES for theme in ("light", "dark")} <= found
    for file in (tmp_path / "pictures").glob("*.png"):
        with Image.open(file) as picture:
            assert picture.size == (1280, 800)
            assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 40, file.name


def test_without_a_display_the_demo_says_so_and_runs_headless(tmp_path: Path) -> None:
    done = demo(TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stdout.splitlines()[0]
    assert str(tmp_path) in done.stdout.splitlines()[-1]


def test_a_demo_that_goes_wrong_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = demo("--headless", "--out", str(tmp_path / "file" / "pictures"))
    assert done.returncode == 1
    assert done.stderr.startswith("countersign demo: ")
