"""What can be done with a deletion that waits or runs, the same from the list of users and from that of deletions."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.deletions import mode_of
from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.delete_now import DeleteNow
from desktop.dialogs.deletion_report import DeletionReport
from desktop.dialogs.stop_deletion import StopDeletion
from server.contract.deletion import Deletion, DeletionInShort


class DeletionSteps(QObject):
    """Belongs to a page; `changed` says that the page has to be read again."""

    changed = Signal()
    request_asked = Signal(str)

    def __init__(self, page: QWidget, desk: Desk) -> None:
        super().__init__(page)
        self._page, self._desk = page, desk

    def restore(self, user: str, settled: Callable[[], object]) -> None:
        """Call it off at once, and say what that did."""
        client = self._desk.client

        def failed(error: Exception) -> None:
            settled()
            self._desk.tell(error)
            self.changed.emit()

        def done(name: str) -> None:
            settled()
            self._desk.said.emit(t("console.deletions.restored", name=name), "good")
            self.changed.emit()

        self._desk.run(self._page, lambda: client.restore_user(user).name, done, failed)

    def delete_now(self, user: str, username: str, deletion: Deletion | DeletionInShort) -> None:
        """Ask not to wait."""
        form = DeleteNow(self._page, self._desk, user, username, mode_of(deletion))
        form.executed.connect(lambda _: self._begun(username))
        form.open()

    def stop(self, deletion: Deletion | DeletionInShort, username: str) -> None:
        """Ask once whether it is to stop, and show what it has deleted."""
        dialog = StopDeletion(self._page, self._desk, deletion, username)
        dialog.stopped.connect(self._stopped)
        dialog.open()

    def report(self, deletion: str) -> None:
        """Read the report, and show it."""
        client = self._desk.client
        self._desk.run(self._page, lambda: client.deletion(deletion), self.show_report)

    def show_report(self, deletion: Deletion) -> None:
        """Show this report."""
        dialog = DeletionReport(self._page, self._desk, deletion)
        dialog.request_asked.connect(self.request_asked)
        dialog.open()

    def _begun(self, username: str) -> None:
        self._desk.said.emit(t("console.deletions.begun", name=username), "good")
        self.changed.emit()

    def _stopped(self, deletion: Deletion) -> None:
        self.changed.emit()
        self.show_report(deletion)
