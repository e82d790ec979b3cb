"""The report of a deletion: who asked, where the data lay, what is gone, what stayed and why."""

from datetime import timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core import clock, moments
from desktop.core.deletions import found_of, mode_of, names_of, place_of, share_of, story_of, word_of
from desktop.core.desk import Desk
from desktop.core.sizes import size
from desktop.core.storage import problem_of
from desktop.core.words import n, t
from desktop.dialogs.window import Dialog
from desktop.widgets.beat import Beat
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.facts import Fact, Facts
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.share_bar import ShareBar
from desktop.widgets.text import Text, title_for
from server.contract.deletion import Deletion, DeletionStatus, Why
from server.contract.topic import Topic

TICK_MS = 1000
COUNTED = timedelta(hours=1)
"""So long after a deletion's end the server tries to count what it left."""


class DeletionReport(Dialog):
    """Follows the deletion as long as it is open; `request_asked` carries the id of the request that asked for it."""

    request_asked = Signal(str)

    def __init__(self, parent: QWidget, desk: Desk, deletion: Deletion) -> None:
        super().__init__(parent, t("console.deletion.title"), "deletion", 600)
        self._desk, self._deletion = desk, deletion
        self._chip = Chip(name="deletion.status")
        name = Text(deletion.username, title_for(deletion.username), wrap=True, name="deletion.user")
        head = row(gap=12)
        head.addLayout(column(name, Text(mode_of(deletion), "muted", wrap=True), gap=2), 1)
        head.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignTop)
        self._story = Banner("tint", "info", "deletion.story")
        self._share = ShareBar("deletion.share", t("console.deletions.deleted"))
        self._facts = Facts(label=132, name="deletion.facts")
        self._names = Text("", "mono", wrap=True, name="deletion.failures").selectable()
        self._heading = Text("", "small-heading", name="deletion.failures.heading")
        stayed = column(self._heading, self._names, gap=4)
        stayed.setContentsMargins(12, 8, 12, 8)
        self._stayed = box("well", stayed, "deletion.stayed")
        self._show_request = button(
            t("console.deletion.request"), "deletion.request", self._ask_request, icon="shield-check"
        )
        close = button(t("console.close"), "deletion.close", self.close)
        close.setDefault(True)
        body = QWidget()
        body.setLayout(
            column(head, self._story, self._share, self._facts, self._stayed, None, gap=16, margins=(24, 24, 24, 24))
        )
        self.show_body(body)
        self.show_foot(row(self._show_request, None, close, gap=8, margins=(24, 16, 24, 16)))
        self._show_request.setVisible(bool(deletion.request))
        close.setFocus()
        self._show()
        desk.live.watch(self, {Topic.USERS}, self._reread)
        Beat(self, TICK_MS, self._show_state)

    def _reread(self) -> None:
        client, deletion = self._desk.client.in_background(), self._deletion.id
        self._desk.run(self, lambda: client.deletion(deletion), self._take, lambda _: None)

    def _take(self, deletion: Deletion) -> None:
        if deletion != self._deletion:
            self._deletion = deletion
            self._show()
            self.fit()

    def _show(self) -> None:
        deletion = self._deletion
        self._show_state()
        self._facts.show_facts(_facts(deletion))
        named = len(deletion.failures)
        every = deletion.left is not None and deletion.left <= named
        what = "left" if deletion.status is DeletionStatus.STOPPED else "failures"  # nobody tried all of it
        self._heading.setText(t(f"console.deletion.{what}" if every else f"console.deletion.{what}_some"))
        self._names.setText("\n".join(names_of(deletion)))
        self._stayed.setVisible(bool(deletion.failures))

    def _show_state(self) -> None:
        """Show what a clock moves."""
        deletion, now = self._deletion, clock.now()
        words, tone = word_of(deletion, now)
        self._chip.show_mark(Mark(words, tone))
        waits = deletion.status is DeletionStatus.RUNNING and deletion.trouble is not None
        troubled = deletion.status is DeletionStatus.FAILED or waits
        if (story := story_of(deletion, now)) != self._story.text.text():
            self._story.turn("bad" if troubled else "tint", "triangle-alert" if troubled else "info")
            self._story.say(story)
        self._share.show_share(share_of(deletion))

    def _ask_request(self) -> None:
        self.close()
        self.request_asked.emit(self._deletion.request or "")


def _facts(deletion: Deletion) -> list[Fact]:
    gone = ""
    if deletion.started_at is not None:
        gone = " · ".join((n("console.storage.objects", deletion.deleted), size(deletion.deleted_bytes)))
    if _is_uncounted(deletion):
        gone = t("console.deletion.deleted_least", much=gone)
    found = deletion.started_at is not None and deletion.why is not Why.NOTHING_FOUND
    much = t("console.deletion.found") if found else t("console.deletion.expected")
    expected = found_of(deletion)
    if deletion.measured_at is not None and deletion.bytes is not None:
        expected = t("console.deletion.as_of", much=expected, time=moments.until(deletion.measured_at))
    stopped = deletion.status is DeletionStatus.STOPPED
    ended_by = deletion.ended_by if deletion.status is not DeletionStatus.DONE else ""
    return [
        (t("console.deletion.asked_by"), deletion.asked_by),
        (t("console.deletion.account"), deletion.storage_account_name or t("console.deletions.no_data")),
        (t("console.deletion.place"), place_of(deletion)),
        (much, expected if deletion.place else ""),
        (t("console.deletion.deleted"), gone),
        (t("console.deletion.left"), _left(deletion)),
        (t("console.deletion.asked"), moments.full(deletion.created_at)),
        (t("console.deletion.due"), _due(deletion)),
        (t("console.deletion.started"), moments.full(deletion.started_at) if deletion.started_at else ""),
        (t("console.deletion.ended"), moments.full(deletion.ended_at) if deletion.ended_at else ""),
        (t("console.deletion.ended_by"), ended_by or ""),
        (t("console.deletion.trouble"), problem_of(deletion.trouble) if stopped and deletion.trouble else ""),
    ]


def _is_uncounted(deletion: Deletion) -> bool:
    """Tell whether it ended before its end, and nobody has counted what that left."""
    ended = deletion.status in (DeletionStatus.STOPPED, DeletionStatus.FAILED) and deletion.why is not Why.NOTHING_FOUND
    return ended and deletion.started_at is not None and deletion.left is None


def _left(deletion: Deletion) -> str:
    if deletion.left is not None:
        return n("console.storage.objects", deletion.left)
    if not _is_uncounted(deletion) or deletion.ended_at is None:
        return ""
    counting = clock.now() < deletion.ended_at + COUNTED
    return t("console.deletion.left_counting" if counting else "console.deletion.left_unknown")


def _due(deletion: Deletion) -> str:
    due = moments.full(deletion.due_at)
    return t("console.deletion.due_late", time=due) if deletion.late else due
