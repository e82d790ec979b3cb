"""The icon in the tray: how many wait, which, and what is said of them; the tests' platform has no tray itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor, QImage
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from desktop import tray
from desktop.tray import Tray
from server.contract.request import Kind, Request, RequestStatus, Target
from tests.desktop.hand import Hand
from tests.desktop.test_looks import contrast
from tests.living import LivingServer

Open = Callable[..., Hand]


@pytest.fixture
def icon(open_console: Open) -> Iterator[Tray]:
    open_console(url="http://127.0.0.1:9")
    made = Tray()
    yield made
    made.close()


def waiting(count: int, name: str = "mia.brandt@contoso.example") -> list[Request]:
    now = datetime.now(UTC)
    return [
        Request(
            id=f"request-{number}",
            action="user.delete",
            kind=Kind.MANAGEMENT,
            title="Delete user",
            summary="",
            status=RequestStatus.PENDING,
            requested_by="amelia.hart",
            device_name="NW-LT-014",
            application="Countersign",
            ip="127.0.0.1",
            notices=[],
            target=[Target(type="user", id="1", name=name)],
            parameters={},
            consequence="",
            reason="",
            created_at=now,
            expires_at=now + timedelta(minutes=2),
            now=now,
        )
        for number in range(count)
    ]


def entries(icon: Tray) -> list[str]:
    return [action.text() for action in icon.menu.actions() if not action.isSeparator()]


def drawn(icon: Tray, size: int) -> QImage:
    return icon.icon.icon().pixmap(size, size).toImage()


def test_number_and_names_of_what_waits_are_told_in_words(icon: Tray) -> None:
    assert "No request waits" in icon.icon.toolTip()
    icon.show_waiting(waiting(1))
    assert "1 request waits for a phone" in icon.icon.toolTip()
    icon.show_waiting(waiting(7))
    assert "7 requests wait for a phone" in icon.icon.toolTip()
    told = entries(icon)
    assert told[0] == "Open Countersign"
    assert told[1] == "7 requests wait for a phone"
    assert told[2:7] == ["Delete user: mia.brandt@contoso.example"] * 5
    assert told[7:] == ["and 2 more", "Quit"]


def test_a_name_is_text_and_no_longer_than_a_menu(icon: Tray) -> None:
    icon.show_waiting(waiting(1, "R&D\n<b>x</b>" + "y" * 200))
    entry = entries(icon)[2]
    assert entry.startswith("Delete user: R&&D <b>x</b>yyy")
    assert entry.endswith("…")
    assert len(entry) <= 61
    assert "R&D" not in icon.icon.toolTip(), "who passes by reads it"


@pytest.mark.parametrize("size", [16, 22, 32, 64])
def test_the_number_is_on_the_icon_and_can_be_told_from_any_panel(icon: Tray, size: int) -> None:
    none = drawn(icon, size)
    icon.show_waiting(waiting(1))
    one = drawn(icon, size)
    icon.show_waiting(waiting(3))
    three = drawn(icon, size)
    icon.show_waiting(waiting(12))
    many = drawn(icon, size)
    for index, picture in enumerate((none, one, three, many)):
        assert picture.width() == size
        assert all(picture != other for other in (none, one, three, many)[index + 1 :])
        inks = {
            QColor(picture.pixel(x, y)).name()
            for x in range(size)
            for y in range(size)
            if QColor.fromRgba(picture.pixel(x, y)).alpha() == 255
        }
        for panel in ("#f6f6f6", "#1e1e1e"):
            assert sum(contrast(ink, panel) >= 4 for ink in inks) >= 3, panel


def test_it_follows_the_approvals_of_the_desk(
    server: LivingServer, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tray, "available", lambda: True)
    script, phone = server.protected()
    user = script.user("mia.brandt@contoso.example")
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    phone.approve(phone.pending()[0].id, code)
    hand.see("nav.users")
    icon = hand.console.tray
    assert icon is not None
    request = script.delete(user)
    hand.wait(lambda: "1 request" in icon.icon.toolTip(), "the request")
    opened: list[bool] = []
    icon.opened.connect(lambda: opened.append(True))
    icon.menu.findChildren(QAction, "tray.request")[0].trigger()
    assert opened
    phone.reject(request["id"])
    hand.wait(lambda: "No request" in icon.icon.toolTip(), "nothing to wait")
    script.delete(user)
    hand.wait(lambda: "1 request" in icon.icon.toolTip(), "another request")
    hand.click("account")
    hand.trigger("account.sign_out")
    hand.wait(lambda: "No request" in icon.icon.toolTip(), "nothing, since nobody is signed in")
    hand.close()
    assert not shiboken6.isValid(icon.icon)


@pytest.mark.parametrize(
    ("status", "active", "told"),
    [
        (RequestStatus.EXECUTED, False, True),
        (RequestStatus.REJECTED, False, True),
        (RequestStatus.CANCELLED, False, False),
        (RequestStatus.EXECUTED, True, False),
    ],
)
def test_a_decision_is_told_only_to_whoever_looks_elsewhere_and_not_what_it_was(
    icon: Tray, monkeypatch: pytest.MonkeyPatch, status: RequestStatus, *, active: bool, told: bool
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _self, title, text, _icon: said.extend((title, text)))
    monkeypatch.setattr(QApplication, "activeWindow", lambda: icon.menu if active else None)
    icon._tell(waiting(1)[0].model_copy(update={"status": status}))
    assert said == (["Countersign", "A request of yours was decided."] if told else [])


def test_a_click_wants_the_window_and_brings_it(icon: Tray, qtbot: QtBot, open_console: Open) -> None:
    with qtbot.waitSignal(icon.opened):
        icon.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    with qtbot.assertNotEmitted(icon.opened):
        icon.icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    with qtbot.waitSignal(icon.left):
        icon.menu.actions()[-1].trigger()
    window = open_console(url="http://127.0.0.1:9").window
    window.hide()
    window.setWindowState(Qt.WindowState.WindowMinimized)
    tray.bring(window)
    assert window.isVisible()
    assert not window.isMinimized()


def test_without_a_tray_there_is_no_icon(server: LivingServer, open_console: Open) -> None:
    server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.see("nav.users")
    assert hand.console.tray is None
    assert not hand.console.leaving.tray
