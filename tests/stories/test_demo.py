"""The main job from its own command: the demo tells the story, without a display, and ends with pictures."""

import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from desktop.demo.app_phone import BROWSERS
from tests.forms import LONG
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
    "stolen",
    "cheated",
    "storage",
    "erasing",
    "held",
    "erased",
}

pytestmark = pytest.mark.timeout(400)  # half a minute where nothing else runs


def demo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QT_", "DISPLAY", "WAYLAND"))}
    return subprocess.run(
        [sys.executable, "-m", "desktop", "demo", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )


def test_the_demo_tells_the_story_with_pictures_in_both_themes(tmp_path: Path) -> None:
    done = demo("--headless", "--out", str(tmp_path / "pictures"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "executed in the same transaction" in done.stdout
    assert "nothing beside it: 95 remain" in done.stdout
    assert "5 tried, 0 effects" in done.stdout
    assert re.search(r"Before: .* unbroken\. After: .* evt_\S+ does not fit", done.stdout)
    found = {file.stem for file in (tmp_path / "pictures").glob("*.png")}
    assert {f"{name}-{theme}" for name in PICTURES for theme in ("light", "dark")} <= found
    for file in (tmp_path / "pictures").glob("*.png"):
        with Image.open(file) as picture:
            assert picture.size == ((390, 844) if file.name.startswith("phone-") else (1280, 800))
            assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 40, file.name
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert ("phone app itself" in done.stdout) is (browser is not None)
    holds_together(tmp_path / "pictures", done.stdout)


@pytest.mark.skipif(not LONG, reason="the short form tells the story twice: with all there is, and without npm")
def test_without_display_and_browser_the_demo_says_so_and_draws_a_phone(tmp_path: Path) -> None:
    done = demo(TMPDIR=str(tmp_path), PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stdout.splitlines()[0]
    assert "no Chromium" in done.stdout
    [page] = tmp_path.glob("countersign-demo-*/index.html")
    assert str(page) in done.stdout.splitlines()[-1]
    holds_together(page.parent, done.stdout)


def holds_together(folder: Path, said: str) -> None:
    """Check that the page has every step that was told, with pictures of both sides, and the animation a frame each.

    Five lines of the end have no pictures: what is tried after the stolen session, and the row that is changed.
    """
    page = unescape((folder / "index.html").read_text())
    told = [line[4:] for line in said.splitlines() if re.match(r"[ 12]\d  ", line)]
    assert len(told) == 28
    assert all(f"</b>{step}</p>" in page for step in told)
    steps = [step for step in told if f'alt="Console: {step}"' in page]
    assert len(steps) == 23
    for step in steps:
        for side in ("Console", "Phone"):
            assert f'alt="{side}: {step}"' in page
    names = re.findall(r'(?:src|srcset)="([^"]+)"', page)
    assert len(names) == 4 * len(steps)
    assert all((folder / name).is_file() for name in names)
    for told_to in (folder, ROOT / "resources/pictures"):  # the README shows the story as it is told now
        with Image.open(told_to / "story.webp") as animation:
            assert getattr(animation, "n_frames", 1) == len(steps)


def test_a_demo_that_goes_wrong_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = demo("--headless", "--out", str(tmp_path / "file" / "pictures"))
    assert done.returncode == 1
    assert done.stderr.startswith("countersign demo: ")
