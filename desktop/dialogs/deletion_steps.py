"""What can be done with a deletion that waits or runs, the same from the list of users and from that of deletions."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.deletions import AnyDeletion, mode_of
from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.delete_now import DeleteNow
from desktop.dialogs.deletion_report import DeletionReport
from desktop.dialogs.stop_deletion import StopDeletion
from desktop.widgets.deletion_bar import DeletionBar
from desktop.widgets.user_bar import UserBar
from server.contract.deletion import Deletion

Chosen = tuple[str, str, AnyDeletion]


class DeletionSteps(QObject):
    """Belongs to a page; `changed` says that the page has to be read again."""

    changed = Signal()
    request_asked = Signal(str)

    def __init__(self, page: QWidget, desk: Desk) -> None:
        super().__init__(page)
        self._page, self._desk = page, desk

    def serve(self, bar: DeletionBar | UserBar, chosen: Callable[[], Chosen | None]) -> None:
        """Do what is asked for below a list, with what is chosen there: a user, his address, the deletion."""

        def of_chosen(step: Callable[[Chosen], object]) -> Callable[[], None]:
            def take() -> None:
                if (found := chosen()) is not None:
                    step(found)

            return take

        bar.restore_asked.connect(of_chosen(lambda found: self._restore(found[0], bar)))
        bar.now_asked.connect(of_chosen(lambda found: self._delete_now(*found)))
        bar.stop_asked.connect(of_chosen(lambda found: self._stop(found[2], found[1])))
        bar.report_asked.connect(of_chosen(lambda found: self._report(found[2])))

    def show_report(self, deletion: Deletion) -> None:
        """Show this report."""
        dialog = DeletionReport(self._page, self._desk, deletion)
        dialog.request_asked.connect(self.request_asked)
        dialog.open()

    def _restore(self, user: str, bar: DeletionBar | UserBar) -> None:
        """Call it off at once, and say what that did."""
        client = self._desk.client
        bar.restore.setEnabled(False)

        def failed(error: Exception) -> None:
            bar.restore.setEnabled(True)
            self._desk.tell(error)
            self.changed.emit()

        def done(name: str) -> None:
            bar.restore.setEnabled(True)
            self._desk.said.emit(t("console.deletions.restored", name=name), "good")
            self.changed.emit()

        self._desk.run(self._page, lambda: client.restore_user(user).name, done, failed)

    def _delete_now(self, user: str, username: str, deletion: AnyDeletion) -> None:
        """Ask not to wait."""
        form = DeleteNow(self._page, self._desk, user, username, mode_of(deletion))
        form.executed.connect(lambda _: self._begun(username))
        form.open()

    def _stop(self, deletion: AnyDeletion, username: str) -> None:
        """Ask once whether it is to stop, and show what it has deleted."""
        dialog = StopDeletion(self._page, self._desk, deletion, username)
        dialog.stopped.connect(self._stopped)
        dialog.open()

    def _report(self, deletion: AnyDeletion) -> None:
        """Show the report, read anew where only a part of it is known."""
        client = self._desk.client
        if isinstance(deletion, Deletion):
            self.show_report(deletion)
        else:
            self._desk.run(self._page, lambda: client.deletion(deletion.id), self.show_report)

    def _begun(self, username: str) -> None:
        self._desk.said.emit(t("console.deletions.begun", name=username), "good")
        self.changed.emit()

    def _stopped(self, deletion: Deletion) -> None:
        self.changed.emit()
        self.show_report(deletion)
