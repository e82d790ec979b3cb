"""What can be done with the selected deletion, and how it stands in a sentence."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.core import clock
from desktop.core.deletions import found_of, mode_of, share_of, story_of
from desktop.core.rights import may
from desktop.core.words import t
from desktop.widgets.button import Button, button
from desktop.widgets.layout import column, row
from desktop.widgets.share_bar import ShareBar
from desktop.widgets.text import Elided, Text
from server.contract.administrator import Administrator
from server.contract.deletion import Deletion, DeletionStatus
from server.contract.permission import Permission
from server.contract.request import Request


class DeletionBar(QFrame):
    """Offers only what the server would let this caller do."""

    restore_asked = Signal()
    now_asked = Signal()
    stop_asked = Signal()
    report_asked = Signal()
    request_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deletions.bar")
        self.setProperty("look", "bar")
        self._deletion: Deletion | None = None
        self._request: Request | None = None
        self._name = Elided("", "strong", name="deletions.selected")
        self._facts = Elided("", "small-muted", name="deletions.selected.facts")
        self._story = Text("", "small", wrap=True, name="deletions.story")
        self._share = ShareBar("deletions.share", t("console.deletions.deleted"))
        self.report = self._made("report", self.report_asked.emit, icon="scroll-text")
        self.restore = self._made("restore", self.restore_asked.emit, icon="rotate-ccw")
        self.now = self._made("delete_now", self.now_asked.emit, icon="trash-2", look="danger")
        self.stop = self._made("stop", self.stop_asked.emit, icon="circle-x")
        self.show_request = self._made("show_request", self._show, icon="shield-check")
        above = row(gap=8)
        above.addLayout(column(self._name, self._facts), 1)
        for made in (self.report, self.restore, self.now, self.stop, self.show_request):
            above.addWidget(made)
        self.setLayout(column(above, column(self._story, self._share, gap=6), gap=8, margins=(16, 8, 12, 8)))
        self.hide()

    def show_deletion(self, deletion: Deletion | None, me: Administrator, hastened: Request | None) -> None:
        """Show this one; `hastened` is the request that asks to do it now."""
        self._deletion, self._request = deletion, hastened
        self.setVisible(deletion is not None)
        if deletion is None:
            return
        deletes, edits = may(me, Permission.USERS_DELETE), may(me, Permission.USERS_EDIT)
        held = deletion.status is DeletionStatus.HELD
        self._name.setText(deletion.username)
        self._facts.setText(" · ".join(filter(None, (mode_of(deletion), found_of(deletion)))))
        self.restore.setVisible(held and (deletes or edits))
        self.now.setVisible(held and deletes and hastened is None and deletion.due_at > clock.now())
        self.stop.setVisible(deletion.status is DeletionStatus.RUNNING and deletes)
        self.show_request.setVisible(held and hastened is not None)
        self.tick()

    def tick(self) -> None:
        """Let the clock go on."""
        if (deletion := self._deletion) is not None:
            if (text := story_of(deletion, clock.now())) != self._story.text():
                self._story.setText(text)
            self._share.show_share(share_of(deletion))

    def _made(self, name: str, action: object, *, icon: str = "", look: str = "") -> Button:
        return button(t(f"console.users.{name}"), f"deletions.{name}", action, icon=icon, look=look)  # type: ignore[arg-type]

    def _show(self) -> None:
        if self._request is not None:
            self.request_asked.emit(self._request)
