"""How far the measurement of a storage account is, and what stops it: a line that is there as long as it goes on."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame

from desktop.core.sizes import size
from desktop.core.words import n, t
from desktop.widgets.button import button
from desktop.widgets.layout import row
from desktop.widgets.spinner import Spinner
from desktop.widgets.text import Text
from server.contract.storage import Measuring


class MeasuringBar(QFrame):
    """`stopped` is called when somebody stops it."""

    def __init__(self, stopped: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("storage_account.progress")
        self.setProperty("look", "tint")
        self._so_far = Text("", wrap=True, name="storage_account.so_far")
        self.stop = button(t("console.storage.stop"), "storage_account.stop", stopped, small=True)
        self.stop.setAccessibleName(t("console.storage.stop_measuring"))
        layout = row(Spinner(), self._so_far, self.stop, gap=12, margins=(12, 8, 12, 8))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.hide()

    def show_progress(self, going: Measuring | None, *, stops: bool) -> None:
        """Show how far it is, or nothing where none goes on; only who `stops` it is offered that."""
        self.setVisible(going is not None)
        if going is not None:
            found = [n("console.storage.objects", going.objects)]
            if going.bytes:  # they are known only once a destination is counted
                found.append(size(going.bytes))
            self._so_far.setText(t("console.storage.so_far", found=", ".join(found)))
        self.stop.setVisible(stops)
