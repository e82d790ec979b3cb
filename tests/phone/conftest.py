"""One Chromium for the tests of a module (its driver keeps a loop running), and for each a fresh phone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

import resources
from tests.living import LivingServer, TestConsole
from tests.phone import browser as chromium
from tests.phone.handset import Handset
from tests.phone.look import Look
from tests.phone.node import script_of


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that the camera plays: at first no code at all."""
    file = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    chromium.show(file, "nothing of ours")
    return file


@pytest.fixture(scope="module")
def browser(camera: Path) -> Iterator[Browser]:
    """Start Chromium, once the app is built."""
    chromium.executable()
    assert (resources.path("built", "phone") / "index.html").is_file(), "the phone app is not built"
    with sync_playwright() as playwright:
        started = chromium.launch(playwright, camera)
        yield started
        started.close()


@pytest.fixture
def handset_for(browser: Browser) -> Iterator[Callable[[LivingServer], Handset]]:
    """Return a function that takes a new phone out of its box."""
    taken: list[Handset] = []

    def take(server: LivingServer) -> Handset:
        taken.append(Handset(chromium.context(browser), server))
        return taken[-1]

    yield take
    errors = [error for handset in taken for error in handset.errors]
    for handset in taken:
        handset.page.unroute_all(behavior="ignoreErrors")
        handset.context.close()
    assert errors == []


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return axe-core's text."""
    return script_of("axe-core", "axe.min.js", tmp_path_factory.mktemp("npm"))


@pytest.fixture
def look(axe: str, tmp_path: Path) -> Iterator[Look]:
    """Return what looks at screens; with the test, all that was wrong with them is told."""
    made = Look(axe, tmp_path / "pictures")
    yield made
    made.judge()


@pytest.fixture
def handset(handset_for: Callable[[LivingServer], Handset], server: LivingServer) -> Handset:
    """Return a phone that nobody has connected yet."""
    return handset_for(server)


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    """Return a console that is signed in, without two-factor authentication."""
    return server.set_up()


@pytest.fixture
def connected(handset: Handset, console: TestConsole) -> Handset:
    """Return a phone that confirms for the console's account."""
    handset.protect(console)
    return handset
