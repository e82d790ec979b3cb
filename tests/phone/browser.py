"""Chromium as a phone has it: found on this machine, with a camera that plays a file."""

import os
import shutil
from pathlib import Path

import pytest
import qrcode
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Playwright

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]
FRAME = (1280, 720)


def executable() -> str:
    """Return where Chromium is; without it the tests are skipped, or fail where they are required."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None and os.environ.get("COUNTERSIGN_REQUIRE_BROWSER") == "1":
        pytest.fail("COUNTERSIGN_REQUIRE_BROWSER is 1, and there is no Chromium")
    if found is None:
        pytest.skip("there is no Chromium")
    return found


def launch(playwright: Playwright, camera: Path, program: str | Path = "") -> Browser:
    """Start it, or the `program` that does; the file is read whenever the camera is opened."""
    switches = [*SWITCHES, f"--use-file-for-fake-video-capture={camera}"]
    return playwright.chromium.launch(executable_path=program or executable(), args=switches)


def context(browser: Browser) -> BrowserContext:
    """Open a fresh phone: its own storage, and a phone's screen."""
    made = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB", permissions=["camera"])
    made.set_default_timeout(15_000)
    return made


def show(camera: Path, text: str) -> None:
    """Hold a QR code before the camera: MJPEG is nothing but JPEG pictures in a row."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=7, border=4)
    code.add_data(text)
    drawn = code.make_image().get_image().convert("RGB")
    frame = Image.new("RGB", FRAME, "white")
    frame.paste(drawn, ((FRAME[0] - drawn.width) // 2, (FRAME[1] - drawn.height) // 2))
    _play(camera, frame)


def film(camera: Path, screen: Image.Image) -> None:
    """Hold the camera before a picture of a screen, as large as it fits."""
    share = min(FRAME[0] / screen.width, FRAME[1] / screen.height)
    shown = screen.resize((round(screen.width * share), round(screen.height * share)))
    frame = Image.new("RGB", FRAME, "#202020")
    frame.paste(shown, ((FRAME[0] - shown.width) // 2, (FRAME[1] - shown.height) // 2))
    _play(camera, frame)


def _play(camera: Path, frame: Image.Image) -> None:
    fresh = camera.with_suffix(".new")
    with fresh.open("wb") as file:
        for _ in range(5):
            frame.save(file, "JPEG", quality=90)
    fresh.replace(camera)
