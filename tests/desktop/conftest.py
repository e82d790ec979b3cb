"""Consoles on the offscreen platform, driven like a person would, against real server processes."""

import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SCREEN = Path(__file__).with_name("screen.json")
"""A desk's screen: Qt's own idea of one without a screen is 800 by 800 pixels, on which no dialog has its room."""
if os.environ.get("QT_QPA_PLATFORM", "offscreen") == "offscreen":
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={SCREEN}"

LIBRARIES = "libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon0"

try:
    import PySide6.QtWidgets  # noqa: F401 - whether it can be loaded
except ImportError as error:  # pragma: no cover - a machine without them
    pytest.exit(f"Qt cannot be loaded ({error}); on Debian: apt-get install {LIBRARIES}", returncode=1)

from PySide6.QtCore import QCoreApplication, QEvent  # noqa: E402 - after it is known to load
from PySide6.QtWidgets import QApplication  # noqa: E402 - likewise
from pytestqt.qtbot import QtBot  # noqa: E402 - after the platform is chosen

from tests import forked  # noqa: E402 - likewise
from tests.desktop.hand import Hand  # noqa: E402 - likewise
from tests.desktop.scenes import SMALLEST, Stage  # noqa: E402 - likewise
from tests.living import LivingServer  # noqa: E402 - likewise


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the offscreen platform says of itself is no fault of ours."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", "systemTrayWindowChanged"))


@pytest.fixture(autouse=True)
def garbage_is_collected_here() -> Iterator[None]:
    """As in the console: a collector that ran on some thread of a later test would destroy what is Qt's there.

    A console that closes gives back all that was frozen: what pytest has loaded stays so, or it would be looked through
    after each test from then on.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "freeze", lambda: None)
        patch.setattr(gc, "unfreeze", lambda: None)
        gc.disable()
        yield
        gc.collect()
        _forget_windows()
        gc.enable()


def _forget_windows() -> None:
    """Destroy what a test built without a parent and left: all that lives is dressed anew with each choice of looks."""
    if QApplication.instance() is not None:
        for each in QApplication.topLevelWidgets():
            if each.parent() is None:
                each.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def servers_are_forked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Consoles start their own server, and its commands, as tests do theirs; but for tests that are about starting."""
    with pytest.MonkeyPatch.context() as patch:
        if sys.platform == "linux" and request.node.get_closest_marker("cold") is None:
            for starting in ("desktop.server_process", "desktop.reaching"):
                patch.setattr(f"{starting}.subprocess", forked.of_console())
        yield


@pytest.fixture
def open_console(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., Hand]]:
    """Open consoles, each with settings of its own, closed with the test."""
    hands: list[Hand] = []

    def opened(settings: str = "", *, url: str = "", folder: Path | None = None, **more: Any) -> Hand:
        file = tmp_path / (settings or f"console-{len(hands)}.ini")
        hand = Hand(qtbot, folder=folder, url=url, settings=file, vault=more.pop("vault", None), **more)
        hands.append(hand)
        return hand

    yield opened
    for hand in hands:
        hand.close()


@pytest.fixture
def hand(
    start_server: Callable[..., LivingServer], open_console: Callable[..., Hand], monkeypatch: pytest.MonkeyPatch
) -> Hand:
    """A console that runs its own server, signed in, at Settings > Server."""
    monkeypatch.setenv("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1/32")
    monkeypatch.setenv("COUNTERSIGN_INSTALL_PORT", "0")
    server = start_server()
    server.set_up()
    server.stop()
    hand = open_console(folder=server.data)
    hand.sign_in()
    hand.click("nav.settings")
    hand.click("settings.tab.server")
    return hand


@pytest.fixture(autouse=True)
def no_missing_words(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A key without text is an error."""
    yield
    missing = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.name == "desktop.core.words" and record.levelno >= logging.ERROR
    ]
    assert not missing


@pytest.fixture
def stage(tmp_path: Path, qtbot: QtBot) -> Iterator[Stage]:
    """A window of the console against a server that answers from memory."""
    made = Stage(tmp_path, height=SMALLEST)
    qtbot.waitExposed(made.window)
    yield made
    made.close()


@pytest.fixture
def themed(tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - it has the application
    """What single pages are drawn by."""
    Stage(tmp_path).close()
