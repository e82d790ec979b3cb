"""What can be done with the selected user, and what becomes of the user where a deletion is on its way."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.core import clock
from desktop.core.deletions import share_of, story_of
from desktop.core.rights import may
from desktop.core.words import t
from desktop.widgets.button import Button, button, rename
from desktop.widgets.layout import column, row
from desktop.widgets.share_bar import ShareBar
from desktop.widgets.text import Elided, Text, short
from desktop.widgets.user_columns import is_over, is_told, place_in_words, used_of
from server.contract.administrator import Administrator
from server.contract.deletion import DeletionStatus
from server.contract.permission import Permission
from server.contract.request import Request
from server.contract.user import User, UserStatus

TOLD = frozenset({DeletionStatus.RUNNING, DeletionStatus.STOPPED, DeletionStatus.FAILED})
"""What has a report worth offering beside the user; the others are in the list of deletions."""


class UserBar(QFrame):
    """Offers only what the server would let this caller do."""

    edit_asked = Signal()
    delete_asked = Signal()
    request_asked = Signal(object)
    restore_asked = Signal()
    now_asked = Signal()
    stop_asked = Signal()
    report_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("users.bar")
        self.setProperty("look", "bar")
        self._user: User | None = None
        self._request: Request | None = None
        self._name = Elided("", "strong", name="users.selected")
        self._facts = Elided("", "small-muted", tail=True, name="users.selected.facts")
        self._story = Text("", "small", wrap=True, name="users.story")
        self._share = ShareBar("users.share", t("console.deletions.deleted"))
        self.report = self._made("report", self.report_asked.emit, icon="scroll-text")
        self.restore = self._made("restore", self.restore_asked.emit, icon="rotate-ccw")
        self.edit = self._made("edit", self.edit_asked.emit, icon="pencil")
        self.delete = button("", "users.delete", self.delete_asked.emit, look="danger", icon="trash-2")
        self.now = self._made("delete_now", self.now_asked.emit, icon="trash-2", look="danger")
        self.stop = self._made("stop", self.stop_asked.emit, icon="circle-x")
        self.show_request = self._made("show_request", self._show, icon="shield-check")
        buttons = (self.edit, self.report, self.restore, self.delete, self.now, self.stop, self.show_request)
        above = row(gap=8)
        above.addLayout(column(self._name, self._facts), 1)
        for made in buttons:
            above.addWidget(made)
        self.setLayout(column(above, column(self._story, self._share, gap=6), gap=8, margins=(16, 8, 12, 8)))
        self.hide()

    def show_user(
        self, user: User | None, me: Administrator, pending: Request | None, hastened: Request | None
    ) -> None:
        """Show this one; `pending` asks to delete the user, `hastened` to do it now."""
        self._user, self._request = user, pending or hastened
        self.setVisible(user is not None)
        if user is None:
            return
        deletes, edits = may(me, Permission.USERS_DELETE), may(me, Permission.USERS_EDIT)
        status = user.deletion.status if user.deletion else None
        held = user.status is UserStatus.HELD
        waits, runs = held and status is DeletionStatus.HELD, held and status is DeletionStatus.RUNNING
        self._name.setText(user.name)
        self._facts.setText(_facts(user))
        rename(self.delete, t("console.users.delete", name=short(user.name).removesuffix("…")))
        self.report.setVisible(status in TOLD)
        self.restore.setVisible(waits and (deletes or edits))
        self.edit.setVisible(edits and not runs and pending is None)
        self.delete.setVisible(deletes and not held and pending is None)
        self.now.setVisible(waits and deletes and hastened is None)
        self.stop.setVisible(runs and deletes)
        self.show_request.setVisible(self._request is not None)
        self.tick()

    def tick(self) -> None:
        """Let the clock go on."""
        user = self._user
        deletion = user.deletion if user is not None and is_told(user) else None
        text = story_of(deletion, clock.now()) if deletion is not None else ""
        if text != self._story.text():
            self._story.setText(text)
        self._story.setHidden(not text)
        self._share.show_share(share_of(deletion) if deletion is not None else None)

    def _made(self, name: str, action: object, *, icon: str = "", look: str = "") -> Button:
        return button(t(f"console.users.{name}"), f"users.{name}", action, icon=icon, look=look)  # type: ignore[arg-type]

    def _show(self) -> None:
        if self._request is not None:
            self.request_asked.emit(self._request)


def _facts(user: User) -> str:
    """Return first what stands nowhere else in full; the name above and the table have the rest."""
    over = t("console.users.over_limit_short") if is_over(user) else ""
    return " · ".join(filter(None, (used_of(user), over, user.username, place_in_words(user))))
