"""What needs a storage engine where the server has none: it is not offered, and it is said what waits for one."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.core.desk import Desk
from desktop.core.storage import engine_missing
from desktop.core.words import t
from desktop.widgets.notice import Banner


def offer_with_engine(*parts: QWidget, missing: bool) -> None:
    """Let these be used unless there is no engine, and say so then."""
    for each in parts:
        each.setEnabled(not missing)
        each.setToolTip(t("console.storage.no_engine_tip") if missing else "")


class DataWaits(Banner):
    """Warns that data that is to be deleted stays where it is until there is an engine; it asks the server itself."""

    changed = Signal()

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__("waiting", "triangle-alert", name)
        self._missing, self._concerns = False, True
        client = desk.client.in_background()
        desk.run(self, client.health, lambda health: self._take(missing=engine_missing(health)), lambda _: None)

    def concern(self, *, data: bool) -> None:
        """Warn only where it is about data."""
        self._concerns = data
        self._tell()

    def _take(self, *, missing: bool) -> None:
        self._missing = missing
        self._tell()

    def _tell(self) -> None:
        self.say(t("console.storage.data_waits") if self._missing and self._concerns else "")
        self.changed.emit()
