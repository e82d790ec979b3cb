"""Writing the users that the filters let through to a file: where to, and how it went."""

from pathlib import Path

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from desktop.core.desk import Desk
from desktop.core.words import t


def ask_for_file(page: QWidget, desk: Desk, query: dict[str, str], made: QPushButton) -> None:
    """Ask where to, and write; `made` is the button that was pressed."""
    name = f"users-{QDate.currentDate().toString('yyyy-MM-dd')}.csv"
    dialog = QFileDialog(page, t("console.users.export_title"), str(Path.home() / name))
    dialog.setObjectName("users.export_dialog")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([t("console.audit.csv")])
    dialog.setDefaultSuffix("csv")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda file: export(page, desk, query, made, Path(file)))
    dialog.open()


def export(page: QWidget, desk: Desk, query: dict[str, str], made: QPushButton, file: Path) -> None:
    """Write them; the file appears only once it is whole."""
    made.setEnabled(False)
    client = desk.client

    def done(_: int) -> None:
        made.setEnabled(True)
        desk.said.emit(t("console.users.exported", file=file), "good")

    def failed(error: Exception) -> None:
        made.setEnabled(True)
        desk.tell(error)

    desk.run(page, lambda: client.export_users(query, file), done, failed, slow=True)
