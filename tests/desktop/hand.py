"""A hand on one console: finds what is visible by its name, clicks, types, and waits for what must come."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtCore import QBuffer, QCoreApplication, QEvent, QIODevice, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.exceptions import TimeoutError as QtBotTimeoutError
from pytestqt.qtbot import QtBot

from desktop.app import Console
from desktop.core.vault import MemoryVault, Vault
from desktop.service.service import Service
from desktop.widgets.table import Table
from tests.living import PASSWORD, USERNAME

Kind = TypeVar("Kind", bound=QWidget)
PATIENCE = 40_000


class Hand:
    """Everything is found by object name."""

    def __init__(
        self,
        qtbot: QtBot,
        *,
        folder: Path | None,
        url: str,
        settings: Path,
        vault: Vault | None,
        services: Callable[[Path], Service | None] = lambda _: None,
    ) -> None:
        """Open the console."""
        self.qtbot = qtbot
        self.vault = vault or MemoryVault()
        self.console = Console(folder=folder, url=url, settings=settings, vault=self.vault, services=services)
        self.window = self.console.window
        self.window.resize(1280, 800)
        self.console.start()

    def close(self) -> None:
        """Close it, and let Qt destroy what was its."""
        self.console.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def seen(self, name: str) -> bool:
        """Tell whether it is visible now."""
        return self._find(name) is not None

    def see(self, name: str) -> Any:
        """Wait until it is visible."""
        self.wait(lambda: self.seen(name), name)
        return self._find(name)

    def gone(self, name: str) -> None:
        """Wait until it is not visible any more."""
        self.wait(lambda: not self.seen(name), f"{name} to go")

    def wait(self, condition: Callable[[], object], what: str = "it") -> None:
        """Wait until something holds."""
        try:
            self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE)
        except QtBotTimeoutError:
            pytest.fail(f"waited for {what}; to be seen is: {self.words()}")

    def words(self) -> list[str]:
        """Return everything that can be read now."""
        return [label.text() for label in self.window.findChildren(QLabel) if label.isVisible() and label.text()]

    def click(self, name: str) -> None:
        """Click, once it can be clicked."""
        widget = self.see(name)
        self.wait(widget.isEnabled, f"{name} to be enabled")
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def type(self, name: str, text: str) -> None:
        """Type instead of what was there."""
        field: QLineEdit = self.see(name)
        self.wait(field.isEnabled, f"{name} to be enabled")
        field.clear()
        field.setFocus()
        QTest.keyClicks(field, text)

    def press(self, key: Qt.Key, name: str) -> None:
        """Press a key there."""
        QTest.keyClick(self.see(name), key)

    def text(self, name: str) -> str:
        """Return what it says."""
        return str(self.see(name).text())

    def reads(self, name: str, part: str) -> None:
        """Wait until it says this."""
        self.wait(lambda: (found := self._find(name)) is not None and part in str(found.text()), f"{name}: {part}")

    def fault(self, field: str) -> str:
        """Return what is said to be wrong with a field."""
        return self.text(f"{field}.fault")

    def sign_in(self, username: str = USERNAME, password: str = PASSWORD) -> None:
        """Send user name and password."""
        self.type("sign_in.username", username)
        self.type("sign_in.password", password)
        self.click("sign_in.submit")

    def table(self, name: str) -> Table:
        """Return a table."""
        found = self.see(name)
        assert isinstance(found, Table)
        return found

    def keep_codes(self) -> list[str]:
        """Say that the recovery codes are kept, which closes their dialog; return them."""
        self.see("codes.kept")
        codes = [self.text(f"codes.list.{place}") for place in range(10)]
        self.click("codes.kept")
        self.click("codes.done")
        self.gone("codes.kept")
        return codes

    def column(self, table: str, column: int = 0) -> list[str]:
        """Return what a column of a table says."""
        found = self._find(table)
        model = found.model() if isinstance(found, Table) else None
        return [str(model.index(row, column).data()) for row in range(model.rowCount())] if model else []

    def select(self, table: str, text: str, column: int = 0) -> None:
        """Click the row that says this."""
        self.wait(lambda: text in self.column(table, column), f"{text} in {table}")
        view = self.table(table)
        index = view.model().index(self.column(table, column).index(text), column)
        view.scrollTo(index)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())

    def qr(self, name: str) -> str:
        """Photograph a QR code, and read it."""
        widget = self.see(name)
        read: list[str] = []

        def scan() -> bool:
            read.extend(code.text for code in zxingcpp.read_barcodes(photograph(widget.window())))
            return bool(read)

        self.wait(scan, f"{name} to be readable")
        return read[0]

    def trigger(self, name: str) -> None:
        """Choose an entry of the menu that is open."""
        found: list[QAction] = []

        def look() -> bool:
            for widget in QApplication.topLevelWidgets():
                found.extend(widget.findChildren(QAction, name))
            return bool(found)

        self.wait(look, name)
        found[0].trigger()

    def _find(self, name: str) -> Any:
        found = self.window.findChildren(QWidget, name)
        return next((each for each in found if each.isVisible()), None)


def photograph(widget: QWidget) -> Image.Image:
    """Take a picture of what is on the screen."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    return Image.open(BytesIO(buffer.data().data())).convert("RGB")
