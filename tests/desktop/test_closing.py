"""Closing the console: at once, unless requests wait that only its own server can carry on."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from desktop import tray
from desktop.core.settings import ThemeChoice
from desktop.demo.phone import SoftwarePhone
from tests.desktop.hand import Hand
from tests.desktop.test_looks import cut_off
from tests.living import LivingServer, TestConsole

pytestmark = pytest.mark.cold
Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


class Started:
    """A console that runs its own server, and a request that waits."""

    def __init__(self, start_server: Start, open_console: Open, **settings: object) -> None:
        server = start_server(**settings)
        self.script, self.phone = server.protected()
        self.user = self.script.user("mia.brandt@contoso.example")
        server.stop()
        self.hand = open_console(folder=server.data)
        sign_in(self.hand, self.phone)

    def ask(self) -> Any:
        """Let something wait."""
        asked = self.script.delete(self.user)
        self.hand.reads("approvals.count", "1 waiting")
        return asked


@pytest.fixture
def started(start_server: Start, open_console: Open) -> Started:
    return Started(start_server, open_console)


def sign_in(hand: Hand, phone: SoftwarePhone) -> None:
    hand.sign_in()
    code = hand.text("waiting.code")
    phone.approve(phone.pending()[0].id, code)
    hand.see("nav.users")


def answers(script: TestConsole) -> bool:
    try:
        script.call("GET", "/health")
    except requests.ConnectionError:
        return False
    return True


def test_while_a_request_waits_closing_says_what_will_stop(started: Started) -> None:
    hand = started.hand
    started.ask()
    hand.window.close()
    hand.reads("closing.text", "1 request waits")
    assert hand.text("closing.request") == "Delete user: mia.brandt@contoso.example"
    assert hand.text("closing.left")[0] in "12"
    assert not hand.seen("closing.hide")
    assert hand.see("closing.stay").isDefault()
    hand.press(Qt.Key.Key_Return, "closing.stay")
    hand.gone("closing")
    assert hand.window.isVisible()
    assert answers(started.script)
    hand.window.activateWindow()
    hand.wait(hand.window.isActiveWindow, "the window to be active")
    QTest.keyClick(hand.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    hand.click("closing.stop")
    assert not hand.window.isVisible()
    assert not answers(started.script)


def test_when_what_waited_is_decided_meanwhile_the_dialog_says_so(started: Started) -> None:
    hand = started.hand
    asked = started.ask()
    hand.window.close()
    hand.see("closing.request")
    hand.window.close()
    assert len(hand.window.findChildren(type(hand.see("closing")))) == 1
    started.phone.reject(asked["id"])
    hand.reads("closing.text", "Nothing waits any more")
    assert not hand.seen("closing.request")


def test_when_nothing_waits_closing_asks_nothing(started: Started) -> None:
    started.hand.window.close()
    assert not started.hand.window.isVisible()
    assert not answers(started.script)


def test_what_has_run_out_holds_nobody(start_server: Start, open_console: Open) -> None:
    started = Started(start_server, open_console, request_lifetime=60)
    started.ask()
    approvals = started.hand.console.arrival.desk.approvals  # type: ignore[union-attr]
    [request] = approvals.pending
    approvals.pending = [request.model_copy(update={"expires_at": request.created_at})]
    started.hand.window.close()
    assert not started.hand.window.isVisible()


def test_the_end_of_the_session_asks_nothing(started: Started) -> None:
    started.ask()
    application = QGuiApplication.instance()
    assert isinstance(application, QGuiApplication)
    application.commitDataRequest.emit(None)
    started.hand.window.close()
    assert not started.hand.window.isVisible()


def test_an_end_of_the_session_that_was_called_off_is_forgotten(started: Started) -> None:
    started.ask()
    started.hand.console.leaving.session_ends()
    QGuiApplication.sendEvent(started.hand.window, QEvent(QEvent.Type.WindowActivate))
    started.hand.window.close()
    started.hand.see("closing.stay")


def test_a_server_that_others_run_is_left_without_a_word(server: LivingServer, open_console: Open) -> None:
    script, phone = server.protected()
    user = script.user("mia.brandt@contoso.example")
    for hand in (open_console(url=server.url), open_console(folder=server.data)):
        sign_in(hand, phone)
        asked = script.delete(user)
        hand.reads("approvals.count", "1 waiting")
        hand.window.close()
        assert not hand.window.isVisible()
        assert answers(script)
        phone.reject(asked["id"])


def test_with_a_tray_it_can_go_on_there(
    start_server: Start, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tray, "available", lambda: True)
    started = Started(start_server, open_console)
    hand = started.hand
    asked = started.ask()
    hand.window.close()
    hand.click("closing.hide")
    assert not hand.window.isVisible()
    assert started.phone.approve(asked["id"], asked["code"]) == "executed"
    icon = hand.console.tray
    assert icon is not None
    icon.opened.emit()
    hand.see("approvals.empty")
    icon.left.emit()
    assert not hand.window.isVisible()
    assert not answers(started.script)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_no_word_is_cut_off(started: Started, monkeypatch: pytest.MonkeyPatch, scale: float) -> None:
    monkeypatch.setattr(started.hand.console.leaving, "tray", True)
    started.ask()
    started.hand.console.theme.choose(ThemeChoice.LIGHT, scale)
    try:
        started.hand.window.close()
        dialog = started.hand.see("closing")
        started.hand.wait(lambda: not cut_off(dialog), f"nothing cut off: {cut_off(dialog)}")
    finally:
        started.hand.console.theme.choose(ThemeChoice.LIGHT, 1.0)
