"""The demo's pictures show what a page has read, and not that it is reading."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from desktop.core.outlook import read
from desktop.demo.driver import SETTLED_AFTER, Driver, Until
from tests.desktop.hand import Hand
from tests.living import LivingServer


def test_a_picture_waits_for_what_the_page_reads(
    server: LivingServer, open_console: Callable[..., Hand], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = Event()
    monkeypatch.setattr("desktop.pages.overview.read", lambda *given: (may.wait(30), read(*given))[1])
    server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.see("page.overview")
    step = next(Driver(hand.console, tmp_path).picture("overview"))
    assert isinstance(step, Until)
    assert not any(step.condition() for _ in range(2 * SETTLED_AFTER + 1)), "it is still being read"
    may.set()
    hand.wait(step.condition, "the page")
    hand.see("overview.steps.progress")
